"""Which ISE releases can still talk to Intune (domain.md, section 5)."""

from __future__ import annotations

import pytest

from helpers.ise_releases import IseRelease, token_endpoint_version, what_to_install, why_not

_GRAPH = "it asks Azure AD Graph, which Microsoft has retired (support ended on 30 June 2023)"
_NAC = "it asks Intune's old NAC service, which Microsoft ended in March 2024"


@pytest.mark.parametrize(
    ("release", "patch"),
    [("3.1", 8), ("3.1", 9), ("3.2", 4), ("3.2", 99), ("3.3", 0), ("3.4", 0), ("3.10", 0), ("4.0", 0)],
)
def test_works_and_asks_the_second_token_endpoint(release: str, patch: int) -> None:
    ise = IseRelease(release, patch)
    assert why_not(ise) is None
    assert token_endpoint_version(ise) == 2


@pytest.mark.parametrize(
    ("release", "patch", "reason", "remedy"),
    [
        ("2.7", 9, _GRAPH, "upgrade to ISE 3.3 or later (or 3.2 patch 4, 3.1 patch 8)"),
        ("3.0", 8, _GRAPH, "upgrade to ISE 3.3 or later (or 3.2 patch 4, 3.1 patch 8)"),
        ("3.1", 2, _GRAPH, "install patch 8 or later of ISE 3.1"),
        ("3.1", 3, _NAC, "install patch 8 or later of ISE 3.1"),
        ("3.1", 7, _NAC, "install patch 8 or later of ISE 3.1"),
        ("3.2", 3, _NAC, "install patch 4 or later of ISE 3.2"),
    ],
)
def test_does_not_work_and_is_told_what_would(release: str, patch: int, reason: str, remedy: str) -> None:
    ise = IseRelease(release, patch)
    assert (why_not(ise), what_to_install(ise), token_endpoint_version(ise)) == (reason, remedy, 1)


def test_releases_are_numbers_and_not_decimal_fractions() -> None:
    assert IseRelease("3.10", 0).number > IseRelease("3.9", 0).number


def test_what_is_no_release_has_no_number() -> None:
    with pytest.raises(ValueError, match=r"^'3\.3p4' is not a release$"):
        _ = IseRelease("3.3p4", 0).number


@pytest.mark.parametrize(("patch", "shown"), [(0, "3.3"), (4, "3.3 patch 4")])
def test_is_written_as_people_say_it(patch: int, shown: str) -> None:
    assert str(IseRelease("3.3", patch)) == shown
