"""The gate of an adoption: the plan of a deploy, in the language of a review."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from cli.exit_codes import FINE, FOUND
from cli.rendering import is_for_terminal
from cli.results import called, complain, say, write_result
from clients.terraform import initialized
from helpers.adopting.gate import gate
from helpers.declaration.environments import read_environment
from helpers.declaration.folder import select
from helpers.errors import InputError
from helpers.plain_text import counted, one_line

if TYPE_CHECKING:
    from cli.settings import Settings
    from helpers.adopting.gate import Gate
    from helpers.declaration.declaration import Declaration


def check_again(settings: Settings, name: str) -> int:
    """Plan an adopted environment, and say by the exit code whether a deploy changes anything."""
    (path,) = select(settings.environments, [name])
    declaration = read_environment(path)
    if declaration.adopted is None:
        remedy = f"`{called()} adopt CLIENT_ID --name NAME` adopts an application; `cdktf diff {name}` plans any"
        raise InputError(str(path), "declares no adopted application", remedy)
    return check(settings, declaration)


def check(settings: Settings, declaration: Declaration) -> int:
    """Plan, show what a deploy would do, and return 0 where that is nothing."""
    name = declaration.name
    say(settings, f"planning {name}; where a deploy holds the lock of the state, this waits for it")
    plan = initialized(settings.root, name, environments=settings.environments).plan()
    found = gate(
        plan,
        application=declaration.adopted.application if declaration.adopted else "",
        client_id=declaration.settings.client_id or "",
        name=f"the plan of {name}",
    )
    write_result(review_of(plan, name))
    _say_verdict(settings, name, found)
    return FINE if found.passes else FOUND


def review_of(plan: str, name: str) -> str:
    """Return what a plan does to an environment, in the language of a review, for stdout."""
    from cli.review import render
    from helpers.reviewing.assembling import review_sources
    from helpers.reviewing.plan_reading import read_plan

    sources = read_plan(plan, name=f"the plan of {name}")
    return render(review_sources(sources, now=datetime.now(UTC)), "text", on_terminal=is_for_terminal(None))


def _say_verdict(settings: Settings, name: str, found: Gate) -> None:
    if not found.passes:
        for change in found.changes:
            complain(f"would change: {one_line(change)}")
        complain(
            f"error: {name}: a deploy would change something, so do not deploy: put right what is named above, then"
            f" `{called()} adopt --check {name}`"
        )
        return
    if not found.imported:
        say(settings, f"{name}: all {len(found.kept)} objects are in the state already, and a deploy changes nothing")
        return
    kept = f", has {len(found.kept)} in the state already" if found.kept else ""
    say(settings, f"{name}: a deploy imports {counted(len(found.imported), 'object')}{kept}, and changes nothing")
    say(settings, f"next: review and commit the files, then `cdktf deploy {name}`")
