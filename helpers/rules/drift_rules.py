"""Rules over what is not as the last deploy left it, and over what is declared and not deployed yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from helpers.comparing import NotCompared, subject_of
from helpers.findings import Severity
from helpers.rules.rule import Found, Rule
from helpers.sentences import sentence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from helpers.rules.rule import Case

CHANGED_OUTSIDE = "changed-outside"


def _changed_outside(case: Case) -> Iterator[Found]:
    for difference in case.drift:
        if not isinstance(difference, NotCompared):
            what = str(sentence(difference, application=case.application, entries=case.entries)).rstrip(".")
            remedy = "find out who did it and why; then undo it, or take it into the declaration"
            yield Found(subject_of(difference), what, remedy)


def _not_deployed(case: Case) -> Iterator[Found]:
    number = len(case.pending)
    if number:
        what = f"{number} declared {'change is' if number == 1 else 'changes are'} not deployed yet"
        yield Found(case.name, what, "deploy, or wait for the deploy that is under way")


RULES = (
    Rule(
        CHANGED_OUTSIDE,
        Severity.MEDIUM,
        "something in Entra that is not as Terraform left it",
        "Somebody changed it by hand or by another tool, and nobody reviewed it.",
        _changed_outside,
    ),
    Rule(
        "not-deployed",
        Severity.LOW,
        "a declaration that is ahead of what was deployed",
        "What was approved is not in force yet: neither the access it gives, nor the access it takes away.",
        _not_deployed,
    ),
)
