"""Terraform's plan as JSON, held to its documented form (format version 1): what is odd about it is said."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from helpers.errors import InputError
from helpers.reviewing.terraform.configuration import (
    PROVIDERS,
    Configuration,
    foreign_provider,
    read_configuration,
    without_keys,
)
from helpers.reviewing.terraform.grouping import bare_id
from helpers.reviewing.terraform.record import Output
from helpers.reviewing.terraform.resource import SERVICE_PRINCIPAL
from helpers.reviewing.terraform.shapes import any_true, load_json
from helpers.shapes import mapping, objects, short, text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

REMEDY = "give what `terraform show -json plan.bin` prints, after `terraform plan -out=plan.bin`"

_ZIP = b"PK\x03\x04"  # what `terraform plan -out` writes
_FORMAT = re.compile(r"1\.\d+")
_KNOWN_KEYS = {
    "action_invocations",
    "applyable",
    "checks",
    "complete",
    "configuration",
    "deferred_action_invocations",
    "deferred_changes",
    "errored",
    "format_version",
    "output_changes",
    "planned_values",
    "prior_state",
    "relevant_attributes",
    "resource_changes",
    "resource_drift",
    "terraform_version",
    "timestamp",
    "variables",
}


@dataclass(frozen=True)
class PlanDocument:
    """A plan's JSON, parsed, of a version that is understood. Its properties raise `Misshapen`."""

    document: Mapping[str, Any]

    @cached_property
    def changes(self) -> list[dict[str, Any]]:
        """What will happen to each resource, data sources included."""
        return objects(self.document.get("resource_changes"), "resource_changes")

    @cached_property
    def drift(self) -> list[dict[str, Any]]:
        """What happened to each resource behind Terraform's back."""
        return objects(self.document.get("resource_drift"), "resource_drift")

    @cached_property
    def configuration(self) -> Configuration:
        """The code."""
        return read_configuration(self.document)

    @cached_property
    def prior_resources(self) -> list[dict[str, Any]]:
        """Every resource of the state that the plan begins with, data sources included."""
        values = mapping(mapping(self.document.get("prior_state"), "prior_state").get("values"), "prior_state.values")
        return list(_resources(mapping(values.get("root_module"), "root_module of prior_state")))

    @cached_property
    def planned_resources(self) -> list[dict[str, Any]]:
        """Every resource of the state that the plan ends with."""
        values = mapping(self.document.get("planned_values"), "planned_values")
        return list(_resources(mapping(values.get("root_module"), "root_module of planned_values")))

    @cached_property
    def instances(self) -> Mapping[str, list[str]]:
        """The addresses of every resource's instances, by address without keys."""
        found: dict[str, list[str]] = defaultdict(list)
        for address in dict.fromkeys(
            text(each.get("address"), "an address") for each in (*self.changes, *self.prior_resources)
        ):
            found[without_keys(address)].append(address)
        return found

    @property
    def client_ids(self) -> dict[str, str]:
        """The client id of every service principal whose object id the plan knows, by that id."""
        known = [each.get("values") for each in self.prior_resources if each.get("type") == SERVICE_PRINCIPAL]
        known += [
            mapping(each.get("change"), "a change").get("after")
            for each in self.changes
            if each.get("type") == SERVICE_PRINCIPAL
        ]
        return {
            bare_id(each["object_id"]): each["client_id"].lower()
            for each in known
            if isinstance(each, dict)
            and isinstance(each.get("object_id"), str)
            and isinstance(each.get("client_id"), str)
        }

    def outputs(self, side: str) -> dict[str, Output]:
        """Return the outputs `before` or `after`, with what of them is unknown or sensitive."""
        changes = mapping(self.document.get("output_changes"), "output_changes")
        return {name: _output(mapping(change, f"output {short(name)}"), side) for name, change in changes.items()}

    def outputs_as_written(self) -> dict[str, Output]:
        """Return the outputs afterwards, with the code's own text for what Terraform has yet to fill in."""
        found = self.outputs("after")
        for name, output in found.items():
            if any_true(output.unknown):
                code = mapping(self.configuration.outputs.get(name), f"output {short(name)} of the code")
                written = mapping(code.get("expression"), "an expression").get("constant_value")
                found[name] = replace(output, value=_filled(output.value, output.unknown, written))
        return found

    def other_outputs(self, contract: frozenset[str]) -> Iterator[str]:
        """Yield, as sentences, what happens to outputs that are not this project's."""
        for name, fields in sorted(mapping(self.document.get("output_changes"), "output_changes").items()):
            change = mapping(fields, f"output {short(name)}")
            if name not in contract and change.get("actions") != ["no-op"]:
                sensitive = " (sensitive)" if any_true(change.get("after_sensitive")) else ""
                yield f"output {short(name)}{sensitive} is not one of this project's, and changes"

    def foreign_providers(self) -> Iterator[str]:
        """Yield, as sentences, whose resources there are beside Microsoft's, changed or not."""
        everything = (*self.changes, *self.prior_resources, *self.planned_resources, *self.drift)
        sources = {text(each.get("provider_name"), "provider_name of a resource") for each in everything}
        yield from (foreign_provider(source or "without a name") for source in sorted(sources - PROVIDERS))

    def _unmentioned(self) -> Iterator[str]:
        """Yield what the plan knows elsewhere, and says nothing of where it says what happens."""
        told = {text(each.get(key), key) for each in self.changes for key in ("address", "previous_address")}
        for where, resources in (("state", self.prior_resources), ("outcome", self.planned_resources)):
            for each in resources:
                address = text(each.get("address"), "an address")
                if each.get("mode") == "managed" and address not in told:
                    yield f"{short(address)} is in the plan's {where}, and the plan does not say what happens to it"
        coded = {without_keys(address) for address in told}
        for address, code in self.configuration.resources.items():
            if code.mode == "managed" and address not in coded:
                yield f"{short(address)} is in the plan's code, and the plan does not say what happens to it"
        outputs = mapping(mapping(self.document.get("planned_values"), "planned_values").get("outputs"), "outputs")
        for name, output in self.outputs("after").items():
            fields = mapping(outputs.get(name), f"output {short(name)}")
            if "value" in fields and not any_true(output.unknown) and fields["value"] != output.value:
                yield f"the plan says two things of what output {short(name)} will be"

    def oddities(self) -> Iterator[str]:
        """Yield why this plan does not tell everything that will happen."""
        yield from self._unmentioned()
        if self.document.get("errored"):
            yield "the plan ended with an error: what it does not show may still happen"
        if self.document.get("complete") is False:
            yield "the plan is not complete: Terraform needs another plan and apply after it"
        for key in ("deferred_changes", "action_invocations", "deferred_action_invocations"):
            for each in objects(self.document.get(key), key):
                subject = mapping(each.get("resource_change"), key).get("address") or each.get("address")
                yield f"{key}: {short(str(subject))} is put off, or runs beside the resources"
        for check in objects(self.document.get("checks"), "checks"):
            if check.get("status") != "pass":
                where = mapping(check.get("address"), "address of a check").get("to_display")
                yield f"the check of {short(str(where))} says {short(str(check.get('status')))}"
        for key in sorted(self.document.keys() - _KNOWN_KEYS):
            yield f"the plan has `{short(key)}`, which this version does not know"


def load_plan(content: str | bytes, *, name: str) -> PlanDocument:
    """Read a plan's JSON. Raises `InputError` for everything else that people give instead."""
    if isinstance(content, bytes) and content.startswith(_ZIP):
        raise InputError(name, "is Terraform's own plan file, not JSON", REMEDY)
    if isinstance(content, str) and content.startswith("PK\x03\x04"):
        raise InputError(name, "is Terraform's own plan file, not JSON", REMEDY)
    document = load_json(content, name=name, remedy=REMEDY)
    if "serial" in document or "lineage" in document or ("values" in document and "configuration" not in document):
        raise InputError(name, "is a state, not a plan", REMEDY)
    version = document.get("format_version")
    if not isinstance(version, str):
        raise InputError(name, "is not a plan: it has no format_version", REMEDY)
    if not _FORMAT.fullmatch(version):
        raise InputError(name, f"has format_version {short(version)}, and 1 is understood", "use Terraform 1")
    if "configuration" not in document or not {"resource_changes", "planned_values"} & document.keys():
        raise InputError(name, "is not a plan: it says nothing of changes", REMEDY)
    return PlanDocument(document)


def _output(change: Mapping[str, Any], side: str) -> Output:
    unknown = change.get("after_unknown") if side == "after" else False
    return Output(change.get(side), unknown, change.get(f"{side}_sensitive"))


def _filled(value: Any, unknown: object, written: Any) -> Any:  # noqa: ANN401 — any JSON value
    """Return a value with what was written wherever it is not known."""
    if isinstance(unknown, dict) and isinstance(value, dict):
        source = written if isinstance(written, dict) else {}
        return value | {
            key: _filled(value.get(key), marks, source.get(key)) for key, marks in unknown.items() if any_true(marks)
        }
    return written if any_true(unknown) else value


def _resources(module: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    yield from objects(module.get("resources"), "resources of prior_state")
    for child in objects(module.get("child_modules"), "child_modules"):
        yield from _resources(child)
