"""A review read back from JSON that nobody trusts, and a plan held against the review that was approved."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings

from cli.rendering import rendered
from cli.review import render
from helpers.errors import InputError
from helpers.findings import Severity
from helpers.reports.of_review import report_of
from helpers.reports.of_review_json import MOST_BYTES, read_review, unreadable
from helpers.reports.report import Outcome
from helpers.rules.policy import Policy
from tests.commanding import Said, say
from tests.declaring import write_environment
from tests.hostile_texts import TEXTS
from tests.recorded_plan import recorded
from tests.reviews import NOTHING, QUIET, RICH, UNCLEAR, hostile

if TYPE_CHECKING:
    from helpers.reports.of_review_json import ReadReview
    from helpers.reviewing.review import Review

SCHEMA = json.loads((Path(__file__).parent.parent / "docs" / "review.schema.json").read_bytes())
FORMATS = ("text", "markdown", "html", "sarif")


def read(content: str | bytes, policy: Policy | None = None) -> ReadReview:
    given = content if isinstance(content, bytes) else content.encode()
    return read_review(given, name="review.json", schema=SCHEMA, policy=policy or Policy())


def written(**changes: Any) -> dict[str, Any]:  # noqa: ANN401 — any plain value
    """Return the JSON of the review with everything in it, changed."""
    return {**json.loads(render(RICH, "json")), **changes}


@pytest.mark.parametrize("review", [RICH, QUIET, NOTHING, UNCLEAR], ids=["rich", "quiet", "nothing", "unclear"])
def test_what_is_read_back_says_the_same_as_what_was_written(review: Review) -> None:
    direct, again = report_of(review), read(render(review, "json"), Policy(gate=review.gate))
    assert (again.outcome, again.digest) == (direct.outcome, review.digest)
    assert (again.report.verdict, again.report.overview) == (direct.verdict, direct.overview)
    assert (again.report.findings, again.report.accepted) == (direct.findings, direct.accepted)
    assert again.report.errors == direct.errors
    assert [(each.name, each.title, each.place, each.state) for each in again.report.subjects] == [
        (each.name, each.title, each.place, each.state) for each in direct.subjects
    ]
    for ours, theirs in zip(again.report.subjects, direct.subjects, strict=True):
        assert [(each.title, each.hint, each.incomplete) for each in ours.sections] == [
            (each.title, each.hint, each.incomplete) for each in theirs.sections
        ]


def test_every_sentence_comes_back() -> None:
    (ours, *_), (theirs, *_) = (report.subjects for report in (read(render(RICH, "json")).report, report_of(RICH)))
    for section, other in zip(ours.sections, theirs.sections, strict=True):
        # A certificate is named by its entry where the environment files are at hand, and by its print where not.
        assert len(section.sentences) >= len(other.sentences) > 0


@settings(deadline=None)  # validating takes its time
@given(text=TEXTS)
def test_hostile_texts_are_escaped_anew(text: str) -> None:
    read_back = read(render(hostile(text), "json")).report
    for form in FORMATS:
        assert rendered(read_back, form).encode(), "half of a character could not be written down"
    lines = rendered(read_back, "markdown").splitlines()
    assert [line for line in lines if line.startswith("<!--")] == lines[:1], "a comment is found by its first line"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"null",
        b'{"schema_version": 1}',
        b"\xff\xfe{}",
        b"[" * 100_000,
        b'{"a": ' * 100_000,
        json.dumps(written(schema_version=2)).encode(),
        json.dumps(written(more="than the schema has")).encode(),
        json.dumps(written(environments=[{"name": "production"}])).encode(),
        json.dumps(written(errors=[{"message": 1}])).encode(),
        json.dumps(written()).replace('"line": ', '"line": 1').replace('"line": 1', '"line": NaN, "x": 1', 1).encode(),
        json.dumps(written()).replace("2027-01-31", "2027-02-31").encode(),
        json.dumps(written()).encode()[:-20],
        b'{"schema_version": ' + b"9" * 10_000 + b"}",
    ],
    ids=[
        *("empty", "a list", "null", "nearly nothing", "not UTF-8", "deep lists", "deep objects", "another version"),
        *("more keys", "an environment without facts", "another type", "not a number"),
        *("a day that is none", "cut off", "an endless number"),
    ],
)
def test_anything_that_is_not_exactly_a_review_is_refused(content: bytes) -> None:
    with pytest.raises(InputError, match=r"^review\.json: .*; give what `ise-intune review --format json` wrote$"):
        read(content)


def test_more_than_a_review_takes_is_refused_unread() -> None:
    with pytest.raises(InputError, match=r"has more than 5 MiB; review fewer environments"):
        read(b" " * (MOST_BYTES + 1))


def test_how_it_ended_and_the_gate_are_not_believed() -> None:
    lying = {"outcome": "pass", "gate": "high", "complete": True, "digest": "0" * 64}
    assert read(json.dumps(written(review=lying))).outcome is Outcome.STOP
    nothing_found = json.dumps(written(review=lying, found=[]))
    assert read(nothing_found).outcome is Outcome.CANNOT_TELL, "an error is in it"
    low = json.dumps({**json.loads(render(QUIET, "json")), "review": lying})
    assert read(low).report.gate is Severity.MEDIUM


def test_the_readers_policy_says_how_grave_a_rule_is() -> None:
    document = written(errors=[], environments=[])
    document["found"] = [{**document["found"][0], "severity": "low"}]
    rule = document["found"][0]["id"]
    assert read(json.dumps(document)).outcome is Outcome.PASS
    assert read(json.dumps(document), Policy(severities={rule: Severity.HIGH})).outcome is Outcome.STOP


def test_no_report_at_all_is_told_as_a_report() -> None:
    report = unreadable(InputError("review.json", "is not JSON", "make another"), Policy())
    assert report.outcome is Outcome.CANNOT_TELL
    assert "review.json: is not JSON" in rendered(report, "markdown")


@pytest.fixture
def there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder in which two environments' folders and a recorded plan are."""
    monkeypatch.chdir(tmp_path)
    write_environment(tmp_path / "before")
    write_environment(tmp_path / "after", application={"display_name": "Another name"})
    certificate = "certificates/psn-01.pem"
    (tmp_path / "after" / certificate).write_bytes((tmp_path / "before" / certificate).read_bytes())
    Path("plan.json").write_text(json.dumps(recorded()), encoding="utf-8")
    return tmp_path


def review(capsys: pytest.CaptureFixture[str], *arguments: str) -> Said:
    return say(capsys, "review", *arguments)


@pytest.mark.parametrize("form", FORMATS)
def test_the_command_line_shows_it_again(capsys: pytest.CaptureFixture[str], there: Path, form: str) -> None:
    sources = ("--before", "before", "--after", "after")
    assert there.is_dir()
    made = review(capsys, *sources, "--format", "json", "--output", "review.json")
    again = review(capsys, "--from-json", "review.json", "--format", form)
    assert again.code == made.code
    assert (form == "sarif") is not ("Another name" in again.out), "a new name is no finding"


def test_sources_do_not_go_together(capsys: pytest.CaptureFixture[str], there: Path) -> None:
    assert there.is_dir()
    said = review(capsys, "--from-json", "review.json", "--before", "before", "--after", "after")
    assert (said.code, said.out) == (1, "")
    assert "--from-json FILE goes with --output, --gate, --policy and --format (not json) alone" in said.err


def test_a_file_that_is_not_there_is_named(capsys: pytest.CaptureFixture[str], there: Path) -> None:
    assert there.is_dir()
    said = review(capsys, "--from-json", "nowhere.json")
    assert (said.code, said.err) == (
        1,
        "error: nowhere.json: cannot be read (No such file or directory); check its path\n",
    )


def test_what_was_approved_goes_through_whatever_was_found(capsys: pytest.CaptureFixture[str], there: Path) -> None:
    assert there.is_dir()
    plan = ("--plan", "plan.json", "--gate", "low")
    approved = review(capsys, *plan, "--format", "json", "--output", "approved.json")
    assert approved.code == 2, "there is something to approve"
    said = review(capsys, *plan, "--approved", "approved.json")
    assert said.code == 0
    assert "this is what was approved (" in said.err
    assert review(capsys, *plan).code == 2, "and without the approval it does not"


def test_what_was_not_approved_stops(capsys: pytest.CaptureFixture[str], there: Path) -> None:
    assert there.is_dir()
    review(capsys, "--before", "before", "--after", "after", "--format", "json", "--output", "approved.json")
    said = review(capsys, "--plan", "plan.json", "--approved", "approved.json")
    assert said.code == 2
    assert said.err.startswith("error: this is not what was approved: the digest is ")


def test_what_could_not_be_told_cannot_have_been_approved(capsys: pytest.CaptureFixture[str], there: Path) -> None:
    (there / "after" / "broken.yaml").write_text("tenant_id: x\n", encoding="utf-8")
    sources = ("--before", "before", "--after", "after")
    assert review(capsys, *sources, "--format", "json", "--output", "approved.json").code == 1
    said = review(capsys, *sources, "--approved", "approved.json")
    assert said.code == 1
    assert "not all of it could be read or understood" in said.err


def test_without_a_usable_approval_nothing_is_reviewed(capsys: pytest.CaptureFixture[str], there: Path) -> None:
    (there / "approved.json").write_text("{}", encoding="utf-8")
    said = review(capsys, "--plan", "plan.json", "--approved", "approved.json")
    assert (said.code, said.out) == (1, "")
