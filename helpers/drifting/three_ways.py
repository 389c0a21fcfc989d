"""Three accounts of one application held against each other: declared, applied, observed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from helpers.comparing import (
    CredentialAdded,
    CredentialRemoved,
    Difference,
    NotCompared,
    Surface,
    compare,
    subject_of,
    without_ids,
)
from helpers.drifting.applied import expected
from helpers.model import CredentialKind, NotSeen, Seen

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from helpers.drifting.applied import Applied
    from helpers.model import Integration

_ANY_BYTES = NotSeen("only whether both are the same key id is asked")
_RESTLESS = "it was not the same each time it was read, and not as deployed in the end: look again"


@dataclass(frozen=True)
class ThreeWays:
    """What differs, and whose doing it is.

    `drift`: in Entra is not what was applied. `pending`: declared is not what was applied. `arrived`: in Entra is
    already what is declared, though not what was applied: a deploy has run since the outputs were written.
    """

    drift: tuple[Difference, ...]
    pending: tuple[Difference, ...]
    arrived: tuple[Difference, ...]
    not_compared: tuple[NotCompared, ...]


def three_ways(declared: Integration, applied: Applied | None, readings: Sequence[Integration]) -> ThreeWays:
    """Hold what Graph showed against what was applied, or against the declaration where nobody knows that.

    A difference counts if all `readings` that saw its surface agree on it, as Graph shows old copies for a while after
    every change. Where they do not, and the last one differs, nothing was checked: who changes it between two looks
    must not pass for clean. What else could not be compared is what the last one could not. Without any reading there
    is only what is pending.
    """
    base = applied.expected if applied else expected(declared)
    ahead = _compared(without_ids(compare(base, expected(declared)))) if applied else ()
    *earlier, last = [without_ids(compare(base, reading)) for reading in readings] or [()]
    agreed = [each for each in _compared(last) if all(_agrees(reading, each) for reading in earlier)]
    arrived = tuple(each for each in agreed if _is_in(each, ahead))
    restless = [each for each in _compared(last) if each not in agreed and not _is_in(each, ahead)]
    return ThreeWays(
        drift=tuple(each for each in agreed if each not in arrived),
        pending=tuple(each for each in ahead if not _is_in(each, arrived)),
        arrived=arrived,
        not_compared=(
            *(each for each in last if isinstance(each, NotCompared)),
            *_of_unknown_bytes(arrived),
            *(NotCompared(surface, _RESTLESS) for surface in dict.fromkeys(each.surface for each in restless)),
        ),
    )


def place(difference: Difference) -> tuple[str, str]:
    """Return where a difference is and what it is about, whichever way it goes."""
    return difference.surface.value, subject_of(difference)


def is_same(one: Difference, other: Difference) -> bool:
    """Say whether two differences are one: bytes of a certificate that one account could not see decide nothing."""
    if isinstance(one, (CredentialAdded, CredentialRemoved)) and isinstance(other, type(one)):
        sides = one.credential, other.credential
        if not all(isinstance(side.fingerprint, Seen) for side in sides):
            return replace(sides[0], fingerprint=_ANY_BYTES) == replace(sides[1], fingerprint=_ANY_BYTES)
    return one == other


def _agrees(reading: Iterable[Difference], difference: Difference) -> bool:
    """Say whether an earlier reading shows a difference too, or did not see where it is."""
    return any(
        each.surface is difference.surface if isinstance(each, NotCompared) else is_same(difference, each)
        for each in reading
    )


def _is_in(difference: Difference, others: Iterable[Difference]) -> bool:
    return any(is_same(difference, other) for other in others)


def _of_unknown_bytes(arrived: Iterable[Difference]) -> Iterator[NotCompared]:
    """Yield the certificates that came as declared by their key ids, while nobody saw what is behind these."""
    for each in arrived:
        if isinstance(each, CredentialAdded) and each.credential.kind is CredentialKind.CERTIFICATE:
            bytes_ = each.credential.fingerprint
            if isinstance(bytes_, NotSeen):
                yield NotCompared(Surface.CERTIFICATE_BYTES, f"bytes of {each.credential.key_id}: {bytes_.reason}")


def _compared(differences: Iterable[Difference]) -> tuple[Difference, ...]:
    return tuple(each for each in differences if not isinstance(each, NotCompared))
