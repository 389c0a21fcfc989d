"""One synthesized stack, `cdk.tf.json`: literals and plain references are understood, and nothing else is guessed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from helpers.reviewing.terraform.configuration import PROVIDERS, foreign_provider
from helpers.reviewing.terraform.grouping import LINKS
from helpers.reviewing.terraform.record import Output
from helpers.reviewing.terraform.resource import CERTIFICATE, SERVICE_PRINCIPAL, Resource
from helpers.reviewing.terraform.shapes import blocks
from helpers.shapes import mapping, short, text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# `${azuread_application.application.client_id}`, with or without `data.` before it.
_REFERENCE = re.compile(r"\$\{((?:data\.)?[A-Za-z0-9_]+\.[A-Za-z0-9_-]+)\.[A-Za-z0-9_]+\}")
# A sequence that Terraform evaluates, unless it is doubled.
_TEMPLATE = re.compile(r"(?<!\$)\$\{|(?<!%)%\{")
_KNOWN_BLOCKS = {"//", "data", "import", "moved", "output", "provider", "resource", "terraform"}
_META = {"//", "count", "depends_on", "for_each", "lifecycle", "provider"}
_REPEATING = ("count", "for_each", "dynamic")
_SAFE_LIFECYCLE = {"create_before_destroy"}
# Of what was there before Terraform, some is left as it is; a change of what is left alone is told (`lifecycles`).
_SAFE_OF_IMPORTED = {*_SAFE_LIFECYCLE, "ignore_changes"}
_PROVIDER = "azuread"
# As code may write them; one that is left out is the first.
_SOURCES = {"hashicorp/azuread", "azuread", "", *PROVIDERS}
_PROVIDER_SETTINGS = {"alias", "environment", "tenant_id"}


@dataclass(frozen=True)
class StackDocument:
    """A stack's Terraform JSON, parsed, and the file it is from. Its properties raise `Misshapen`."""

    document: Mapping[str, Any]
    file: str

    @cached_property
    def moves(self) -> dict[str, str]:
        """The address that each moved resource had before, by its address."""
        moved = blocks(self.document.get("moved"), "moved")
        return {text(each.get("to"), "`to`"): text(each.get("from"), "`from`") for each in moved}

    @cached_property
    def imports(self) -> dict[str, str]:
        """The id by which each imported resource was there before, by its address."""
        return {
            text(each.get("to"), "`to`"): text(each.get("id"), "`id`")
            for each in blocks(self.document.get("import"), "import")
            if _is_plain_import(each)
        }

    @cached_property
    def forgotten(self) -> set[str]:
        """The addresses that Terraform shall no longer keep, without destroying what is there."""
        return {
            text(each.get("from"), "`from`")
            for each in blocks(self.document.get("removed"), "removed")
            if _is_plain_removal(each) and not all(inner["destroy"] for inner in blocks(each["lifecycle"], "lifecycle"))
        }

    @cached_property
    def resources(self) -> list[Resource]:
        """Every resource, by the addresses of this stack."""
        return [self._resource(type_, name, fields) for type_, name, fields in self._declared("resource")]

    @cached_property
    def client_ids_looked_up(self) -> dict[str, str]:
        """The client ids that data sources look up, by address."""
        found: dict[str, str] = {}
        for type_, name, fields in self._declared("data"):
            client_id = fields.get("client_id")
            if type_ == SERVICE_PRINCIPAL and isinstance(client_id, str) and not _TEMPLATE.search(client_id):
                found[f"data.{type_}.{name}"] = client_id.lower()
        return found

    @property
    def outputs(self) -> dict[str, Output]:
        """Every output, with its text as Terraform will have it."""
        named = mapping(self.document.get("output"), "output")
        return {name: _output(mapping(output, "an output")) for name, output in named.items()}

    @property
    def tenants(self) -> dict[str, str]:
        """Tenant ids by a provider's key, as far as the code states them."""
        return {key: tenant.lower() for key, tenant in self._stated("tenant_id").items()}

    @property
    def clouds(self) -> dict[str, str]:
        """The clouds, as Terraform calls them, by a provider's key, as far as the code states them."""
        return self._stated("environment")

    def _stated(self, setting: str) -> dict[str, str]:
        found = {}
        for provider in self._providers():
            value, alias = provider.get(setting), text(provider.get("alias"), "alias")
            if isinstance(value, str) and not _TEMPLATE.search(value):
                found[f"{_PROVIDER}.{alias}" if alias else _PROVIDER] = value
        return found

    def beside(self) -> Iterator[str]:
        """Yield what runs or is set beside the resources."""
        for type_, name, _ in self._declared("data"):
            if type_ != SERVICE_PRINCIPAL:
                which = f"data.{short(type_)}.{short(name)}"
                yield f"{which} reads something else than Entra's service principals, and may run a program"
        for type_, name, fields in self._declared("resource"):
            if fields.get("provisioner") is not None:
                yield f"{short(type_)}.{short(name)} runs a provisioner: any program at all"
            lifecycle = {key for each in blocks(fields.get("lifecycle"), "lifecycle") for key in each}
            safe = _SAFE_OF_IMPORTED if f"{type_}.{name}" in self.imports else _SAFE_LIFECYCLE
            if odd := sorted(lifecycle - safe):
                yield f"{short(type_)}.{short(name)} has `{short(odd[0])}` in its lifecycle"
        yield from self._foreign_providers()
        for provider in self._providers():
            if odd := sorted(provider.keys() - _PROVIDER_SETTINGS):
                yield f"provider {_PROVIDER} is told {', '.join(f'`{short(each)}`' for each in odd)} as well"

    def _foreign_providers(self) -> Iterator[str]:
        named = mapping(self.document.get("provider"), "provider").keys() | self._required.keys()
        for block in ("resource", "data"):
            for type_, _, fields in self._declared(block):
                told = text(fields.get("provider"), "provider") or type_.partition("_")[0]
                named |= {told.partition(".")[0]}
        for name in sorted(named):
            required = self._required.get(name)
            source = (
                required if isinstance(required, str) else mapping(required, f"provider {short(name)}").get("source")
            )
            told = text(source, "source of a provider")
            if told not in _SOURCES or (name != _PROVIDER and not told):
                yield foreign_provider(told or name)

    def not_understood(self) -> Iterator[str]:
        """Yield what this stack has that nothing here can read."""
        for key in sorted(self.document.keys() - _KNOWN_BLOCKS):
            if key == "removed" and all(_is_plain_removal(each) for each in blocks(self.document[key], "removed")):
                continue
            if self.document[key] not in (None, {}, []):
                yield f"the stack has `{short(key)}`, which is not understood"
        if not all(_is_plain_import(each) for each in blocks(self.document.get("import"), "import")):
            yield "the stack has an `import` that says more than which resource it is and by which id"
        source = self._provider_source()
        if source not in _SOURCES:
            yield f"provider {_PROVIDER} comes from {short(source)}, whose resources nobody here knows"
        for type_, name, fields in self._declared("resource"):
            if odd := [key for key in _REPEATING if key in fields]:
                yield f"{short(type_)}.{short(name)} has `{odd[0]}`, which is not understood"

    def state(self) -> Any:  # noqa: ANN401 — any JSON, only held against the other side's
        """Return what says where the state is and which provider runs."""
        return self.document.get("terraform")

    @property
    def _required(self) -> dict[str, Any]:
        terraform = mapping(self.document.get("terraform"), "terraform")
        return mapping(terraform.get("required_providers"), "required_providers")

    def _provider_source(self) -> str:
        required = mapping(self._required.get(_PROVIDER), f"provider {_PROVIDER}")
        return text(required.get("source"), "source of a provider")

    def lifecycles(self) -> dict[str, list[dict[str, Any]]]:
        """Return what each resource is told of its lifecycle, by address."""
        return {
            f"{type_}.{name}": blocks(fields.get("lifecycle"), "lifecycle")
            for type_, name, fields in self._declared("resource")
        }

    def _providers(self) -> list[dict[str, Any]]:
        return blocks(mapping(self.document.get("provider"), "provider").get(_PROVIDER), f"provider {_PROVIDER}")

    def _declared(self, block: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
        for type_, named in mapping(self.document.get(block), block).items():
            for name, fields in mapping(named, f"{block} {short(type_)}").items():
                yield type_, name, mapping(fields, f"{block} {short(type_)}.{short(name)}")

    def _resource(self, type_: str, name: str, fields: Mapping[str, Any]) -> Resource:
        address = f"{type_}.{name}"
        written = {key: value for key, value in fields.items() if key not in _META}
        return Resource(
            address=address,
            label=address,
            type=type_,
            values={key: literal_value(value) for key, value in written.items()},
            unknown={key: not_literal(value) for key, value in written.items()},
            links=dict(_links(written)),
            former=self.moves.get(address, "") if type_ == CERTIFICATE else "",
            configured=written.keys(),
            provider=text(fields.get("provider"), "provider") or _PROVIDER,
        )


def _is_plain_removal(block: Mapping[str, Any]) -> bool:
    """Say whether a `removed` block says nothing but which resource it is, and whether to destroy it."""
    if block.keys() != {"from", "lifecycle"} or not isinstance(block["from"], str):
        return False
    lifecycle = blocks(block["lifecycle"], "lifecycle of a removed block")
    return all(inner.keys() == {"destroy"} and isinstance(inner["destroy"], bool) for inner in lifecycle)


def _is_plain_import(block: Mapping[str, Any]) -> bool:
    """Say whether an `import` block says nothing but which resource it is and, in plain text, its id."""
    texts_of = [block.get(key) for key in ("to", "id")]
    return block.keys() == {"to", "id"} and all(
        isinstance(each, str) and not _TEMPLATE.search(each) for each in texts_of
    )


def literal_value(value: Any) -> Any:  # noqa: ANN401 — any JSON value
    """Return a value as Terraform will have it; what it would evaluate stays as it is written."""
    if isinstance(value, str):
        return value if _TEMPLATE.search(value) else value.replace("$${", "${").replace("%%{", "%{")
    if isinstance(value, dict):
        return {literal_value(key): literal_value(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [literal_value(inner) for inner in value]
    return value


def not_literal(value: object) -> Any:  # noqa: ANN401 — runs parallel to any JSON value
    """Return what runs parallel to a value, with true wherever Terraform evaluates something."""
    if isinstance(value, str):
        return _TEMPLATE.search(value) is not None
    if isinstance(value, dict):
        return {
            literal_value(key): not_literal(inner) or _TEMPLATE.search(key) is not None for key, inner in value.items()
        }
    if isinstance(value, list):
        return [not_literal(inner) for inner in value]
    return False


def _output(output: Mapping[str, Any]) -> Output:
    value = output.get("value")
    return Output(literal_value(value), not_literal(value), output.get("sensitive"))


def _links(written: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for attribute in (*LINKS, "resource_object_id", "resource_service_principal_object_id"):
        value = written.get(attribute)
        reference = _REFERENCE.fullmatch(value) if isinstance(value, str) else None
        if reference:
            yield attribute, reference[1]
