"""The options of the verbs that write an environment file: what `new` and `adopt` ask alike."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import click

from helpers.clouds import CLOUDS
from helpers.declaration.forms import ENTRY_NAME
from helpers.declaration.template import STATE_REQUIRED
from helpers.errors import InputError
from helpers.guids import GUID
from helpers.ise_releases import RELEASE, IseRelease, what_to_install, why_not
from helpers.terms import AdminConsent

if TYPE_CHECKING:
    from collections.abc import Callable


def guid(_context: click.Context, parameter: click.Parameter, value: str) -> str:
    """Take an id of Entra's, in lower case; an option that was left out stays empty."""
    if value and not GUID.fullmatch(value):
        raise click.BadParameter("is not a GUID; copy the id from the portal", param=parameter)
    return value.lower()


def _release(_context: click.Context, parameter: click.Parameter, value: str) -> str:
    if not RELEASE.fullmatch(value):
        raise click.BadParameter(f"{value!r} is not a release such as 3.3", param=parameter)
    return value


def pairs(_context: click.Context, parameter: click.Parameter, values: tuple[str, ...]) -> dict[str, str]:
    """Take NAME=VALUE, repeated."""
    pairs: dict[str, str] = {}
    for value in values:
        name, separator, rest = value.partition("=")
        if not separator or not re.fullmatch(ENTRY_NAME, name) or not rest:
            # What a setting would be set to may be a secret, so nothing of it is said.
            shown = f"{value!r} is" if parameter.name == "certificates" else "is"
            raise click.BadParameter(f"{shown} not of the form {parameter.metavar}", param=parameter)
        if name in pairs:
            raise click.BadParameter(f"gives {name} twice", param=parameter)
        pairs[name] = rest
    return pairs


def stated_release(release: str, patch: int | None) -> IseRelease:
    """Return the ISE that was stated, with the patch it needs unless one was given; it may be too old."""
    return IseRelease(release, patch if patch is not None else 4 if release == "3.3" else 0)


def require_working(ise: IseRelease) -> None:
    """Raise `InputError` for an ISE that cannot work with Intune."""
    reason = why_not(ise)
    if reason:
        raise InputError(f"ISE {ise}", f"cannot work with Intune: {reason}", what_to_install(ise))


_OPTIONS = (
    click.option("--cloud", type=click.Choice(tuple(CLOUDS)), default="global", show_default=True),
    click.option(
        "--admin-consent",
        type=click.Choice([choice.value for choice in AdminConsent]),
        default="manual",
        show_default=True,
        help="Who grants: an administrator by hand, or the pipeline.",
    ),
    click.option("--release", default="3.3", show_default=True, callback=_release, help="ISE's release."),
    click.option("--patch", type=click.IntRange(0, 99), help="ISE's patch.  [default: 4 for release 3.3, else 0]"),
    click.option("--ise-api", default="", metavar="URL", help="The primary PAN's address, to fetch certificates from."),
    click.option(
        "--state",
        "backend",
        type=click.Choice(tuple(STATE_REQUIRED)),
        default="local",
        show_default=True,
        help="Where Terraform keeps its state; anything but local where more than one person deploys.",
    ),
    click.option(
        "--state-setting",
        "state_settings",
        multiple=True,
        metavar="KEY=VALUE",
        callback=pairs,
        help="A setting of --state, such as container_name=ise-intune. Repeatable; never a secret.",
    ),
)


def of_any_file(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add --cloud, --admin-consent, --release, --patch, --ise-api, --state and --state-setting."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command
