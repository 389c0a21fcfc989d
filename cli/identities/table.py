"""The identities as a person reads them: a text, and the page docs/identities.md."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from clients.graph.identities import Granted, Identity

_WIDTH = 118
_PAGE_BEGINS = """\
# What each identity may do

A pipeline of this project signs in as one of these, and each holds the least it works with. All are application
permissions of Microsoft Graph. None has a secret: each trusts the token of one protected environment
([pipelines.md](pipelines.md)). The review of a pull request signs in nowhere and is not in the table.

| Identity | What it does | Job | Bound to the environment | Application permissions |
|---|---|---|---|---|"""
_PAGE_GOES_ON = """\

## Why each permission
"""
_PAGE_ENDS = """\

## Is it granted?

```sh
ise-intune identities --check deploy production   # also plan, drift, verify, usage
```

signs in as the job does, reads nothing but its own token, and says what lacks and who grants it, what is held beyond
need, and whether whoever signs in is the `deployer` of the file. The pipelines call it before each plan and deploy.

| It says | Then |
|---|---|
| `… lacks AppRoleAssignment.ReadWrite.All, …` | grant it, or let the file say `admin_consent: manual` |
| `deployer is …, and … is signed in: …` | `deployer` is the *object* id under *Enterprise applications* |
| `… holds Directory.ReadWrite.All, …; take it away` | the exit code is 0 all the same; take it away |
| `Insufficient privileges to complete the operation.` (403), and nothing lacks | somebody else owns the object |
| `needs Policy.Read.All (403)`, from drift | grant it, or accept the surface under `unaudited` |

*deploy-with-consent* can grant any permission to anything, itself too: that is a power over the whole tenant. It is a
choice. With `admin_consent: manual` a person consents once, and `Application.ReadWrite.OwnedBy` is enough.
`ise-intune drift --permissions` says what drift can see with less.
"""


def as_text(identities: Iterable[Identity]) -> str:
    """Return the identities, each with its permissions and why."""
    return "\n".join("".join(f"{line}\n" for line in _lines(each)) for each in identities)


def as_markdown(identities: Sequence[Identity]) -> str:
    """Return the page docs/identities.md."""
    why = [line for each in identities for line in ("", f"**{each.name}** {each.besides}.", "", *_reasons(each))]
    return "\n".join([_PAGE_BEGINS, *map(_row, identities), _PAGE_GOES_ON.rstrip(), *why, _PAGE_ENDS])


def as_objects(identities: Iterable[Identity]) -> list[dict[str, Any]]:
    """Return the identities for programs."""
    return [
        {
            "name": each.name,
            "does": each.in_words,
            "jobs": each.jobs,
            "environment": each.environment,
            "besides": each.besides,
            "permissions": [
                {"permission": granted.permission, "why": granted.why, "only_for": granted.only_for or None}
                for granted in each.granted
            ],
        }
        for each in identities
    ]


def _lines(identity: Identity) -> Iterator[str]:
    yield f"{identity.name}: {identity.in_words}"
    yield f"  job          {identity.jobs}"
    yield f"  environment  {identity.environment}"
    for granted in identity.granted:
        yield f"  permission   {granted.permission}{_only(granted)}"
        yield from textwrap.wrap(granted.why, _WIDTH, initial_indent=" " * 15, subsequent_indent=" " * 15)
    yield from textwrap.wrap(identity.besides, _WIDTH, initial_indent="  besides      ", subsequent_indent=" " * 15)


def _row(identity: Identity) -> str:
    permissions = "<br>".join(f"`{each.permission}`{_only(each)}" for each in identity.granted)
    return f"| {identity.name} | {identity.in_words} | {identity.jobs} | `{identity.environment}` | {permissions} |"


def _reasons(identity: Identity) -> Iterator[str]:
    yield from (f"- `{each.permission}`{_only(each)}: {each.why}" for each in identity.granted)


def _only(granted: Granted) -> str:
    return f" (only for {granted.only_for})" if granted.only_for else ""
