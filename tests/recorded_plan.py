"""A plan for tests: recorded with the unmodified azuread provider 3.7.0 and Terraform 1.11.4, and changed at will.

It is the change of `tests.reviewing` on the sandbox. The lists of what Microsoft's own principals offer are cut out.
"""

from __future__ import annotations

import json
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from helpers.reviewing.plan_reading import read_plan

if TYPE_CHECKING:
    from helpers.reviewing.review import Reviewed

FILE = Path(__file__).parent / "golden" / "plan.json"
AZUREAD = "registry.terraform.io/hashicorp/azuread"
APPLICATION = "azuread_application.application"
PRINCIPAL = "azuread_service_principal.service-principal"
CERTIFICATE = "azuread_application_certificate.certificate-psn-01"
APPLICATION_ID, PRINCIPAL_ID = "/applications/", "/servicePrincipals/"


@cache
def _recorded() -> dict[str, Any]:
    document: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
    return document


def recorded() -> dict[str, Any]:
    """Return the plan, to be changed."""
    return deepcopy(_recorded())


def entry(plan: dict[str, Any], address: str) -> dict[str, Any]:
    """Return what a plan does to one resource."""
    found: dict[str, Any] = next(each for each in plan["resource_changes"] if each["address"] == address)
    return found


def without(plan: dict[str, Any], type_: str) -> None:
    """Take every resource of one type out of a plan."""
    plan["resource_changes"] = [each for each in plan["resource_changes"] if each["type"] != type_]


def add(plan: dict[str, Any], address: str, *, provider: str = AZUREAD, **after: Any) -> dict[str, Any]:  # noqa: ANN401 — any JSON
    """Let a plan create one more resource, all of whose values are known."""
    type_, _, name = address.partition(".")
    created = {
        "address": address,
        "mode": "managed",
        "type": type_,
        "name": name,
        "provider_name": provider,
        "change": {"actions": ["create"], "before": None, "after": after, "after_unknown": {"id": True}},
    }
    plan["resource_changes"].append(created)
    return created


def application_id(plan: dict[str, Any]) -> str:
    """Return the id by which other resources name the application."""
    return str(entry(plan, APPLICATION)["change"]["before"]["id"])


def principal_id(plan: dict[str, Any]) -> str:
    """Return the service principal's object id."""
    return str(entry(plan, PRINCIPAL)["change"]["before"]["object_id"])


def read_all(plan: dict[str, Any]) -> list[Reviewed]:
    """Read a plan as a review does."""
    return read_plan(json.dumps(plan), name="plan.json")


def read(plan: dict[str, Any]) -> Reviewed:
    """Read a plan that holds one application."""
    (found,) = read_all(plan)
    return found
