"""`python -m helpers.rules > docs/rules.md`: write the table of rules."""

from __future__ import annotations

from helpers.rules.registry import documented

print("\n".join(documented()))  # noqa: T201 — printing is all it does
