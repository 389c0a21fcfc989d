"""Which ISE releases can talk to Intune today, and what each wants in its form. Facts: domain.md §5."""

from __future__ import annotations

import re
from dataclasses import dataclass

RELEASE = re.compile(r"(\d{1,2})\.(\d{1,2})")


@dataclass(frozen=True)
class IseRelease:
    """An ISE release such as 3.3 with its patch number (0: unpatched)."""

    release: str
    patch: int

    def __str__(self) -> str:
        return f"{self.release} patch {self.patch}" if self.patch else self.release

    @property
    def number(self) -> tuple[int, int]:
        """The release as two numbers, so that 3.10 comes after 3.9. Raises ValueError if it is not of that form."""
        match = RELEASE.fullmatch(self.release)
        if match is None:
            message = f"{self.release!r} is not a release"
            raise ValueError(message)
        return int(match[1]), int(match[2])


_WRITTEN = re.compile(r"ISE (\d{1,2}\.\d{1,2})(?: patch (\d{1,2}))?", re.ASCII)


def read_release(text: str) -> IseRelease | None:
    """Read a release back from `ISE 3.3 patch 4`, as it is recorded with a deploy; None for anything else."""
    match = _WRITTEN.fullmatch(text)
    return IseRelease(match[1], int(match[2] or 0)) if match else None


# The patch each release needs at least; every release after the last works unpatched.
_FIRST_WORKING_PATCH = {(3, 1): 8, (3, 2): 4}
_FIRST_WORKING_RELEASE = (3, 3)

# Before this patch, 3.1 knows only the retired Azure AD Graph.
_GRAPH_PATCH_OF_3_1 = 3


def why_not(ise: IseRelease) -> str | None:
    """Return why Intune no longer answers this release, or None when it does."""
    if ise.number >= _FIRST_WORKING_RELEASE or _has_needed_patch(ise):
        return None
    if ise.number < (3, 1) or (ise.number == (3, 1) and ise.patch < _GRAPH_PATCH_OF_3_1):
        return "it asks Azure AD Graph, which Microsoft has retired (support ended on 30 June 2023)"
    return "it asks Intune's old NAC service, which Microsoft ended in March 2024"


def what_to_install(ise: IseRelease) -> str:
    """Return the least that makes a release work which does not."""
    needed = _FIRST_WORKING_PATCH.get(ise.number)
    if needed:
        return f"install patch {needed} or later of ISE {ise.release}"
    return "upgrade to ISE 3.3 or later (or 3.2 patch 4, 3.1 patch 8)"


def token_endpoint_version(ise: IseRelease) -> int:
    """Return which version of Entra's token endpoint the release's form wants: 2 for every release that works."""
    return 2 if why_not(ise) is None else 1


def _has_needed_patch(ise: IseRelease) -> bool:
    needed = _FIRST_WORKING_PATCH.get(ise.number)
    return needed is not None and ise.patch >= needed
