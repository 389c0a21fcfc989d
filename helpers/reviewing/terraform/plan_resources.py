"""The resources of a plan on both of its sides, and as Terraform knew them before it looked."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from helpers.reviewing.terraform.beyond import Change
from helpers.reviewing.terraform.configuration import PROVIDERS, constant_text, keys_of, references, without_keys
from helpers.reviewing.terraform.grouping import LINKS
from helpers.reviewing.terraform.resource import CERTIFICATE, Resource
from helpers.reviewing.terraform.shapes import any_true
from helpers.shapes import Misshapen, mapping, short, text, texts

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from helpers.reviewing.terraform.plan_document import PlanDocument

# Attributes that may lead to another object of the plan: besides an owner, the API that grants a permission.
_LINKS = (*LINKS, "resource_object_id", "resource_service_principal_object_id")
_SIDES = {
    ("no-op",): "both",
    ("read",): "both",
    ("update",): "both",
    ("create",): "after",
    ("delete",): "before",
    ("delete", "create"): "both",
    ("create", "delete"): "both",
    ("forget",): "both",
    ("create", "forget"): "both",
    ("forget", "create"): "both",
}
_CHANGE_KEYS = {
    "actions",
    "after",
    "after_identity",
    "after_sensitive",
    "after_unknown",
    "before",
    "before_identity",
    "before_sensitive",
    "generated_config",
    "importing",
    "replace_paths",
}


@dataclass
class PlannedResources:
    """Everything a plan says of managed resources; `unclear` are sentences about one, with its address."""

    changes: list[Change] = field(default_factory=list)
    unclear: list[tuple[str, str]] = field(default_factory=list)
    drift: list[Change] = field(default_factory=list)


def planned_resources(plan: PlanDocument) -> PlannedResources:
    """Read every resource of a plan. Raises `Misshapen`."""
    read = PlannedResources()
    for entry in plan.changes:
        _read_change(entry, plan, read)
    addresses = {change.address for change in read.changes}
    if len(addresses) != len(read.changes):
        raise Misshapen("resource_changes names an address twice")
    _read_untouched(plan, addresses, read)
    for entry in plan.drift:
        _read_drift(entry, plan, read)
    return read


def _read_change(entry: Mapping[str, Any], plan: PlanDocument, read: PlannedResources) -> None:
    change = mapping(entry.get("change"), "a change")
    actions = tuple(texts(change.get("actions"), "actions"))
    if entry.get("mode") == "data":
        return  # a read; the code says which there are
    address = _address(entry)
    if actions not in _SIDES:
        read.unclear.append((address, f"{short(address)}: Terraform's action {short(str(actions))} is not known"))
    if odd := sorted(change.keys() - _CHANGE_KEYS):
        read.unclear.append((address, f"{short(address)}: `{short(odd[0])}` of its change is not known"))
    before, after = (_side(entry, change, side, plan) for side in ("before", "after"))
    read.unclear.extend((address, f"{short(address)}: {odd}") for odd in _odd_sides(actions, before, after))
    forgotten = "forget" in actions
    read.changes.append(
        Change(
            address,
            _type(entry),
            before,
            # What is forgotten stays in Entra, and whoever holds it keeps it.
            after=before if forgotten and after is None else after,
            forgotten=forgotten,
            imported=bool(change.get("importing")),
            replaced="create" in actions and len(actions) > 1,
            gap=actions == ("delete", "create"),
        )
    )


def _odd_sides(actions: tuple[str, ...], before: Resource | None, after: Resource | None) -> Iterator[str]:
    """Yield how a change's values do not fit what it says it does."""
    wanted = _SIDES.get(actions, "")
    there = {"both": before and after, "before": before and not after, "after": after and not before}.get(wanted, True)
    if not there and "forget" not in actions:
        yield f"its values do not fit its action {short(str(actions))}"
    elif actions == ("no-op",) and before and after and before.values != after.values:
        yield "its values change, and its action is no-op"


def _read_untouched(plan: PlanDocument, addresses: set[str], read: PlannedResources) -> None:
    """Add what the state has and the plan leaves alone: a plan with targets, or one that only refreshes."""
    for entry in plan.prior_resources:
        if entry.get("mode") != "managed" or _address(entry) in addresses:
            continue
        values = mapping(entry.get("values"), "values")
        resource = _resource(entry, values, plan, sensitive=entry.get("sensitive_values"))
        read.changes.append(Change(_address(entry), _type(entry), resource, resource))


def _read_drift(entry: Mapping[str, Any], plan: PlanDocument, read: PlannedResources) -> None:
    change = mapping(entry.get("change"), "a change of resource_drift")
    address = _address(entry)
    known, found = (_side(entry, change, side, plan) for side in ("before", "after"))
    read.drift.append(Change(address, _type(entry), known, found))


def _side(entry: Mapping[str, Any], change: Mapping[str, Any], side: str, plan: PlanDocument) -> Resource | None:
    if change.get(side) is None:
        return None
    unknown = change.get("after_unknown") if side == "after" else None
    return _resource(
        entry,
        mapping(change.get(side), f"{side} of a change"),
        plan,
        unknown=unknown,
        sensitive=change.get(f"{side}_sensitive"),
        former=text(entry.get("previous_address"), "previous_address"),
        earlier=side == "before",
    )


def _resource(
    entry: Mapping[str, Any],
    values: dict[str, Any],
    plan: PlanDocument,
    *,
    unknown: object = None,
    sensitive: object = None,
    former: str = "",
    earlier: bool = False,
) -> Resource:
    address = _address(entry)
    code = plan.configuration.of(address)
    hidden = _marks(unknown, values)
    return Resource(
        address=address,
        label=former if former and earlier else address,
        type=_type(entry),
        values=values,
        unknown=hidden,
        sensitive=_marks(sensitive, values),
        links=dict(_links(address, hidden, code.expressions, plan)) if any_true(hidden) else {},
        former="" if earlier else former,
        configured=code.expressions.keys(),
        provider=code.provider,
        declared=constant_text(code.expressions.get("value")) if _type(entry) == CERTIFICATE else "",
    )


def _marks(marks: object, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return what runs parallel to values; a single true marks them all."""
    if isinstance(marks, dict):
        return marks
    return dict.fromkeys(values, True) if any_true(marks) else {}


def _links(
    address: str, unknown: Mapping[str, Any], expressions: Mapping[str, Any], plan: PlanDocument
) -> Iterator[tuple[str, str]]:
    for attribute in _LINKS:
        if any_true(unknown.get(attribute)):
            target = _target(address, expressions.get(attribute), plan)
            if target:
                yield attribute, target


def _target(address: str, expression: object, plan: PlanDocument) -> str:
    """Return the one instance that an expression of `address` refers to; empty where that cannot be told.

    Of several instances it is the one with the same keys, as `each.key` and `count.index` have it.
    """
    code_address = without_keys(address)
    module = code_address[: code_address.rfind(".", 0, code_address.rfind("."))] if "module." in code_address else ""
    for reference in references(expression):
        named = without_keys(reference)
        if keys_of(reference):
            instances = [each for each in plan.instances.get(_within(module, named), []) if each.endswith(reference)]
        else:
            instances = plan.instances.get(_within(module, named), [])
        alike = [each for each in instances if keys_of(each) == keys_of(address)] if len(instances) > 1 else instances
        if len(alike) == 1:
            return alike[0]
        if not instances and _within(module, named) in plan.configuration.resources:
            return _within(module, named)  # a data source that is read while applying
    return ""


def _within(module: str, reference: str) -> str:
    return f"{module}.{reference}" if module else reference


def _address(entry: Mapping[str, Any]) -> str:
    address = text(entry.get("address"), "an address")
    if not address:
        raise Misshapen("a resource has no address")
    deposed = text(entry.get("deposed"), "deposed")
    return f"{address} (left over, {deposed})" if deposed else address


def _type(entry: Mapping[str, Any]) -> str:
    """Return a resource's type; of another provider than Microsoft's it is none that this review knows."""
    type_ = text(entry.get("type"), "type of a resource")
    provider = text(entry.get("provider_name"), "provider_name of a resource")
    return type_ if provider in PROVIDERS else f"{type_} of {provider}"
