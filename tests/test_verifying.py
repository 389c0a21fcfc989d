"""The links of the chain, judged without a wire: meanings, permissions, times, probes, reports."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from cli.rendering import rendered
from helpers.declaration.locations import Location
from helpers.errors import Obstacle
from helpers.reports.of_verify import outcome_of, report_of, verdict_of
from helpers.reports.report import Outcome as Ended
from helpers.verifying import links
from helpers.verifying.links import Outcome
from helpers.verifying.meanings import (
    COMPLIANCE,
    CREDENTIALS,
    DISCOVERY,
    ENTRA,
    ISE,
    LATER,
    NO_CONSENT,
    NOBODY,
    NOT_REGISTERED,
    PLATFORM,
    RENEW,
    SIGN_IN,
    UNREACHABLE,
    Meaning,
    of_refusal,
    of_status,
)
from helpers.verifying.probes import LIFETIME, SKEW, display_name, looks_like_a_probe, meddling
from helpers.verifying.verified import Node, Proof, Verified

NOW = datetime(2026, 11, 23, 20, 0, tzinfo=UTC)
NO = Meaning("it is not so", ENTRA, "make it so")


@pytest.mark.parametrize(
    ("code", "who", "do"),
    [
        (700027, ISE, "export this node's Admin certificate"),
        (700024, ISE, "NTP"),
        (1000502, ISE, "renew"),
        (700016, ISE, "Client ID"),
        (90002, ISE, "Token Issuing URL"),
        (65001, ENTRA, "admin consent"),
        (650052, ENTRA, "licence"),
        (500011, ENTRA, "cloud and Token Audience"),
        (650057, PLATFORM, "permission"),
        (7000215, ISE, "certificate as authentication"),
        (7000222, ISE, "certificate as authentication"),
        (53003, ENTRA, "exclude the application, or allow its network"),
        (99999, PLATFORM, "look the AADSTS code up"),
    ],
)
def test_each_row_of_entras_refusals_says_who_and_what(code: int, who: str, do: str) -> None:
    meaning = of_refusal(code, 401)
    assert meaning.who == who
    assert do in meaning.do
    assert meaning.means


def test_a_key_that_expired_is_told_from_one_that_is_not_there() -> None:
    assert of_refusal(700027, 401, "Reason - The key used is expired.") is RENEW
    assert of_refusal(700027, 401, "Reason - The key was not found.") is NOT_REGISTERED


def test_missing_consent_says_where_it_is_granted() -> None:
    assert of_refusal(65001, 400, consent_url="https://x/adminconsent").do.endswith("at https://x/adminconsent")
    assert of_refusal(65001, 400) is NO_CONSENT


@pytest.mark.parametrize("status", [429, 500, 503])
def test_an_entra_that_is_busy_is_nobodys_job(status: int) -> None:
    assert of_refusal(0, status) is LATER
    assert LATER.who == NOBODY


@pytest.mark.parametrize("table", [DISCOVERY, COMPLIANCE, CREDENTIALS], ids=["discovery", "compliance", "credentials"])
def test_what_a_table_has_no_row_for_is_told_by_its_kind(table: dict[int, Meaning]) -> None:
    assert of_status(table, 500) is LATER
    assert "in between" in of_status(table, 302).do
    assert of_status(table, 401) is table[401]


def test_every_obstacle_and_every_row_has_somebody_to_act() -> None:
    assert set(UNREACHABLE) == set(Obstacle)
    rows = [*UNREACHABLE.values(), *SIGN_IN.values(), *DISCOVERY.values(), *COMPLIANCE.values(), *CREDENTIALS.values()]
    assert all(row.means and row.who and row.do for row in rows)


@pytest.mark.parametrize(
    ("roles", "outcome", "says"),
    [
        ({"Application.Read.All"}, Outcome.OK, "carries Application.Read.All"),
        ({"Directory.Read.All", "x"}, Outcome.OK, "carries Directory.Read.All"),
        ({"x"}, Outcome.BROKEN, "only x, where Application.Read.All is needed"),
        (set[str](), Outcome.BROKEN, "no permission at all"),
    ],
)
def test_one_of_the_permissions_that_are_enough_must_be_in_the_token(
    roles: set[str], outcome: Outcome, says: str
) -> None:
    link = links.roles_link("permission", roles, links.ROLES_FOR_DISCOVERY, NO)
    assert link.outcome is outcome
    assert says in link.what
    assert (link.who == ENTRA) is (outcome is Outcome.BROKEN)


@pytest.mark.parametrize(
    ("milliseconds", "outcome", "says"),
    [(200, Outcome.OK, "answers"), (250, Outcome.OK, "ISE expects 200 ms"), (301, Outcome.SLOW, "more than 300 ms")],
)
def test_time_is_held_against_what_ise_expects(milliseconds: float, outcome: Outcome, says: str) -> None:
    link = links.timed("query", "answers", milliseconds)
    assert link.outcome is outcome
    assert says in link.what
    assert link.milliseconds == milliseconds


def verified(*found: links.Link) -> Verified:
    return Verified(
        name="production",
        application="Cisco ISE",
        tenant_id="t",
        client_id="c",
        location=Location("environments/production.yaml", 1, 1),
        proof=Proof.PROBE,
        links=found,
        nodes=(Node("psn-01", ("psn-01",), registered=True, proven=False),),
    )


WORKS = links.works("a", "fine", 1.0)
BROKEN = links.broken("b", "it is not", NO)
UNTESTED = links.not_tested("c", "nobody looked")
SLOW = links.timed("d", "answers", 1000)


@pytest.mark.parametrize(
    ("found", "ended", "says"),
    [
        ((WORKS,), Ended.PASS, "Chain proven with a probe."),
        ((WORKS, UNTESTED), Ended.CANNOT_TELL, "1 link not tested"),
        ((WORKS, UNTESTED, BROKEN), Ended.STOP, "B is broken."),
        ((SLOW, BROKEN), Ended.STOP, "B is broken (1 more)."),
        ((WORKS, SLOW), Ended.STOP, "D is slow."),
    ],
    ids=["all works", "one untested", "one broken", "slow and broken", "slow"],
)
def test_what_is_broken_wins_over_what_was_not_tested(found: tuple[links.Link, ...], ended: Ended, says: str) -> None:
    done = verified(*found)
    assert outcome_of(done) is ended
    assert says in verdict_of(done)


def test_the_digest_is_of_outcomes_and_not_of_times() -> None:
    assert verified(WORKS).digest == verified(replace(WORKS, milliseconds=2.0)).digest
    assert verified(WORKS).digest != verified(BROKEN).digest


@pytest.mark.parametrize("form", ["text", "markdown", "html"])
def test_what_a_service_says_stays_text_in_every_format(form: str) -> None:
    hostile = replace(BROKEN, what="\x1b[31m<script>alert(1)</script>\nforged")
    shown = rendered(report_of(verified(hostile)), form)
    assert "\x1b[31m" not in shown
    assert "\nforged" not in shown
    assert form != "html" or "<script>" not in shown


def entry(name: str, lifetime: timedelta) -> dict[str, str]:
    return {"displayName": name, "startDateTime": (NOW - SKEW).isoformat(), "endDateTime": (NOW + lifetime).isoformat()}


@pytest.mark.parametrize(
    ("credential", "alike"),
    [
        pytest.param(entry(display_name(NOW + LIFETIME), LIFETIME), True, id="a probe"),
        pytest.param(entry(display_name(NOW + LIFETIME), timedelta(days=1)), False, id="too long"),
        pytest.param(entry("another", LIFETIME), False, id="another name"),
        pytest.param(
            {"displayName": display_name(NOW), "startDateTime": "x", "endDateTime": "y"}, False, id="no dates"
        ),
    ],
)
def test_a_name_and_a_short_life_make_what_looks_like_a_probe(credential: dict[str, str], *, alike: bool) -> None:
    assert looks_like_a_probe(credential) is alike


def test_only_other_key_ids_count_as_meddled_with() -> None:
    assert [*meddling({"a", "own"}, {"a"}, own="own", when="then")] == []
    assert [*meddling({"a", "b"}, {"b", "c", "own"}, own="own", when="then")] == [
        "key id a went missing then",
        "key id c appeared then",
    ]
