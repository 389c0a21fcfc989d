"""A review that was made elsewhere, read back: to be shown by our own code, or held against what is planned now."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from helpers.errors import InputError
from helpers.reports.of_review_json import MOST_BYTES, read_review
from helpers.reports.report import Outcome

if TYPE_CHECKING:
    from helpers.reports.of_review_json import ReadReview
    from helpers.reviewing.review import Review
    from helpers.rules.policy import Policy

# That of this code, wherever --root leads.
_SCHEMA = Path(__file__).resolve().parent.parent / "docs" / "review.schema.json"


def review_in(file: Path, policy: Policy) -> ReadReview:
    """Return the review in a file of `ise-intune review --format json`. Raises `InputError` for anything else."""
    try:
        with file.open("rb") as opened:
            content = opened.read(MOST_BYTES + 1)
    except OSError as error:
        raise InputError(str(file), f"cannot be read ({error.strerror})", "check its path") from None
    return read_review(content, name=str(file), schema=json.loads(_SCHEMA.read_bytes()), policy=policy)


def outcome_beside(done: Review, approved: ReadReview) -> tuple[Outcome, str]:
    """Return how a review ends that has been approved as `approved`, and why, as a sentence.

    What stands against it was approved along with it; what could not be told cannot have been.
    """
    if done.digest != approved.digest:
        differs = f"this is not what was approved: the digest is {done.digest}, that of the approval {approved.digest}"
        return Outcome.STOP, f"{differs}; read what is different, and have it approved anew"
    if not done.complete or approved.outcome is Outcome.CANNOT_TELL:
        return Outcome.CANNOT_TELL, "this is what was approved, and not all of it could be read or understood"
    return Outcome.PASS, f"this is what was approved ({done.digest})"
