"""Whatever stands in a plan or a stack, it is read or refused in one line, and no change of it is passed over.

Who opens a pull request decides what these files hold.
"""

from __future__ import annotations

import json
from copy import deepcopy
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from helpers.comparing import compare
from helpers.errors import InputError
from helpers.reviewing.plan_reading import read_plan
from helpers.reviewing.synthesized_reading import review_synthesized
from helpers.reviewing.terraform.record import CONTRACT
from tests.declaring import declare
from tests.recorded_plan import recorded
from tests.reviewing import AFTER
from tests.synthesizing import stack_file, synthesized
from tests.thoroughness import examples

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from helpers.reviewing.review import Reviewed

Step = str | int

_ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-9, 10**25)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8)
    | st.sampled_from(["${x.y.z}", "\ud800", "x" * 100_000, "no-op", "delete", "azuread_application.application"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


def places(value: Any, depth: int) -> Iterator[tuple[Step, ...]]:  # noqa: ANN401 — any JSON
    """Yield the way to everything inside `value` down to a depth."""
    steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, inner in steps:
        yield (step,)
        if depth:
            yield from ((step, *rest) for rest in places(inner, depth - 1))


def changed(document: Any, changes: list[tuple[tuple[Step, ...], Any]]) -> Any:  # noqa: ANN401 — any JSON
    document = deepcopy(document)
    for place, value in changes:
        inner = document
        try:
            for step in place[:-1]:
                inner = inner[step]
            inner[place[-1]] = value
        except (KeyError, IndexError, TypeError):
            continue  # an earlier change took it away
    return document


def strings(value: Any) -> Iterator[str]:  # noqa: ANN401 — any JSON
    yield from (value,) if isinstance(value, str) else ()
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from strings(inner)


def refusal(read: Callable[[], list[Reviewed]]) -> str:
    """Read and look at everything; return what it was refused with, if it was."""
    try:
        found = read()
    except InputError as error:
        return str(error)
    for each in found:
        assert each.before or each.after
        for sides in ((each.before, each.after), each.observed or (None, None)):
            if sides[0] and sides[1]:
                compare(sides[0].integration, sides[1].integration)
        assert all(len(said) < 3000 for said in (*each.outside, *each.unclear))
    return ""


_PLAN = recorded()
_PLACES = st.sampled_from(sorted(places(_PLAN, 6), key=str))
_CHANGES = st.lists(st.tuples(_PLACES, _ANYTHING), min_size=1, max_size=4)


@settings(
    max_examples=examples(40),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.large_base_example],
)
@given(_CHANGES)
def test_any_change_of_a_plan_is_read_or_refused(changes: list[tuple[tuple[Step, ...], Any]]) -> None:
    content = json.dumps(changed(_PLAN, changes))
    assert refusal(lambda: read_plan(content, name="plan.json")).isprintable()


_TEXT = json.dumps(_PLAN).encode()


@settings(max_examples=examples(20), deadline=None)
@given(st.integers(0, len(_TEXT)), st.integers(0, 200), st.binary(max_size=20))
def test_any_damage_to_its_bytes_too(start: int, length: int, instead: bytes) -> None:
    content = _TEXT[:start] + instead + _TEXT[start + length :]
    assert refusal(lambda: read_plan(content, name="plan.json")).isprintable()


# Follow from others, or say how Terraform works: who may do what does not depend on them.
_EVERYWHERE = {"id", "timeouts", "object_id"}
_FOLLOWING = {
    "azuread_application": {
        "app_role_ids", "client_id", "logo_url", "oauth2_permission_scope_ids", "publisher_domain"
    },
    "azuread_service_principal": {
        "app_role_ids", "app_roles", "application_tenant_id", "client_id", "display_name", "homepage_url", "logout_url",
        "oauth2_permission_scope_ids", "oauth2_permission_scopes", "redirect_uris", "saml_metadata_url",
        "service_principal_names", "sign_in_audience", "type",
    },
    "azuread_application_certificate": {"encoding", "end_date_relative"},
    "azuread_app_role_assignment": {"principal_display_name", "principal_type", "resource_display_name"},
}  # fmt: skip
# What Terraform is told to do to a resource, as deep as values go: there is nothing to pass over.
_AFTER = [
    ("resource_changes", number, "change", "after", *place)
    for number, each in enumerate(_PLAN["resource_changes"])
    for place in places(each["change"]["after"], 3)
    if not {place[0]} & (_EVERYWHERE | _FOLLOWING[each["type"]])
]
_PLAIN = read_plan(_TEXT, name="plan.json")


@settings(max_examples=examples(50), deadline=None)
@given(st.sampled_from(_AFTER), st.sampled_from(["changed", 7, [7]]))
def test_no_change_of_what_will_be_goes_unnoticed(place: tuple[Step, ...], value: object) -> None:
    assert read_plan(json.dumps(changed(_PLAN, [(place, value)])), name="plan.json") != _PLAIN


@settings(
    max_examples=examples(20),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(data=st.data())
def test_any_change_of_a_stack_is_read_or_refused(data: st.DataObject, tmp_path: Path) -> None:
    output, other = tmp_path / "out", tmp_path / "other"
    if not output.exists():
        synthesized(declare(tmp_path / "environments", **AFTER), output)
        stack_file(other, "production").parent.mkdir(parents=True)
        (other / "manifest.json").write_bytes((output / "manifest.json").read_bytes())
    document = json.loads(stack_file(output, "production").read_text())
    where = st.sampled_from(sorted(places(document, 5), key=str))
    changes = data.draw(st.lists(st.tuples(where, _ANYTHING), min_size=1, max_size=4))
    stack_file(other, "production").write_text(json.dumps(changed(document, changes)))
    assert refusal(lambda: review_synthesized(output, other)).isprintable()


def test_every_output_of_the_contract_is_known() -> None:
    assert set(_PLAN["output_changes"]) == CONTRACT
