"""In which order an application is put right: what may only come after what, and why, so that ISE never goes without.

The order is partial: a step says after which others it comes, and those that do not wait for each other may change
places. `STAGES` is one order that keeps to it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from helpers.findings import Finding


class Who(StrEnum):
    """Whose job a step is."""

    ENGINEER = "platform engineer, by pull request"
    ENTRA = "Entra administrator, by hand"
    ISE = "ISE administrator"


@dataclass(frozen=True)
class Stage:
    """A kind of step. `why` says why it stands where it does, `after` what it waits for.

    `first` is what has to be seen before anybody does it, with `{name}` for the environment's name; empty where nothing
    can depend on what it changes.
    """

    id: str
    title: str
    who: Who
    why: str
    after: tuple[str, ...] = ()
    first: str = ""


@dataclass(frozen=True)
class Move:
    """One thing to do. `about` are what it puts right, by name, `example` what to type, under `label`.

    `findings` are answered by it, alone or with moves of other steps.
    """

    text: str
    about: tuple[str, ...] = ()
    label: str = ""
    example: str = ""
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class Step:
    """A stage with something to do in it, and what has to be seen before. `after` are the steps it waits for."""

    number: int
    stage: Stage
    moves: tuple[Move, ...]
    after: tuple[int, ...] = ()
    first: str = ""


_NOBODY_SIGNS_IN = (
    "look into the sign-in logs of the application in the Entra admin center, thirty days back: whoever signs in"
    " through it besides ISE would be cut off"
)
_ISE_WORKS = 'see ISE work with what it keeps: `ise-intune verify {name}`, and "Test Connection" in ISE'
_UNUSED = (
    "`ise-intune certificate usage {name}` has to say of the key id that it is unused; one that has expired may go"
)

STAGES = (
    Stage(
        "restore",
        "Put the application back into service",
        Who.ENTRA,
        "Until ISE can sign in, nobody can see whether any other step does harm.",
    ),
    Stage(
        "ise",
        "Install an ISE that Intune answers",
        Who.ISE,
        "Whatever is put right in Entra, this release cannot ask; what it asked for is taken away only once it asks"
        " something else.",
    ),
    Stage(
        "deployer",
        "Make the deployer an owner",
        Who.ENTRA,
        "Graph refuses what pull requests change to a deployer that does not own both objects.",
        after=("restore",),
    ),
    Stage(
        "ask",
        "Ask for what ISE needs",
        Who.ENGINEER,
        "What comes is there before what goes is gone.",
        after=("deployer",),
    ),
    Stage(
        "consent",
        "Consent to what ISE needs",
        Who.ENTRA,
        "A permission that is asked for gives nothing until somebody consents to it.",
        after=("ask", "restore"),
    ),
    Stage(
        "export",
        "Make new certificates, and export them",
        Who.ISE,
        "Entra has to know a certificate before its node presents it: do not switch the node yet.",
    ),
    Stage(
        "add",
        "Put the new certificates beside the old ones",
        Who.ENGINEER,
        "The old ones stay until their nodes have switched.",
        after=("export", "deployer"),
    ),
    Stage(
        "switch",
        "Let the nodes present the new certificates",
        Who.ISE,
        "From here on nobody needs the old ones.",
        after=("add",),
        first="see that the deploy which added them has ended",
    ),
    Stage(
        "doors",
        "Close what ISE does not use",
        Who.ENTRA,
        "ISE signs in as itself with a certificate, so none of this keeps it out.",
        after=("restore",),
        first=_NOBODY_SIGNS_IN,
    ),
    Stage(
        "rights",
        "Take away rights beside the permissions",
        Who.ENTRA,
        "ISE asks Graph and Intune by its permissions alone, so none of this keeps it out.",
        after=("restore",),
        first="ask whoever gave them what else runs as this application",
    ),
    Stage(
        "audience",
        "Let accounts of this tenant alone use it",
        Who.ENGINEER,
        "ISE signs in to this tenant. A deploy keeps the audience as the file says, so the file is where it changes.",
        after=("deployer",),
        first=_NOBODY_SIGNS_IN,
    ),
    Stage(
        "unasked",
        "Stop asking for what ISE does not need",
        Who.ENGINEER,
        "As long as it is asked for, the next click on *Grant admin consent* gives it back. ISE loses nothing yet.",
        after=("ise", "consent", "deployer"),
        first=_ISE_WORKS,
    ),
    Stage(
        "revoke",
        "Take back the consent",
        Who.ENTRA,
        "Only here ISE loses something: what it needs was granted before, and nothing asks for the rest any more."
        " Tokens from before live on for about an hour: see ISE work once more after that.",
        after=("unasked", "consent", "ise"),
        first=_ISE_WORKS,
    ),
    Stage(
        "keys",
        "Take away keys that no node presents",
        Who.ENTRA,
        "A node may be using one without anybody knowing: by now it presents a declared certificate.",
        after=("switch", "restore"),
        first=_UNUSED,
    ),
    Stage(
        "remove",
        "Take the old certificates away",
        Who.ENGINEER,
        "By now their nodes present others.",
        after=("switch",),
        first=_UNUSED,
    ),
    Stage(
        "tidy",
        "Look at when there is time",
        Who.ENTRA,
        "None of it lets anybody in or keeps ISE out.",
    ),
    Stage(
        "keeps",
        "Say in the file what is gone",
        Who.ENGINEER,
        "Until then drift expects what was taken away, and Terraform does not look whether it comes back.",
        after=("doors", "tidy"),
    ),
    Stage(
        "later",
        "Do with the next change",
        Who.ENGINEER,
        "Nothing waits for it.",
    ),
    Stage(
        "left",
        "Take away owners who left",
        Who.ENGINEER,
        "Nobody can call on them, so nothing waits for them but the deployer's own right to deploy.",
        after=("deployer",),
    ),
    Stage(
        "owners",
        "Take away owners that ISE does not need",
        Who.ENGINEER,
        "Last: should a step before it go wrong, an owner can still put it right by hand.",
        after=("restore", "ise", "consent", "rights", "audience", "revoke", "keys", "remove", "keeps", "later", "left"),
    ),
)
_BY_ID = {stage.id: stage for stage in STAGES}


def numbered(moves: Mapping[str, Sequence[Move]], *, name: str) -> tuple[Step, ...]:
    """Return the stages in which there is something to do, by id, as numbered steps of the environment `name`."""
    present = [stage for stage in STAGES if moves.get(stage.id)]
    numbers = {stage.id: number for number, stage in enumerate(present, start=1)}
    return tuple(
        Step(
            numbers[stage.id],
            stage,
            tuple(moves[stage.id]),
            _waits_for(stage.id, numbers),
            stage.first.replace("{name}", name),
        )
        for stage in present
    )


def _waits_for(stage: str, numbers: Mapping[str, int]) -> tuple[int, ...]:
    """Return the numbers of the steps right before one; what those wait for in turn is not said again."""
    before = {each for each in _ancestors(stage) if each in numbers}
    nearest = before - set[str]().union(*map(_ancestors, before))
    return tuple(sorted(numbers[each] for each in nearest))


@cache
def _ancestors(stage: str) -> frozenset[str]:
    """Return all that a stage waits for, by way of others too."""
    after = _BY_ID[stage].after
    return frozenset(after).union(*map(_ancestors, after))
