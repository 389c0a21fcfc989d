"""Every string of a user is data: Terraform evaluates `${…}` and `%{…}` even in JSON, so they are escaped here.

Tried: a display name of `${file("/etc/hostname")}` passes through CDKTF and is evaluated by `terraform plan`
(design.md, "Every string is data").
"""

from __future__ import annotations

from typing import Any

# CDKTF resolves its own markers in any string, escaped or not; the declaration refuses a string that has one.
CDKTF_MARKER = "TfToken["


def literal(text: str) -> str:
    """Return `text` so that Terraform reads it as exactly that text.

    Raises ValueError for a string with one of CDKTF's own markers: it was not checked by the declaration.
    """
    if CDKTF_MARKER in text:
        message = f"text carries CDKTF's own marker {CDKTF_MARKER!r}"
        raise ValueError(message)
    return text.replace("${", "$${").replace("%{", "%%{")


def literals(value: Any) -> Any:  # noqa: ANN401 — any JSON value
    """Return a JSON value with every string in it, keys too, made literal."""
    if isinstance(value, str):
        return literal(value)
    if isinstance(value, dict):
        return {literal(key): literals(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [literals(inner) for inner in value]
    return value
