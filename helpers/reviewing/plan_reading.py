"""Terraform's plan, read for a review: what will really happen, application by application.

What exists is read from resources, never from the output `applied`, which can say anything; that output only tells
what people decided. With consent by hand a plan grants nothing, and as with an environment file what is asked for
counts as granted: an administrator consents to it. With consent as code exactly what the plan assigns is granted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from helpers.errors import InputError
from helpers.reviewing.terraform.permissions import ApisNamed
from helpers.reviewing.terraform.plan_document import REMEDY, PlanDocument, load_plan
from helpers.reviewing.terraform.plan_resources import planned_resources
from helpers.reviewing.terraform.reading import Side, TwoSides, reviewed
from helpers.reviewing.terraform.record import CONTRACT, read_record
from helpers.reviewing.terraform.resource import SERVICE_PRINCIPAL, Notes
from helpers.shapes import Misshapen, short

if TYPE_CHECKING:
    from helpers.reviewing.review import Reviewed


def read_plan(content: str | bytes, *, name: str) -> list[Reviewed]:
    """Return what a plan does to each application; `name` says in messages where the plan came from.

    An application is called what its output `applied` calls it, as its environment file is; one of several by its
    address. What belongs to no application is told with the first of them.

    Raises `InputError` where it is no plan, or one that tells of no application.
    """
    plan = load_plan(content, name=name)
    try:
        found = reviewed(_two_sides(plan, name))
    except Misshapen as error:
        raise InputError(name, f"is not as Terraform writes a plan: {short(str(error))}", REMEDY) from None
    except RecursionError:
        raise InputError(name, "is nested too deeply to be Terraform's", REMEDY) from None
    if not found:
        raise InputError(name, "says nothing about an application", REMEDY)
    return found


def _two_sides(plan: PlanDocument, name: str) -> TwoSides:
    resources = planned_resources(plan)
    notes = Notes(
        outside=[*plan.configuration.beside, *plan.foreign_providers(), *plan.other_outputs(CONTRACT)],
        unclear=[*plan.oddities()],
    )
    return TwoSides(
        name="",
        before=_side(plan, "before", name, notes),
        after=_side(plan, "after", name, notes),
        changes=resources.changes,
        drift=resources.drift,
        unclear=resources.unclear,
        notes=notes,
        planned=True,
    )


def _side(plan: PlanDocument, side: str, name: str, notes: Notes) -> Side:
    return Side(
        file=name,
        record=read_record(plan.outputs(side), notes),
        apis_named=_apis_named(plan, guessing=side == "before"),
        tenants=plan.configuration.tenants,
        clouds=plan.configuration.clouds,
        outputs=plan.outputs_as_written() if side == "after" else {},
    )


def _apis_named(plan: PlanDocument, *, guessing: bool) -> ApisNamed:
    looked_up = {
        address: client_id
        for address in plan.configuration.resources
        if address.rpartition(".")[0].endswith(f"data.{SERVICE_PRINCIPAL}")
        and (client_id := plan.configuration.client_id_looked_up(address))
    }
    return ApisNamed(plan.client_ids, looked_up, guessing=guessing)
