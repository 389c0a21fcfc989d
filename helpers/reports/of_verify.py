"""A report of a verification: every link in ISE's order, what is broken and whose job it is, what nobody tested."""

from __future__ import annotations

from typing import TYPE_CHECKING

from helpers.findings import GATE
from helpers.plain_text import counted
from helpers.reports.report import Outcome as Ended
from helpers.reports.report import Report, Reported, Section, Subject, outcome_from
from helpers.sentences.parts import code, listed, name, quote, say, strong
from helpers.verifying.links import Link, Outcome
from helpers.verifying.verified import Proof

if TYPE_CHECKING:
    from collections.abc import Iterator

    from helpers.sentences import Sentence
    from helpers.verifying.verified import Node, Verified

_WORDS = {Ended.STOP: "broken", Ended.CANNOT_TELL: "not fully checked", Ended.PASS: "works"}
_IN_ORDER = "In the order in which ISE goes; times are from here, over connections that are open already."
_NODES = "Whether a node holds the key of a registered certificate, only that key can show."


def report_of(verified: Verified) -> Report:
    """Return the report."""
    outcome = outcome_of(verified)
    return Report(
        kind="verify",
        heading="From ISE to Intune",
        outcome=outcome,
        verdict=verdict_of(verified),
        overview=_overview(verified),
        subjects=(_subject(verified),),
        findings=tuple(Reported(verified.name, finding) for finding in verified.findings),
        accepted=(),
        errors=(),
        gate=GATE,
        digest=verified.digest,
        word=_WORDS[outcome],
        subjects_title="Link by link",
        notes=verified.notes,
    )


def outcome_of(verified: Verified) -> Ended:
    """Return how it ended: a broken link wins over one that was not tested."""
    return outcome_from(found=verified.broken, complete=verified.complete)


def verdict_of(verified: Verified) -> str:
    """Return in a sentence which link is broken first, or what was proven with what."""
    broken = [link for link in verified.links if link.outcome in (Outcome.BROKEN, Outcome.SLOW)]
    untested = sum(link.outcome is Outcome.NOT_TESTED for link in verified.links)
    if broken:
        first = next((link for link in broken if link.outcome is Outcome.BROKEN), broken[0])
        more = f" ({len(broken) - 1} more)" if len(broken) > 1 else ""
        return f"{first.name.capitalize() if first.name.islower() else first.name} is {first.outcome}{more}."
    if untested:
        return f"Nothing is broken as far as could be seen; {counted(untested, 'link')} not tested."
    return f"Chain proven with {verified.proof.value}."


def possession_of(node: Node) -> str:
    """Return what is known of a node's certificate and key, in words."""
    registered = {None: "registration not read", True: "registered", False: "not registered, or not valid now"}[
        node.registered
    ]
    return f"{registered}, possession {'proven' if node.proven else 'not tested'}"


def _overview(verified: Verified) -> str:
    if verified.proof is not Proof.PROBE:
        return ""
    return " ".join(f"{node.entry}: {possession_of(node)}." for node in verified.nodes)


def _subject(verified: Verified) -> Subject:
    return Subject(
        name=verified.name,
        title=verified.application,
        place=verified.location.file,
        state=_WORDS[outcome_of(verified)],
        sections=tuple(each for each in _sections(verified) if each.sentences),
    )


def _sections(verified: Verified) -> Iterator[Section]:
    tested = tuple(_said(link) for link in verified.links if link.outcome is not Outcome.NOT_TESTED)
    yield Section("Links", tested, _IN_ORDER)
    untested = tuple(_said(link) for link in verified.links if link.outcome is Outcome.NOT_TESTED)
    yield Section("Not tested", untested, incomplete=True)
    yield Section("Certificates and nodes", tuple(map(_node, verified.nodes)), _NODES)


def _said(link: Link) -> Sentence:
    took = "" if link.milliseconds is None else f" ({link.milliseconds:.0f} ms)"
    if link.outcome is Outcome.NOT_TESTED:
        return say(strong(link.name), ": ", quote(link.what))
    return say(strong(link.name), f": {link.outcome}{took}: ", quote(link.what))


def _node(node: Node) -> Sentence:
    return say(code(node.entry), " of ", *listed(node.nodes, name), f": {possession_of(node)}.")
