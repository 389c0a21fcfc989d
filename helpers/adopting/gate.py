"""What a deploy of adopted objects does, by Terraform's plan; the gate: it may import, and must change nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from helpers.errors import InputError
from helpers.reviewing.terraform.plan_document import REMEDY, load_plan
from helpers.reviewing.terraform.resource import APPLICATION
from helpers.shapes import Misshapen, mapping, short, text, texts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_NO_OP, _CREATE, _UPDATE = ("no-op",), ("create",), ("update",)
# A plan that is not whole says nothing for sure; neither does one with something put off or done beside resources.
_WHOLE = (("errored", False), ("complete", True))
_BESIDE = ("deferred_changes", "action_invocations", "deferred_action_invocations")
_VERBS: dict[tuple[str, ...], str] = {
    _CREATE: "is created",
    _UPDATE: "is changed",
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


@dataclass(frozen=True)
class NextDeploy:
    """What a plan would do, address by address; `ends` is what it would destroy, replace or leave behind."""

    imports: tuple[str, ...]
    makes: tuple[str, ...]
    changes: tuple[str, ...]
    ends: tuple[str, ...]


@dataclass(frozen=True)
class _Change:
    """What a plan does to one resource. `actions` and `type` are Terraform's words."""

    address: str
    type: str
    actions: tuple[str, ...]
    imports: bool
    before: object
    after: object


def gate(plan: str, *, application: str, client_id: str = "", name: str) -> Gate:
    """Return what a plan's JSON does to the application of an object id; `name` says in messages where it came from.

    A `client_id` has to be its own. Raises `InputError` where it is no plan.
    """
    document, managed = _read(plan, name)
    still = [each for each in managed if each.actions == _NO_OP]
    try:
        another = tuple(_another(managed, application.lower(), client_id.lower()))
    except Misshapen as error:
        raise _odd(name, error) from None
    return Gate(
        imported=tuple(each.address for each in still if each.imports),
        kept=tuple(each.address for each in still if not each.imports),
        changes=(*_incomplete(document), *_changes(managed), *another),
    )


def next_deploy(plan: str, *, name: str) -> NextDeploy:
    """Return what a plan's JSON does to resources. Raises `InputError` where it is no plan."""
    _, managed = _read(plan, name)
    rest = (_NO_OP, _CREATE, _UPDATE)
    return NextDeploy(
        imports=tuple(each.address for each in managed if each.imports),
        makes=tuple(each.address for each in managed if each.actions == _CREATE),
        changes=tuple(each.address for each in managed if each.actions == _UPDATE),
        ends=tuple(each.address for each in managed if each.actions not in rest),
    )


def _read(plan: str, name: str) -> tuple[Mapping[str, Any], list[_Change]]:
    """Return a plan, and what it does to each resource that Terraform manages. Raises `InputError`."""
    document = load_plan(plan, name=name)
    try:
        return document.document, [_change(each) for each in document.changes if each.get("mode") != "data"]
    except Misshapen as error:
        raise _odd(name, error) from None


def _odd(name: str, error: Misshapen) -> InputError:
    return InputError(name, f"is not as Terraform writes a plan: {short(str(error))}", REMEDY)


def _change(entry: Mapping[str, Any]) -> _Change:
    change = mapping(entry.get("change"), "a change")
    return _Change(
        address=text(entry.get("address"), "an address"),
        type=text(entry.get("type"), "a type"),
        actions=tuple(texts(change.get("actions"), "actions")),
        imports=bool(change.get("importing")),
        before=change.get("before"),
        after=change.get("after"),
    )


def _incomplete(document: Mapping[str, Any]) -> Iterator[str]:
    for key, wanted in _WHOLE:
        if document.get(key, wanted) is not wanted:
            yield f"the plan is not whole: `{key}` is {str(document[key]).lower()}"
    for key in _BESIDE:
        if document.get(key):
            yield f"the plan has `{key}`, which nobody can call no change"


def _changes(managed: Iterable[_Change]) -> Iterator[str]:
    for each in managed:
        if each.actions != _NO_OP:
            yield f"{each.address} {_VERBS.get(each.actions, 'is replaced')}"
        elif each.before != each.after:
            yield f"{each.address}: its values change, and its action is no-op"


def _another(managed: Iterable[_Change], application: str, client_id: str) -> Iterator[str]:
    """Yield that the state holds another application under this name: Terraform then imports nothing."""
    found = [mapping(each.after, "after") for each in managed if each.type == APPLICATION]
    if not found:
        yield "the plan holds no application"
    elif _ids(found, "object_id") - {application, ""}:
        yield "the state of this environment's name holds another application; choose another name"
    elif client_id and (others := _ids(found, "client_id") - {client_id, ""}):
        yield f"the application's client id is {', '.join(sorted(others))}, and `client_id` in the file is {client_id}"


def _ids(applications: Iterable[Mapping[str, Any]], key: str) -> set[str]:
    return {text(values.get(key), key).lower() for values in applications}
