"""What a report of drift says of one environment, section by section; nothing that was said is said again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from helpers.activities import sentence_of
from helpers.drifting.drift import Witness
from helpers.drifting.ways_back import WayKind
from helpers.reports.of_review import plain
from helpers.reports.report import Detail, Section
from helpers.sentences import Sentence, sentence
from helpers.sentences.parts import code, listed, say
from helpers.sentences.values import not_audited, not_checked

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from helpers.comparing import Difference, NotCompared, Surface
    from helpers.drifting.drift import Drifted, EnvironmentDrift

_DRIFT = "Changed in Entra since the last deploy (drift)"
_UNKNOWN = "Not as declared (nobody knows what was deployed)"
_NO_OUTPUTS = "Without the outputs of a deploy this is either drift or a declaration that is not deployed yet."
_EXCEPTIONS = "To accept some of it for a while"
_UNCHECKED = "Access can hide here: nobody can say that it is clean."
_PENDING = "The declaration is ahead of the last deploy."
_ARRIVED = "A deploy has run since the outputs here were written: read them anew."
_UNAUDITED = "The environment file accepts that nobody looks here."
_ONLY_PLANNED = "Graph does not show it: it was put right since, or the plan is older than what was read."
_NOT_UNDERSTOOD = "Properties and types of Graph's with something in them that this version does not know."


def sections(environment: EnvironmentDrift, *, lasting: bool) -> Iterator[Section]:
    """Yield the sections that have something to say; `lasting` ones the same on every day."""
    yield from (each for each in _sections(environment, lasting=lasting) if each.sentences)


def not_seen(environment: EnvironmentDrift) -> Iterator[Section]:
    """Yield the sections about what nobody could see."""
    missing = (
        Section("Not checked at all", _plainly(filter(None, [environment.failure])), incomplete=True),
        unseen(environment.unchecked),
        Section("Not understood in the plan", _plainly(environment.unclear), incomplete=True),
    )
    yield from (each for each in missing if each.sentences)


def _sections(environment: EnvironmentDrift, *, lasting: bool) -> Iterator[Section]:
    def said(differences: Iterable[Difference]) -> tuple[Sentence, ...]:
        return tuple(
            sentence(each, application=environment.application, entries=environment.entries) for each in differences
        )

    drift = environment.drift
    yield Section(
        _DRIFT if environment.deployed else _UNKNOWN,
        said(each.difference for each in drift),
        "" if environment.deployed else _NO_OUTPUTS,
        details=tuple(
            tuple(_details(each, before, environment)) for before, each in zip((None, *drift), drift, strict=False)
        ),
    )
    yield _exceptions(environment, lasting=lasting)
    yield from not_seen(environment)
    yield Section("Declared, not deployed yet (pending)", said(environment.pending), _PENDING)
    yield Section("Deployed meanwhile", said(environment.arrived), _ARRIVED)
    yield Section("Only in Terraform's plan", said(environment.only_planned), _ONLY_PLANNED)
    yield Section("In the plan, outside of what this project knows", _plainly(environment.outside))
    accepted = (not_audited(each.surface, why, each.reason) for each, why in environment.unaudited)
    yield Section("Not audited", tuple(accepted), _UNAUDITED)
    yield Section("Not understood", _plainly(environment.not_understood), _NOT_UNDERSTOOD)
    yield Section("Noted", _plainly(environment.notes))


def _plainly(texts: Iterable[str]) -> tuple[Sentence, ...]:
    return tuple(map(plain, texts))


def unseen(surfaces_unseen: Iterable[NotCompared]) -> Section:
    """Say once for each reason what it kept from being seen, in words and as an environment file names it."""
    surfaces: dict[str, list[Surface]] = {}
    for each in surfaces_unseen:
        surfaces.setdefault(each.reason, []).append(each.surface)
    return Section(
        "Not checked",
        tuple(not_checked(hidden, reason) for reason, hidden in surfaces.items()),
        _UNCHECKED,
        incomplete=True,
        details=tuple((Detail("Surfaces", say(*listed(hidden, code))),) for hidden in surfaces.values()),
    )


def _details(drifted: Drifted, before: Drifted | None, environment: EnvironmentDrift) -> Iterator[Detail]:
    """Yield who, when and the ways back; `before` is the difference told just before, if any."""
    yield from _who(drifted, before, environment)
    if drifted.noted:
        yield Detail("Noted", plain(drifted.noted))
    if Witness.GRAPH not in drifted.witnesses:
        yield Detail("Seen by", plain("Terraform's plan alone; Graph did not let us look"))
    ways = [way for way in drifted.ways if way.kind is not WayKind.EXCEPT]
    for number, way in enumerate(ways):
        label = "Way back" if not number else "Then" if way.follows else "Or"
        yield Detail(label, plain(way.text), way.example)


def _who(drifted: Drifted, before: Drifted | None, environment: EnvironmentDrift) -> Iterator[Detail]:
    if before is not None and before.activities == drifted.activities:
        yield Detail("Who", plain("as above" if drifted.activities else "not known either"))
        return
    for activity in drifted.activities:
        yield Detail("Who", sentence_of(activity))
    if not drifted.activities:
        yield Detail("Who", plain(f"not known: {environment.unexplained or 'the audit log says nothing of it'}"))


def _exceptions(environment: EnvironmentDrift, *, lasting: bool) -> Section:
    """Offer the exceptions of all that differs at once: they are much of the same."""
    ways = [way for drifted in environment.drift for way in drifted.ways if way.kind is WayKind.EXCEPT]
    entries = dict.fromkeys(line for way in ways for line in _entries(way.example))
    if not entries:
        return Section(_EXCEPTIONS, ())
    text = f"Put exceptions into {environment.file}; every report goes on showing what they cover"
    if lasting:
        # Its end is some days from now.
        return Section(_EXCEPTIONS, (plain(f"{text}. `ise-intune drift {environment.name}` prints the YAML."),))
    hint = plain("leave out what is not to be accepted, and say why of the rest")
    yaml = Detail("YAML", hint, "\n".join(("exceptions:", *entries)))
    return Section(_EXCEPTIONS, (plain(f"{text}."),), details=((yaml,),))


def _entries(yaml: str) -> Iterator[str]:
    """Yield the entries of a list under one key, each as the lines it has."""
    _, _, entries = yaml.partition("\n")
    yield from (f"- {entry}".rstrip() for entry in f"\n{entries}".split("\n- ")[1:])
