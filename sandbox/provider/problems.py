"""What stops a request of Terraform's: it becomes a diagnostic, worded as the real provider words it."""

from __future__ import annotations


class Refused(Exception):
    """A request cannot be done: Terraform's summary, detail, and the attribute it points at."""

    def __init__(self, summary: str, detail: str = "", *, attribute: str = "") -> None:
        super().__init__(summary)
        self.summary = summary
        self.detail = detail
        self.attribute = attribute


def already_exists(type_name: str, identifier: str) -> Refused:
    """Say that the resource is there already and how it gets into the state."""
    return Refused(f'A resource with the ID "{identifier}" already exists', _import_hint(type_name), attribute="id")


def duplicate_name(type_name: str, identifier: str, name: str) -> Refused:
    """Say that `prevent_duplicate_names` found another of the same name."""
    return Refused(
        f'An existing "{type_name}" with name "{name}" (ID: "{identifier}") was found and'
        " `prevent_duplicate_names` was specified",
        _import_hint(type_name),
        attribute="id",
    )


def _import_hint(type_name: str) -> str:
    return (
        "To be managed via Terraform, this resource needs to be imported into the State."
        f' Please see the resource documentation for "{type_name}" for more information.'
    )
