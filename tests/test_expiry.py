"""When certificates end and who takes over: one answer, and the forms in which monitors and calendars read it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from icalendar import Calendar

from helpers.certificates import read_certificate
from helpers.certificates.remark import days_left
from helpers.expiry import expiries
from helpers.expiry.calendars import calendar_text
from helpers.expiry.prometheus import prometheus_text
from helpers.findings import Severity
from helpers.rules.declared_certificates import certificate_findings, expiry_findings
from tests.exposition import read_exposition
from tests.judging import SOUND
from tests.keeping_certificates import NOW, Kept
from tests.making_certificates import make_certificate
from tests.taking_over import entry as adopted_entry
from tests.taking_over import taken_over

if TYPE_CHECKING:
    from pathlib import Path

    from helpers.declaration.declaration import Declaration


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Kept:
    return Kept.below(tmp_path, monkeypatch)


def declare(kept: Kept, **ends: tuple[float, float, str]) -> Declaration:
    """Declare entries, each by when it began (days ago), when it ends (days ahead), and its nodes with + between."""
    lines = []
    for name, (since, days, nodes) in ends.items():
        kept.certificate(f"certificates/{name}.pem", since=since, days=days)
        lines.append(f"  {name}: {{file: certificates/{name}.pem, nodes: [{nodes.replace('+', ', ')}]}}\n")
    kept.environment("production", SOUND.replace("  psn-01: certificates/psn-01.pem\n", "".join(lines)))
    return kept.declared()


def events_in(text: str) -> list[Any]:
    """Return the events of a calendar, as a reader that nobody here wrote sees them."""
    return list(Calendar.from_ical(text).walk("VEVENT"))


OLD = (300.0, 20.0, "psn-01")
NEW = (1.0, 400.0, "psn-01")


@pytest.mark.parametrize(
    ("since", "days", "due"),
    [(335, 30.1, False), (335, 29.9, True), (300, -1, True), (-5, 90, False), (60, 30.1, False), (59, 29, True)],
    ids=["before-its-window", "inside", "expired", "not-yet-valid", "short-lived", "short-lived-inside"],
)
def test_a_certificate_is_due_in_the_last_30_days_or_the_last_third(
    kept: Kept, since: float, days: float, *, due: bool
) -> None:
    assert [end.due for end in expiries(declare(kept, a=(since, days, "psn-01")), NOW)] == [due]


@pytest.mark.parametrize(
    ("others", "successors", "uncovered"),
    [
        ({}, (), ("psn-01",)),
        ({"new": NEW}, ("new",), ()),
        ({"new": (1, 400, "psn-02")}, (), ("psn-01",)),
        ({"new": (1, 400, "psn-01+psn-02")}, ("new",), ()),
        ({"new": (200, 25, "psn-01")}, (), ("psn-01",)),
        ({"new": (-19, 400, "psn-01")}, ("new",), ()),
        ({"new": (-21, 400, "psn-01")}, (), ("psn-01",)),
        ({"older": (400, 10, "psn-01")}, (), ("psn-01",)),
        ({"b": NEW, "c": (1, 500, "psn-01")}, ("b", "c"), ()),
    ],
    ids=["none", "one", "another-node", "shared", "due-itself", "begins-before", "leaves-a-gap", "ends-before", "two"],
)
def test_a_successor_is_valid_in_time_lasts_longer_and_needs_none_itself(
    kept: Kept,
    others: dict[str, tuple[float, float, str]],
    successors: tuple[str, ...],
    uncovered: tuple[str, ...],
) -> None:
    end = expiries(declare(kept, old=OLD, **others), NOW)[0]
    assert (end.entry.name, end.successors, end.uncovered) == ("old", successors, uncovered)
    assert end.needs_successor == bool(uncovered)


def test_every_node_needs_its_own_successor(kept: Kept) -> None:
    end = expiries(declare(kept, old=(300, 20, "psn-01+psn-02"), new=NEW), NOW)[0]
    assert (end.successors, end.uncovered, end.needs_successor) == (("new",), ("psn-02",), True)


def test_what_takes_over_from_an_expired_one_must_be_valid_now(kept: Kept) -> None:
    later = expiries(declare(kept, old=(300, -5, "psn-01"), new=(-1, 400, "psn-01")), NOW)[0]
    assert later.uncovered == ("psn-01",)
    now = expiries(declare(kept, old=(300, -5, "psn-01"), new=NEW), NOW)[0]
    assert now.uncovered == ()


def test_without_a_successor_an_end_is_grave_and_says_what_to_do(kept: Kept) -> None:
    declaration = declare(kept, old=OLD)
    [finding] = certificate_findings(declaration, NOW)
    assert (finding.rule, finding.severity, finding.counts) == ("certificate-expiring", Severity.HIGH, True)
    end = declaration.certificates[0].certificate.end_date
    assert finding.what == (
        f"certificate old (old.example.net): expires in 20 days, on {end}, without a successor for psn-01"
    )
    assert finding.remedy == (
        "add its successor beside it now: `ise-intune certificate add production NEW-ENTRY FILE --node psn-01`"
    )


@pytest.mark.parametrize(("days", "rule"), [(20, "certificate-expiring"), (-5, "certificate-expired")])
def test_with_a_successor_it_is_a_reminder_that_names_it(kept: Kept, days: float, rule: str) -> None:
    [finding] = certificate_findings(declare(kept, old=(300, days, "psn-01"), new=NEW), NOW)
    assert (finding.rule, finding.severity, finding.counts) == (rule, Severity.LOW, False)
    assert finding.what.endswith("; its successor new stands beside it")
    removal = "`ise-intune certificate remove production old"
    if days < 0:
        assert finding.remedy == f"let psn-01 present that; {removal}`, and deploy"
    else:
        looks = "`ise-intune certificate usage production --entry old --format json --output usage.json`"
        assert finding.remedy.startswith(f"let psn-01 present that; once {looks} says that old is unused, {removal} ")


def test_what_expiry_finds_is_what_check_finds(kept: Kept) -> None:
    declaration = declare(kept, a=OLD, b=NEW, c=(300, -5, "psn-02"), d=(-9, 90, "psn-03"), e=(20, 5, "psn-04"))
    ends = ("certificate-expired", "certificate-expiring")
    found = list(expiry_findings(declaration, NOW))
    assert found == [finding for finding in certificate_findings(declaration, NOW) if finding.rule in ends]
    assert [finding.subject for finding in found] == ["a", "c", "e"]


def test_prometheus_gets_absolute_times_in_a_stable_order(kept: Kept) -> None:
    declaration = declare(kept, b=OLD, a=NEW)
    text = prometheus_text(expiries(declaration, NOW), sound={"production": True, "lab": False})
    by_name = {entry.name: entry.certificate for entry in declaration.certificates}
    labels = {
        name: f'environment="production",entry="{name}",common_name="{name}.example.net",sha1="{each.sha1_hex}"'
        for name, each in by_name.items()
    }
    assert text.splitlines()[:4] == [
        "# HELP ise_intune_certificate_not_after_seconds Unix time of the certificate's last second.",
        "# TYPE ise_intune_certificate_not_after_seconds gauge",
        f"ise_intune_certificate_not_after_seconds{{{labels['a']}}} {by_name['a'].not_after.timestamp():.0f}",
        f"ise_intune_certificate_not_after_seconds{{{labels['b']}}} {by_name['b'].not_after.timestamp():.0f}",
    ]
    for line in (
        f"ise_intune_certificate_not_before_seconds{{{labels['b']}}} {by_name['b'].not_before.timestamp():.0f}",
        f"ise_intune_certificate_window_seconds{{{labels['a']}}} {30 * 86400}",
        f"ise_intune_certificate_nodes_without_successor{{{labels['b']}}} 0",
        f"ise_intune_certificate_nodes_without_successor{{{labels['a']}}} 1",
        'ise_intune_environment_sound{environment="lab"} 0',
        'ise_intune_environment_sound{environment="production"} 1',
    ):
        assert text.splitlines().count(line) == 1
    assert len(read_exposition(text)) == 5
    assert prometheus_text(reversed(expiries(declaration, NOW)), sound={"production": True, "lab": False}) == text


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ('a"b', r"a\"b"),
        (r"a\b", r"a\\b"),
        ("a\nb", r"a\\nb"),
        ("a\x1b[2Jb\u202e", r"a\\x1b[2Jb\\u202e"),
        ("Zürich 東", "Zürich 東"),
    ],
    ids=["quote", "backslash", "newline", "control", "unicode"],
)
def test_a_label_holds_any_name_on_one_line(kept: Kept, name: str, label: str) -> None:
    kept.certificate("certificates/psn-01.pem", label=name)
    kept.environment("production", SOUND)
    text = prometheus_text(expiries(kept.declared(), NOW), sound={})
    assert f'common_name="{label}",' in text
    assert len(read_exposition(text)["ise_intune_certificate_not_after_seconds"]) == 1


def test_a_calendar_has_a_day_for_each_end_and_an_alarm_where_its_window_begins(kept: Kept) -> None:
    declaration = declare(kept, old=OLD, new=NEW)
    text = calendar_text(expiries(declaration, NOW), NOW)
    assert all(line.endswith("\r\n") and len(line.encode()) <= 77 for line in text.splitlines(keepends=True))
    events = events_in(text)
    assert len(events) == 2
    for event, entry in zip(events, declaration.certificates, strict=True):
        certificate = entry.certificate
        assert event["uid"] == f"{certificate.key_id}.production@ise-intune"
        assert event["dtstart"].dt == certificate.not_after.date()
        assert event["dtend"].dt == certificate.not_after.date() + timedelta(days=1)
        assert event["dtstamp"].dt == NOW
        [alarm] = event.walk("VALARM")
        assert alarm["trigger"].dt == certificate.not_after - timedelta(days=30)
    assert events[0]["summary"] == "ISE certificate old of production expires"
    assert "Successor: new" in events[0]["description"]
    assert "Successor: none yet" in events[1]["description"]


def test_writing_the_calendar_later_names_the_same_events(kept: Kept) -> None:
    declaration = declare(kept, old=OLD)
    later = datetime.now(UTC) + timedelta(days=3)
    texts = [calendar_text(expiries(declaration, now), now) for now in (NOW, later)]
    assert len({str(events_in(text)[0]["uid"]) for text in texts}) == 1


@pytest.mark.parametrize("name", ["a\r\nEND:VCALENDAR", "a,b;c:d\\n", "\u2028x"])
def test_no_name_forges_a_line_of_the_calendar(kept: Kept, name: str) -> None:
    kept.certificate("certificates/psn-01.pem", label=name)
    kept.environment("production", SOUND)
    text = calendar_text(expiries(kept.declared(), NOW), NOW)
    assert text.count("END:VCALENDAR\r\n") == 1
    assert len(events_in(text)) == 1


@pytest.mark.parametrize(
    ("left", "days"),
    [
        (timedelta(days=2, hours=23), 2),
        (timedelta(hours=5), 0),
        (timedelta(0), 0),
        (timedelta(seconds=-1), -1),
        (timedelta(hours=-24, minutes=-6), -1),
        (timedelta(hours=-48), -2),
    ],
)
def test_days_left_are_whole_days_and_negative_once_it_has_expired(left: timedelta, days: int) -> None:
    certificate = read_certificate(make_certificate(not_after=NOW + timedelta(days=9)), name="x")
    assert days_left(certificate, certificate.not_after - left) == days


def test_what_entra_takes_for_less_time_ends_when_entra_says(tmp_path: Path) -> None:
    """An adopted credential may end before its certificate does: ISE is out then, whatever the certificate says."""
    ends = NOW + timedelta(days=3)
    pinned = adopted_entry(tmp_path, not_after=f"{ends:%Y-%m-%dT%H:%M:%SZ}")
    (expiry,) = expiries(taken_over(tmp_path, certificates={"psn-01": pinned}), NOW)
    assert expiry.days_left == (ends.replace(microsecond=0) - NOW).days
