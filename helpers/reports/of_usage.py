"""A report of which keys still sign in, and why nobody can tell of the others."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from helpers.findings import GATE
from helpers.moments import minute
from helpers.plain_text import counted
from helpers.reports.of_review import plain
from helpers.reports.report import Detail, Outcome, Report, Reported, Section, Subject, in_order, outcome_from
from helpers.sentences.parts import code, listed, name, say, strong
from helpers.usage.judging import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from helpers.sentences import Sentence
    from helpers.sentences.parts import Part
    from helpers.usage.judging import Gone, KeyUsage, Usage
    from helpers.usage.reading import SignIn

_WORDS = {Outcome.STOP: "to act on", Outcome.CANNOT_TELL: "cannot tell everything", Outcome.PASS: "told"}
_STATES = {
    Outcome.STOP: "has keys to act on",
    Outcome.CANNOT_TELL: "could not be told of in full",
    Outcome.PASS: "was told of in full",
}
_TITLES = {Verdict.IN_USE: "In use", Verdict.UNUSED: "Unused", Verdict.CANNOT_TELL: "Cannot tell"}
_HINTS = {
    Verdict.UNUSED: "all conditions hold; docs/certificates.md says which",
    Verdict.CANNOT_TELL: "every reason that stands against calling it unused",
}
_GONE_HINT = "they signed in, and are no longer on the application"
_ORIGINS = {"application": "the application's", "serviceprincipal": "the service principal's"}
_MOST_CODES = 4


def report_of(usage: Usage) -> Report:
    """Return the report."""
    outcome = outcome_of(usage)
    return Report(
        kind="certificate-usage",
        heading="Use of keys",
        outcome=outcome,
        verdict=verdict_of(usage),
        overview=_overview(usage),
        subjects=(_subject(usage),),
        findings=in_order(Reported(usage.name, finding) for finding in usage.findings),
        accepted=(),
        errors=(),
        gate=GATE,
        digest=usage.digest,
        word=_WORDS[outcome],
        subjects_title="Key by key",
        notes=usage.notes,
        gate_means="counts: somebody has to act",
        digest_serves="the same as long as every verdict is",
    )


def outcome_of(usage: Usage) -> Outcome:
    """Return how it ended: what somebody has to act on wins over what nobody could tell."""
    return outcome_from(found=bool(usage.findings), complete=usage.complete)


def verdict_of(usage: Usage) -> str:
    """Return in a sentence how many keys are in use, unused, or neither for sure."""
    number = Counter(each.verdict for each in usage.keys)
    told = ", ".join(f"{number[verdict]} {verdict.value}" for verdict in Verdict if number[verdict])
    return f"{counted(len(usage.keys), 'key')}: {told}." if told else "There is no key to tell of."


def _overview(usage: Usage) -> str:
    sight = usage.sight
    return f"Looked at {minute(sight.now)}, back to {minute(sight.since)}; quiet means {sight.quiet.days} days."


def _subject(usage: Usage) -> Subject:
    return Subject(
        name=usage.name,
        title=usage.application,
        place=usage.locations.file,
        state=_STATES[outcome_of(usage)],
        sections=tuple(each for each in _sections(usage) if each.sentences),
    )


def _sections(usage: Usage) -> Iterator[Section]:
    for verdict in Verdict:
        keys = [each for each in usage.keys if each.verdict is verdict]
        yield Section(
            _TITLES[verdict],
            tuple(_key(each) for each in keys),
            _HINTS.get(verdict, ""),
            incomplete=verdict is Verdict.CANNOT_TELL,
            details=tuple(tuple(_details(each)) for each in keys),
        )
    yield Section("No longer there", tuple(_gone(each) for each in usage.gone), _GONE_HINT)
    if usage.refused:
        yield Section("Refused", (_refused(usage.refused, missed=len(usage.missed)),))
    if usage.unseen:
        said = f"not every credential of the application was seen: {usage.unseen}"
        yield Section("Could not be checked", (plain(said),), incomplete=True)


def _key(usage: KeyUsage) -> Sentence:
    key = usage.key
    of_nodes: tuple[Part | str, ...] = (" of ", *listed(key.nodes, name)) if key.nodes else ()
    return say(strong(key.called), " (", code(key.key_id), ")", *of_nodes, f": {_told(usage)}.")


def _told(usage: KeyUsage) -> str:
    if usage.verdict is Verdict.IN_USE:
        recent = counted(len(usage.recent), "sign-in")
        often = f", {recent} in the quiet time" if usage.recent else ", says the activity report"
        return f"last used {_moment(usage)}{often}"
    if usage.verdict is Verdict.UNUSED and usage.since:
        last = f"last used {_moment(usage)}" if usage.last else "no use of it is known"
        return f"unused since {minute(usage.since)}; {last}" if usage.last != usage.since else f"unused; {last}"
    return f"last used {_moment(usage)}" if usage.last else "no use of it was seen"


def _moment(usage: KeyUsage) -> str:
    origin = _ORIGINS.get(usage.origin.casefold(), "")
    return (minute(usage.last) if usage.last else "") + (f", as {origin} credential" if origin else "")


def _details(usage: KeyUsage) -> Iterator[Detail]:
    key = usage.key
    if usage.addresses:
        yield Detail("From", say(*listed(usage.addresses, code)))
    if usage.resources:
        yield Detail("For", say(*listed(usage.resources, name)))
    if key.registered is False:
        yield Detail("Note", plain("It is not on the application: deploy what is declared, or it was taken off."))
    yield from (Detail("Because", plain(reason)) for reason in usage.reasons)


def _gone(gone: Gone) -> Sentence:
    return say(code(gone.key_id), f": last used {minute(gone.last)}.")


def _refused(refused: Sequence[SignIn], *, missed: int) -> Sentence:
    codes = sorted({each.error for each in refused})[:_MOST_CODES]
    addresses = list(dict.fromkeys(each.address for each in refused if each.address))[:_MOST_CODES]
    where: tuple[Part | str, ...] = (" from ", *listed(addresses, code)) if addresses else ()
    since = f"; {missed:,} of them since a key that is gone was last used" if missed else ""
    return say(
        f"{counted(len(refused), 'sign-in')} with a key that is not registered or has expired (",
        *listed([f"AADSTS{each}" for each in codes], code),
        f"), the last at {minute(refused[0].when)}",
        *where,
        f"{since}.",
    )
