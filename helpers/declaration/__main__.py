"""`python -m helpers.declaration > docs/environment-file.md`: write the reference of the environment file."""

from __future__ import annotations

from helpers.declaration.reference import reference

print("\n".join(reference()))  # noqa: T201 — printing is all it does
