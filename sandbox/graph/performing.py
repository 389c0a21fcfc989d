"""One operation done: whoever asks, over HTTP, in a batch or as the portal, is judged by the same rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.graph.authorization import RULES, require

if TYPE_CHECKING:
    from sandbox.graph.calls import Call, Operation, Reply
    from sandbox.store import Document


def perform(operation: Operation, call: Call) -> Reply:
    """Do an operation, if its caller may; raise Graph's refusal.

    An operation nobody thought about must not be open to all: without a row in `RULES` there is a KeyError.
    """
    require(RULES[operation.name], call.caller, operation.subject and (lambda: _found(operation, call)))
    return operation.run(call)


def _found(operation: Operation, call: Call) -> Document:
    if operation.subject is None:
        raise ValueError(operation.name)
    return operation.subject(call)
