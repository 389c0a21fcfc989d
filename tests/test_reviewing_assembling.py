"""A review of two folders of environment files: what changes, what the rules say, and what could not be read."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from helpers.comparing import CertificateEntryAdded, CertificateEntryRemoved, PermissionAdded, TermChanged
from helpers.errors import InputError
from helpers.findings import Severity
from helpers.reviewing.assembling import review_folders, review_sources
from helpers.reviewing.review import Reviewed, Status
from helpers.rules.policy import Policy
from tests.declaring import declare, write_certificate, write_environment

if TYPE_CHECKING:
    from pathlib import Path

    from helpers.reviewing.review import EnvironmentReview, Review

NOW = datetime.now(UTC)
DIRECTORY = {
    "extra": [
        {"api": "Microsoft Graph", "permission": "Directory.Read.All", "type": "application", "reason": "a test"},
    ]
}


class Folders:
    """Two folders of environment files that share their certificates."""

    def __init__(self, root: Path) -> None:
        self.before, self.after = root / "before", root / "after"
        for folder in (self.before, self.after):
            folder.mkdir()

    def both(self, name: str, **content: Any) -> None:  # noqa: ANN401 — any plain value
        """Write the same file on both sides."""
        self.old(name, **content)
        self.new(name, **content)

    def old(self, name: str, **content: Any) -> None:  # noqa: ANN401 — any plain value
        """Write a file as it was."""
        write_environment(self.before, name, **_named(name, content))
        self._share()

    def new(self, name: str, **content: Any) -> None:  # noqa: ANN401 — any plain value
        """Write a file as it shall be."""
        self._share()
        write_environment(self.after, name, **_named(name, content))

    def _share(self) -> None:
        """Let the same file name mean the same certificate on both sides."""
        for file in (self.before / "certificates").glob("*.pem"):
            (self.after / "certificates").mkdir(exist_ok=True)
            (self.after / "certificates" / file.name).write_bytes(file.read_bytes())

    def review(self, policy: Policy | None = None) -> Review:
        """Review what changed between the two."""
        return review_folders(self.before, self.after, now=NOW, policy=policy)


def _named(name: str, content: dict[str, Any]) -> dict[str, Any]:
    return {"application": {"display_name": f"Cisco ISE {name}"}, **content}


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    return Folders(tmp_path)


def only(review: Review) -> EnvironmentReview:
    (environment,) = review.environments
    return environment


def test_nothing_changed_is_fine(folders: Folders) -> None:
    folders.both("a")
    review = folders.review()
    assert only(review).status is Status.UNCHANGED
    assert only(review).changes == ()
    assert only(review).findings == ()
    assert review.complete
    assert not review.stops


def test_two_folders_without_environments_are_a_mistake_of_the_caller(folders: Folders) -> None:
    """A mistyped path must not look like a change without consequences."""
    review = folders.review()
    assert not review.complete
    assert "neither holds an environment file" in review.errors[0]


def test_a_change_is_told_once(folders: Folders) -> None:
    """A certificate by its entry and not by its credential; a permission as asked for and not as granted too."""
    folders.old("a")
    folders.new("a", permissions=DIRECTORY, certificates={"psn-01-2027": "certificates/next.pem"})
    kinds = [type(change) for change in only(folders.review()).changes]
    assert kinds == [PermissionAdded, CertificateEntryAdded, CertificateEntryRemoved, TermChanged]


def test_a_new_environment_shows_all_it_brings(folders: Folders) -> None:
    folders.new("a", permissions=DIRECTORY)
    environment = only(folders.review())
    assert environment.status is Status.ADDED
    added = [change for change in environment.changes if isinstance(change, PermissionAdded)]
    assert len(added) == 3
    assert any(isinstance(change, CertificateEntryAdded) for change in environment.changes)
    assert [finding.rule for finding in environment.findings] == ["permission-powerful"]


def test_a_minimal_new_environment_passes(folders: Folders) -> None:
    folders.new("a")
    review = folders.review()
    assert only(review).findings == ()
    assert not review.stops


def test_another_certificate_under_an_unchanged_file_is_seen(folders: Folders) -> None:
    """The file is the same byte for byte, and is judged once for that: its certificates are part of it."""
    folders.both("a")
    path = folders.after / "certificates" / "psn-01.pem"
    path.write_bytes(write_certificate(folders.after, "certificates/other.pem").read_bytes())
    assert [finding.rule for finding in only(folders.review()).findings] == ["certificate-swapped"]


def test_a_file_that_is_gone_stops_the_review(folders: Folders) -> None:
    folders.old("a")
    review = folders.review()
    assert only(review).status is Status.REMOVED
    assert [finding.rule for finding in only(review).findings] == ["environment-removed"]
    assert review.stops


REVOKED = {"sha256": "AB" * 32, "common_name": "psn-01", "reason": "stolen", "date": "2026-01-31"}
WITH_KEY = {**REVOKED, "public_key_sha256": "CD" * 32}
OTHER_OVER_THAT_KEY = {**WITH_KEY, "sha256": "EF" * 32}


def _lost(review: Review) -> list[tuple[str, str]]:
    """Return the environments and terms of revocations that are lost."""
    found = [(each.name, finding) for each in review.environments for finding in each.findings]
    return [(name, finding.subject) for name, finding in found if finding.rule == "revocation-removed"]


def test_a_revocation_goes_with_its_file_if_no_other_has_it(folders: Folders) -> None:
    folders.both("a")
    folders.old("b", revoked=[REVOKED])
    review = folders.review()
    assert _lost(review) == [("b", f"revoked: {'AB' * 32}")]
    (what,) = (each.what for each in review.environments[1].findings if each.rule == "revocation-removed")
    assert what.startswith(f"a revocation goes with the file of b: revoked: {'AB' * 32}, without its key; psn-01")


@pytest.mark.parametrize("stays", [False, True], ids=["the file goes", "the entry goes"])
@pytest.mark.parametrize(
    ("had", "has", "is_lost"),
    [
        pytest.param(REVOKED, REVOKED, False, id="the same"),
        pytest.param(REVOKED, WITH_KEY, False, id="the key as well"),
        pytest.param(WITH_KEY, WITH_KEY, False, id="the same with its key"),
        pytest.param(WITH_KEY, OTHER_OVER_THAT_KEY, False, id="another certificate with the same key"),
        pytest.param(WITH_KEY, REVOKED, True, id="no longer the key"),
        pytest.param(REVOKED, OTHER_OVER_THAT_KEY, True, id="another certificate"),
    ],
)
def test_a_revocation_is_kept_by_any_other_file_of_the_folder(
    folders: Folders, had: dict[str, str], has: dict[str, str], *, is_lost: bool, stays: bool
) -> None:
    folders.both("a")
    folders.new("a", revoked=[has])
    folders.old("b", revoked=[had])
    if stays:
        folders.new("b")
    assert _lost(folders.review()) == ([("b", f"revoked: {had['sha256']}")] if is_lost else [])


def test_a_renamed_file_takes_its_revocations_along(folders: Folders) -> None:
    folders.old("a", revoked=[WITH_KEY])
    folders.new("b", revoked=[WITH_KEY])
    assert _lost(folders.review()) == []


def test_what_did_not_change_is_not_judged(folders: Folders) -> None:
    """One team's standing trouble never stops another team's change."""
    folders.both("a", permissions=DIRECTORY)
    folders.both("b")
    folders.new("b", ise={"release": "3.4"})
    review = folders.review()
    assert [environment.status for environment in review.environments] == [Status.UNCHANGED, Status.CHANGED]
    assert not review.stops


@pytest.mark.parametrize("side", ["before", "after"])
def test_a_file_with_mistakes_is_an_error_and_neither_added_nor_removed(folders: Folders, side: str) -> None:
    folders.both("a")
    folders.both("b")
    (getattr(folders, side) / "a.yaml").write_text("schema: 1\n")
    review = folders.review()
    assert [environment.name for environment in review.environments] == ["b"]
    assert not review.complete
    assert any("a.yaml" in error for error in review.errors)


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is no folder to read"):
        review_folders(tmp_path / "none", tmp_path, now=NOW)


def test_the_gate_is_the_policys(folders: Folders) -> None:
    folders.old("a")
    folders.new("a", application={"display_name": "Cisco ISE a", "owners": ["00000000-aaaa-bbbb-cccc-dddddddddddd"]})
    assert folders.review().stops
    assert not folders.review(Policy(gate=Severity.HIGH)).stops


def test_what_was_not_understood_makes_a_review_incomplete(tmp_path: Path) -> None:
    side = declare(tmp_path)
    review = review_sources([Reviewed("production", side, side, unclear=("an unknown resource",))], now=NOW)
    assert not review.complete
    assert only(review).status is Status.CHANGED


def test_drift_has_a_place_of_its_own_and_is_a_finding(tmp_path: Path) -> None:
    known = declare(tmp_path)
    found = declare(tmp_path, application={"display_name": "renamed in the portal"})
    review = review_sources([Reviewed("production", known, known, observed=(known, found))], now=NOW)
    assert only(review).status is Status.UNCHANGED
    assert only(review).changes == ()
    assert len(only(review).drift) == 1
    assert [finding.rule for finding in only(review).findings] == ["changed-outside"]


def test_the_digest_is_of_findings_alone(folders: Folders, tmp_path: Path) -> None:
    """The same findings from another place, in another order of files, have the same digest; others do not."""
    folders.old("a")
    folders.new("a", permissions=DIRECTORY)
    digest = folders.review().digest
    moved = tmp_path / "elsewhere"
    folders.after.rename(moved)
    assert review_folders(folders.before, moved, now=NOW).digest == digest
    assert review_folders(folders.before, folders.before, now=NOW).digest != digest
