"""The gate of an adoption: Terraform's plan may import, and must change nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from helpers.errors import InputError
from helpers.reviewing.terraform.plan_document import REMEDY, load_plan
from helpers.reviewing.terraform.resource import APPLICATION
from helpers.shapes import Misshapen, mapping, short, text, texts

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from helpers.reviewing.terraform.plan_document import PlanDocument

_NO_OP = ["no-op"]
# A plan that is not whole says nothing for sure; neither does one with something put off or done beside resources.
_WHOLE = (("errored", False), ("complete", True))
_BESIDE = ("deferred_changes", "action_invocations", "deferred_action_invocations")
_VERBS: dict[tuple[str, ...], str] = {
    ("create",): "is created",
    ("update",): "is changed",
    ("delete",): "is destroyed",
    ("forget",): "is forgotten",
}


@dataclass(frozen=True)
class Gate:
    """What a plan does. `imported` and `kept` are addresses: of what is taken into the state, and what was there.

    `changes` say what it does beside that, as sentences; with any of them nothing is to be applied.
    """

    imported: tuple[str, ...]
    kept: tuple[str, ...]
    changes: tuple[str, ...]

    @property
    def passes(self) -> bool:
        """Whether a deploy changes nothing."""
        return not self.changes


def gate(plan: str, *, client_id: str, name: str) -> Gate:
    """Return what a plan's JSON does to the application `client_id`; `name` says in messages where it came from.

    Raises `InputError` where it is no plan.
    """
    document = load_plan(plan, name=name)
    try:
        return _gate(document, client_id.lower())
    except Misshapen as error:
        raise InputError(name, f"is not as Terraform writes a plan: {short(str(error))}", REMEDY) from None


def _gate(plan: PlanDocument, client_id: str) -> Gate:
    managed = [each for each in plan.changes if each.get("mode") != "data"]
    still = [(_address(each), _change(each)) for each in managed if _actions(each) == _NO_OP]
    return Gate(
        imported=tuple(address for address, change in still if change.get("importing")),
        kept=tuple(address for address, change in still if not change.get("importing")),
        changes=(*_incomplete(plan.document), *_changes(managed), *_another(managed, client_id)),
    )


def _incomplete(document: Mapping[str, Any]) -> Iterator[str]:
    for key, wanted in _WHOLE:
        if document.get(key, wanted) is not wanted:
            yield f"the plan is not whole: `{key}` is {str(document[key]).lower()}"
    for key in _BESIDE:
        if document.get(key):
            yield f"the plan has `{key}`, which nobody can call no change"


def _changes(managed: list[dict[str, Any]]) -> Iterator[str]:
    for each in managed:
        actions = _actions(each)
        if actions != _NO_OP:
            yield f"{_address(each)} {_VERBS.get(tuple(actions), 'is replaced')}"
        elif _change(each).get("before") != _change(each).get("after"):
            yield f"{_address(each)}: its values change, and its action is no-op"


def _another(managed: list[dict[str, Any]], client_id: str) -> Iterator[str]:
    """Yield that the state holds another application under this name: Terraform then imports nothing."""
    found = [each for each in managed if each.get("type") == APPLICATION]
    ids = {text(mapping(_change(each).get("after"), "after").get("client_id"), "client_id").lower() for each in found}
    if not found:
        yield "the plan holds no application"
    elif ids - {client_id, ""}:
        yield "the state of this environment's name holds another application; choose another name"


def _change(entry: Mapping[str, Any]) -> dict[str, Any]:
    return mapping(entry.get("change"), "a change")


def _actions(entry: Mapping[str, Any]) -> list[str]:
    return texts(_change(entry).get("actions"), "actions")


def _address(entry: Mapping[str, Any]) -> str:
    return text(entry.get("address"), "an address")
