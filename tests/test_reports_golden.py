"""Every format of one review with everything in it, as files to be read; `python -m tests.test_reports_golden` writes.

They are compared letter by letter: the same review must give the same bytes, or a comment would be posted anew.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from cli.review import render
from tests.reviews import RICH

if TYPE_CHECKING:
    from collections.abc import Mapping

GOLDEN = Path(__file__).parent / "golden"
FILES: Mapping[str, str] = {
    "text": "review.txt",
    "markdown": "review.md",
    "json": "review.json",
    "sarif": "review.sarif",
    "html": "review.html",
}


@pytest.mark.parametrize("form", FILES)
def test_a_review_is_shown_as_on_record(form: str) -> None:
    assert render(RICH, form) == (GOLDEN / FILES[form]).read_text(encoding="utf-8")


if __name__ == "__main__":
    for name, file in FILES.items():
        (GOLDEN / file).write_text(render(RICH, name), encoding="utf-8")
