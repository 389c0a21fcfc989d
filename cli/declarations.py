"""The environment file beside outputs, where there is one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cli.results import say
from helpers.declaration.environments import judge_files
from helpers.declaration.folder import environment_files
from helpers.errors import DeclarationErrors, IseIntuneError

if TYPE_CHECKING:
    from cli.settings import Settings
    from helpers.declaration.declaration import Declaration


def declaration_of(settings: Settings, name: str) -> Declaration | None:
    """Return what the environment file declares; None where it is not here, or cannot be relied on.

    Raises `DeclarationErrors` where it declares an ISE that cannot work: no sheet would be true of that one.
    """
    try:
        file = environment_files(settings.environments).get(name) if settings.environments.is_dir() else None
    except IseIntuneError:
        file = None
    if file is None:
        return None
    judged = judge_files([file])
    about_ise = [mistake for mistake in judged.mistakes if mistake.key.partition(".")[0] == "ise"]
    if about_ise:
        raise DeclarationErrors(about_ise)
    if judged.mistakes:
        say(settings, f"{file}: has mistakes and was left aside; `ise-intune check {name}` says which")
        return None
    return judged.declarations[0]
