"""One operation done: whoever asks, over HTTP, in a batch or as the portal, is judged and recorded alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.audit import an_application_or_person, recorded
from sandbox.graph.authorization import RULES, require

if TYPE_CHECKING:
    from sandbox.graph.calls import Call, Operation, Reply
    from sandbox.store import Document


def perform(operation: Operation, call: Call) -> Reply:
    """Do an operation, if its caller may, and leave what it changed in the audit log; raise Graph's refusal.

    An operation nobody thought about must not be open to all: without a row in `RULES` there is a KeyError.
    """
    require(RULES[operation.name], call.caller, operation.subject and (lambda: _found(operation, call)))
    if operation.method == "GET":
        return operation.run(call)
    caller = call.caller
    actor = an_application_or_person(call.directory, caller.app_id, caller.object_id, call.user_agent)
    with recorded(call.world, call.directory, actor):
        return operation.run(call)


def _found(operation: Operation, call: Call) -> Document:
    if operation.subject is None:
        raise ValueError(operation.name)
    return operation.subject(call)
