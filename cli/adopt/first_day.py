"""The report that comes with adoption, in the format that was asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from helpers.adopting.fresh import Fresh

FORMATS = ("text", "markdown", "json", "html", "sarif")


def render(fresh: Fresh, form: str, *, on_terminal: bool = False) -> str:
    """Return what was found on the first day in one of `FORMATS`."""
    if form == "json":
        from cli.results import json_result
        from helpers.reports import json_adoption

        return json_result(
            json_adoption.adoption_object(fresh),
            found=json_adoption.found_objects(fresh),
            unchecked=json_adoption.unchecked_objects(fresh),
        )
    from cli.rendering import rendered
    from helpers.reports.of_adoption import report_of

    return rendered(report_of(fresh), form, on_terminal=on_terminal)
