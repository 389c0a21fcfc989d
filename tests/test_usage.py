"""Whether a key still signs in: unused only where six conditions hold, and every reason is said where one does not."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from time import process_time
from typing import TYPE_CHECKING, Any

import pytest

from cli.rendering import rendered
from helpers.clouds import CLOUDS
from helpers.declaration.locations import Locations
from helpers.model import (
    Credential,
    CredentialKind,
    Gap,
    Holder,
    NotSeen,
    Seen,
)
from helpers.reports.of_usage import outcome_of, report_of, verdict_of
from helpers.reports.report import Outcome
from helpers.surfaces import Surface
from helpers.usage import Usage, Verdict, judge, keys_of
from helpers.usage.judging import MISSED, STILL_USED, gone_keys, judge_key, refused
from helpers.usage.keys import unseen_credentials
from helpers.usage.sight import unavailable_in
from tests.declaring import declare
from tests.making_certificates import make_certificate, rsa_key, to_pem
from tests.using import MOVED, NEW, OLD, OTHER, activity, ago, key, row, sight

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from helpers.usage import Key, KeyUsage, Sight


def old(seen: Sight) -> KeyUsage:
    """Return the verdict on the old certificate."""
    return judge_key(seen.keys[0], seen)


def usage(seen: Sight, **more: Any) -> Usage:  # noqa: ANN401 — a usage's own fields
    return Usage(
        **{
            "name": "production",
            "application": "Cisco ISE",
            "tenant_id": "t",
            "client_id": "c",
            "sight": seen,
            "keys": judge(seen, only=more.get("only", "")),
            "locations": Locations("production.yaml", {}),
            "gone": gone_keys(seen),
            "refused": refused(seen),
            **more,
        }
    )


def test_an_old_certificate_is_unused_since_its_last_use_where_every_condition_holds() -> None:
    told = old(sight(*MOVED, reported=[activity(OLD, ago(12)), activity(NEW, ago(hours=9))]))
    assert (told.verdict, told.since, told.last, told.reasons) == (Verdict.UNUSED, ago(12), ago(12), ())


def test_one_that_the_log_does_not_know_is_unused_since_the_log_begins() -> None:
    told = old(sight(row(NEW, ago(29)), row(NEW, ago(hours=1)), reported=[activity(OLD, ago(200))]))
    assert (told.verdict, told.since, told.last) == (Verdict.UNUSED, ago(29), ago(200))


@pytest.mark.parametrize(
    ("rows", "reported", "last"),
    [
        pytest.param([row(OLD, ago(6)), row(NEW, ago(hours=1))], [], ago(6), id="log"),
        pytest.param([*MOVED], [activity(OLD, ago(2))], ago(2), id="report"),
        pytest.param([row(OLD.upper(), ago(1))], [activity(OLD, ago(20))], ago(1), id="other capitals"),
    ],
)
def test_one_that_signed_in_in_the_quiet_time_is_in_use_whoever_knows_of_it(
    rows: Iterable[dict[str, Any]], reported: Iterable[dict[str, Any]], last: datetime
) -> None:
    told = old(sight(*rows, reported=reported))
    assert (told.verdict, told.last, told.reasons) == (Verdict.IN_USE, last, ())


def test_a_failure_is_no_use() -> None:
    assert old(sight(*MOVED, row(OLD, ago(1), 700027), row(OLD, ago(1), 90033))).verdict is Verdict.UNUSED


def unproven(since: str) -> str:
    return (
        f"psn-01 has not signed in with psn-01-2027 since {since} UTC: it is unproven; a node that stands by may still"
        " present the old certificate when it wakes"
    )


RETENTION = (
    "the sign-in log begins at 2026-11-18 20:00 UTC for this application: nothing shows that it was kept for the 7 days"
    " that are asked for"
)
FEED = (
    "the newest sign-in of this application in the log is of 2026-11-21 20:00 UTC, more than 24 hours ago: the log may"
    " be behind, or ISE is silent"
)
ALONE = key(OLD, "psn-01", "psn-01")
SHARED = key(NEW, "wildcard", "psn-01", "psn-02")
REASONS: list[Any] = [
    pytest.param(
        sight(*MOVED, log_unread="needs AuditLog.Read.All (403)"),
        ["the sign-in log could not be read in full: needs AuditLog.Read.All (403)"],
        id="1 permission",
    ),
    pytest.param(
        sight(log_unread="needs Microsoft Entra ID P1 (403)", report_unread="needs Microsoft Entra ID P1 (403)"),
        [
            "neither the sign-in log nor the activity report could be read: needs Microsoft Entra ID P1 (403)",
            unproven("2026-10-24 20:00"),
        ],
        id="1 licence",
    ),
    pytest.param(
        sight(row(NEW, ago(5)), row(NEW, ago(hours=1))),
        [RETENTION],
        id="1 retention",
    ),
    pytest.param(
        sight(row(OLD, ago(12)), row(NEW, ago(11)), row(NEW, ago(2))),
        [FEED],
        id="2 feed",
    ),
    pytest.param(
        sight(*MOVED, reported=[activity(OLD, ago(9))]),
        ["the activity report knows of a use at 2026-11-14 20:00 UTC that is not in the sign-in log"],
        id="3 newer use",
    ),
    pytest.param(
        sight(*MOVED, report_unread="Graph answered 500"),
        ["the activity report could not be read: Graph answered 500"],
        id="3 no report",
    ),
    pytest.param(
        sight(*MOVED, keys=[ALONE, key(OTHER, "pan", "pan")]),
        ["psn-01 has no other certificate here, so nothing shows that it presents another one"],
        id="4 no successor",
    ),
    pytest.param(
        sight(*MOVED, keys=[ALONE, SHARED]),
        ["psn-01 shares wildcard with other nodes: a sign-in with a shared certificate does not say whose it is"],
        id="4 shared",
    ),
    pytest.param(
        sight(row(NEW, ago(13)), *MOVED[:1], row(OTHER, ago(hours=1))),
        [
            unproven("2026-11-11 20:00"),
        ],
        id="4 silent node",
    ),
    pytest.param(
        sight(*MOVED, row("", ago(3)), row(None, ago(4))),
        ["2 sign-ins in the log without a key id, the last at 2026-11-20 20:00 UTC"],
        id="5 without key id",
    ),
    pytest.param(
        sight(*MOVED, {"appId": None, "status": {}}, reported=[{"signInActivity": {"lastSignInDateTime": "today"}}]),
        [
            "1 row of the sign-in log could not be understood",
            "1 row of the activity report could not be understood",
        ],
        id="5 not understood",
    ),
    pytest.param(
        sight(*MOVED, quiet=timedelta(days=1)),
        ["a quiet time of less than 2 days proves nothing: tokens live up to a day"],
        id="6 too short",
    ),
    pytest.param(
        sight(),
        [
            "the sign-in log has no sign-in of this application since 2026-10-24 20:00 UTC",
            unproven("2026-10-24 20:00"),
        ],
        id="nothing at all",
    ),
]


@pytest.mark.parametrize(("seen", "reasons"), REASONS)
def test_where_a_condition_does_not_hold_nobody_can_tell_and_every_reason_is_said(
    seen: Sight, reasons: list[str]
) -> None:
    told = old(seen)
    assert (told.verdict, list(told.reasons), told.since) == (Verdict.CANNOT_TELL, reasons, None)


def test_rows_without_a_key_id_before_the_last_use_say_nothing_of_the_time_after() -> None:
    assert old(sight(row("", ago(20)), *MOVED)).verdict is Verdict.UNUSED


def test_a_refused_row_without_a_key_id_is_no_use_of_any() -> None:
    assert old(sight(*MOVED, row(None, ago(3), 700027))).verdict is Verdict.UNUSED


def test_a_shared_old_certificate_is_unused_once_each_of_its_nodes_has_moved_to_its_own() -> None:
    keys = [key(OLD, "wildcard", "psn-01", "psn-02"), key(NEW, "psn-01", "psn-01"), key(OTHER, "psn-02", "PSN-02")]
    both = (*MOVED, row(OTHER, ago(10)))
    assert old(sight(*both, keys=keys)).verdict is Verdict.UNUSED
    assert old(sight(*MOVED, keys=keys)).reasons[0].startswith("psn-02 has not signed in with psn-02 since")


def test_what_nobody_declared_must_be_silent_for_nearly_all_of_the_log() -> None:
    keys = [key(OTHER), key(NEW, "psn-01", "psn-01")]
    long_ago = (row(NEW, ago(29)), row(NEW, ago(hours=1)))
    assert old(sight(*long_ago, keys=keys)).verdict is Verdict.UNUSED
    assert old(sight(*long_ago, row(OTHER, ago(20)), keys=keys)).verdict is Verdict.IN_USE
    (reason,) = old(sight(*MOVED, keys=keys)).reasons
    assert reason.endswith("nothing shows that it was kept for the 28 days that are asked for")


# What somebody has to act on


def test_an_entry_that_was_to_go_and_is_in_use_is_found() -> None:
    done = usage(sight(row(OLD, ago(1)), row(NEW, ago(hours=1))))
    (finding,) = done.findings
    assert (finding.rule, finding.subject, outcome_of(done)) == (STILL_USED, "psn-01", Outcome.STOP)
    assert finding.what == "psn-01 still signs in, last at 2026-11-22 20:00 UTC"


def test_a_certificate_without_successor_is_found_in_use_only_if_it_is_named() -> None:
    seen = sight(row(OLD, ago(hours=1)), keys=[ALONE])
    assert outcome_of(usage(seen)) is Outcome.PASS
    for name in ("psn-01", OLD.upper()):
        assert outcome_of(usage(seen, only=name)) is Outcome.STOP


def test_one_key_of_which_nobody_can_tell_makes_the_look_incomplete() -> None:
    assert outcome_of(usage(sight(*MOVED, row("", ago(1))))) is Outcome.CANNOT_TELL
    assert outcome_of(usage(sight(*MOVED))) is Outcome.PASS
    assert outcome_of(usage(sight(*MOVED), unseen="needs Application.Read.All (403)")) is Outcome.CANNOT_TELL


TAKEN_AWAY = [key(NEW, "psn-01-2027", "psn-01")]


def test_sign_ins_refused_since_a_key_was_taken_away_are_an_alarm() -> None:
    done = usage(sight(*MOVED, row("", ago(hours=3), 700027, ipAddress="198.51.100.9"), keys=TAKEN_AWAY))
    (finding,) = done.findings
    assert (finding.rule, outcome_of(done)) == (MISSED, Outcome.STOP)
    assert finding.what == (
        f"1 sign-in was refused since a certificate was taken away ({OLD}), the last at 2026-11-23 17:00 UTC"
    )


@pytest.mark.parametrize(
    ("rows", "keys"),
    [
        pytest.param([*MOVED, row(None, ago(1), 700027)], None, id="nothing was taken away"),
        pytest.param([*MOVED, row(None, ago(13), 700027)], TAKEN_AWAY, id="before its last use"),
        pytest.param([*MOVED, row(None, ago(1), 90033)], TAKEN_AWAY, id="refused for something else"),
        pytest.param([*MOVED, row(None, ago(11, hours=0.1), 700027)], TAKEN_AWAY, id="a new key, not known everywhere"),
    ],
)
def test_what_was_refused_for_another_reason_is_no_alarm(
    rows: Iterable[dict[str, Any]], keys: list[Key] | None
) -> None:
    assert usage(replace(sight(*rows), keys=tuple(keys)) if keys else sight(*rows)).findings == ()


def test_the_certificate_of_a_probe_is_missed_by_nobody() -> None:
    probe = {**activity(OLD, ago(12)), "createdDateTime": "2026-11-11T20:00:00Z"}
    rows = (*MOVED, row(None, ago(1), 700027))
    for ends, rules in (("2026-11-11T12:15:00-8:00", []), ("2027-11-11T12:15:00-8:00", [MISSED])):
        done = usage(sight(*rows, keys=TAKEN_AWAY, reported=[{**probe, "expirationDate": ends}]))
        assert [finding.rule for finding in done.findings] == rules


def test_the_report_says_verdicts_reasons_and_who_was_refused() -> None:
    done = usage(sight(*MOVED, row("", ago(hours=3), 700027), row("", ago(2))))
    (subject,) = report_of(done).subjects
    titles = [(section.title, section.incomplete) for section in subject.sections]
    assert titles == [("In use", False), ("Cannot tell", True), ("Refused", False)]
    assert verdict_of(done) == "2 keys: 1 in use, 1 cannot tell."
    (refusals,) = subject.sections[-1].sentences
    assert str(refusals) == (
        "1 sign-in with a key that is not registered or has expired (AADSTS700027), the last at 2026-11-23 17:00 UTC"
        " from 198.51.100.7."
    )


@pytest.mark.parametrize("form", ["text", "markdown", "html"])
def test_no_text_of_the_log_reaches_a_report_raw(form: str) -> None:
    hostile = "\x1b[2J<script>##vso[task]@octocat"
    spoiled: dict[str, Any] = {"ipAddress": hostile, "resourceDisplayName": hostile}
    rows = (row(OLD, ago(1), **spoiled), row(hostile, ago(2)), row("", ago(hours=1), 700027, **spoiled))
    done = usage(sight(*rows, log_unread=hostile), unseen=hostile)
    shown = rendered(report_of(done), form)
    assert "octocat" in shown
    for raw in ("\x1b", "##vso[", *(["<script>"] if form == "html" else [])):
        assert raw not in shown


def test_the_digest_is_that_of_the_verdicts() -> None:
    same = [usage(sight(*MOVED, *more)).digest for more in ((), (row(NEW, ago(1)),))]
    assert same[0] == same[1]
    assert usage(sight(*MOVED, row(OLD, ago(1)))).digest not in same
    assert len(same[0]) == hashlib.sha256().digest_size * 2


# Keys


def test_declared_keys_come_first_and_what_else_is_on_the_application_after(tmp_path: Path) -> None:
    declaration = declare(tmp_path, certificates={"psn-01": "certificates/psn-01.pem"})
    (entry,) = declaration.certificates
    secret = Credential(CredentialKind.SECRET, Holder.SERVICE_PRINCIPAL, OTHER, NotSeen("never shown"))
    ours = Credential(CredentialKind.CERTIFICATE, Holder.APPLICATION, entry.key_id, NotSeen("not asked for"))
    observed = replace(declaration.integration, credentials=Seen(frozenset({secret, ours})))
    first, second = keys_of(declaration.certificates, observed)
    assert (first.entry, first.registered, first.holders) == ("psn-01", True, frozenset({Holder.APPLICATION}))
    assert (second.called, second.holders) == ("an undeclared secret", frozenset({Holder.SERVICE_PRINCIPAL}))
    (only,) = keys_of(declaration.certificates, replace(observed, credentials=Seen(frozenset())))
    assert only.registered is False
    (only,) = keys_of(declaration.certificates, replace(observed, credentials=NotSeen("403")))
    assert only.registered is None


@pytest.mark.parametrize(
    ("first", "second"),
    [((-30, 90), (-1, 900)), ((-30, 3000), (-1, 90)), ((-1, 90), (-1, 900))],
    ids=["the newer one lasts longer", "the newer one ends before", "made together, one lasts longer"],
)
def test_an_entry_is_to_go_once_each_of_its_nodes_has_a_newer_one(
    tmp_path: Path, first: tuple[int, int], second: tuple[int, int]
) -> None:
    for name, days in (("first", first), ("second", second)):
        begins, ends = (datetime.now(UTC).replace(microsecond=0) + timedelta(days=each) for each in days)
        made = make_certificate(name, key=rsa_key(name), not_before=begins, not_after=ends)
        (tmp_path / f"{name}.pem").write_bytes(to_pem(made))
    entries = {
        "a": {"file": "first.pem", "nodes": ["psn-01"]},
        "b": {"file": "second.pem", "nodes": ["psn-01", "psn-02"]},
    }
    keys = keys_of(declare(tmp_path, certificates=entries).certificates, None)
    assert {each.entry: each.superseded for each in keys} == {"a": True, "b": False}


def test_credentials_that_were_not_seen_are_said(tmp_path: Path) -> None:
    observed = declare(tmp_path).integration
    assert unseen_credentials(observed) == ""
    assert unseen_credentials(replace(observed, credentials=NotSeen("needs X"))) == "needs X"
    gaps = frozenset({Gap(Surface.FEDERATED_CREDENTIALS, "away"), Gap(Surface.CERTIFICATE_BYTES, "not asked for")})
    assert unseen_credentials(replace(observed, gaps=gaps)) == "away"


def test_only_the_global_cloud_has_the_logs() -> None:
    assert [name for name, cloud in CLOUDS.items() if not unavailable_in(cloud)] == ["global"]
    assert "not in china" in unavailable_in(CLOUDS["china"])


def test_a_log_in_which_every_row_is_another_keys_is_judged_in_no_time() -> None:
    """150,000 rows are read at most; looking from each at each took minutes for a tenth of them."""
    used = [row(f"key-{number}", ago(hours=number / 100)) for number in range(20_000)]
    failed = [row("", ago(hours=number / 100), 700027, ipAddress="203.0.113.9") for number in range(20_000)]
    seen = sight(*used, *failed)
    begun = process_time()
    assert (len(refused(seen)), len(gone_keys(seen))) == (20_000, 20_000)
    assert process_time() - begun < 5
