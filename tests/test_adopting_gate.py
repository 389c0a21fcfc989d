"""The gate of an adoption, by plans that the unmodified provider made, and by what could go wrong with one."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from helpers.adopting.gate import gate
from helpers.errors import InputError
from tests.recorded_plan import APPLICATION, CERTIFICATE, PRINCIPAL, entry, recorded

if TYPE_CHECKING:
    from collections.abc import Callable

    from helpers.adopting.gate import Gate


ANOTHER = "99999999-8888-7777-6666-555555555555"


def quiet() -> dict[str, Any]:
    """Return a plan that imports all there is and changes nothing."""
    plan = recorded()
    for each in plan["resource_changes"]:
        change = each["change"]
        there = change["after"] if change["before"] is None else change["before"]
        change.update(actions=["no-op"], before=there, after=there, after_unknown={}, importing={"id": "x"})
    return plan


def ids(plan: dict[str, Any]) -> tuple[str, str]:
    """Return the object id and the client id of the application."""
    after = entry(plan, APPLICATION)["change"]["after"]
    return str(after["object_id"]), str(after["client_id"])


def gate_of(plan: dict[str, Any]) -> Gate:
    application, client_id = ids(recorded())
    return gate(json.dumps(plan), application=application.upper(), client_id=client_id, name="plan")


def test_what_is_imported_as_it_is_passes() -> None:
    found = gate_of(quiet())
    assert found.passes
    assert {APPLICATION, PRINCIPAL, CERTIFICATE} <= {*found.imported}
    assert found.kept == ()


def test_what_is_in_the_state_already_passes_too() -> None:
    plan = quiet()
    for each in plan["resource_changes"]:
        del each["change"]["importing"]
    found = gate_of(plan)
    assert found.passes
    assert found.imported == ()
    assert APPLICATION in found.kept


@pytest.mark.parametrize(
    ("actions", "said"),
    [
        (["update"], "is changed"),
        (["create"], "is created"),
        (["delete"], "is destroyed"),
        (["forget"], "is forgotten"),
        (["delete", "create"], "is replaced"),
        (["create", "delete"], "is replaced"),
        (["something-new"], "is replaced"),
    ],
)
def test_any_change_of_anything_stops(actions: list[str], said: str) -> None:
    plan = quiet()
    entry(plan, CERTIFICATE)["change"]["actions"] = actions
    assert gate_of(plan).changes == (f"{CERTIFICATE} {said}",)


def _change_quietly(plan: dict[str, Any]) -> None:
    change = entry(plan, APPLICATION)["change"]
    change["after"] = {**change["after"], "notes": "another"}


def _take_application_out(plan: dict[str, Any]) -> None:
    plan["resource_changes"] = [each for each in plan["resource_changes"] if each["address"] != APPLICATION]


def _with(key: str) -> Callable[[dict[str, Any]], None]:
    """Return what gives the application another id."""

    def change(plan: dict[str, Any]) -> None:
        for side in ("before", "after"):
            entry(plan, APPLICATION)["change"][side][key] = ANOTHER

    return change


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (_change_quietly, f"{APPLICATION}: its values change, and its action is no-op"),
        (_take_application_out, "the plan holds no application"),
        (_with("object_id"), "the state of this environment's name holds another application; choose another name"),
        (_with("client_id"), f"the application's client id is {ANOTHER}, and `client_id` in the file is "),
        (lambda plan: plan.update(errored=True), "the plan is not whole: `errored` is true"),
        (lambda plan: plan.update(complete=False), "the plan is not whole: `complete` is false"),
        (lambda plan: plan.update(deferred_changes=[{}]), "the plan has `deferred_changes`, "),
    ],
)
def test_a_plan_that_says_less_than_that_nothing_changes_stops(
    change: Callable[[dict[str, Any]], None], said: str
) -> None:
    plan = quiet()
    change(plan)
    assert any(each.startswith(said) for each in gate_of(plan).changes)


def test_the_recorded_change_stops() -> None:
    assert not gate_of(recorded()).passes


def test_a_file_that_does_not_say_the_client_id_is_held_to_the_object_alone() -> None:
    plan = quiet()
    _with("client_id")(plan)
    assert gate(json.dumps(plan), application=ids(recorded())[0], name="plan").passes


@pytest.mark.parametrize("text", ["", "{}", '{"format_version": "1.2", "configuration": {}, "resource_changes": 7}'])
def test_what_is_no_plan_is_refused(text: str) -> None:
    with pytest.raises(InputError):
        gate(text, application="x", name="plan")
