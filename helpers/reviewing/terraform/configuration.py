"""The configuration that a plan's JSON carries: what refers to what, and what runs beside the resources."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from helpers.guids import GUID
from helpers.reviewing.terraform.resource import SERVICE_PRINCIPAL
from helpers.shapes import mapping, objects, short, text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# An instance's key in an address: [0] or ["name"].
_KEYS = re.compile(r'\[(?:\d+|"(?:[^"\\]|\\.)*")\]')
_PROVIDER = "azuread"
PROVIDERS = {"registry.terraform.io/hashicorp/azuread", "registry.opentofu.org/hashicorp/azuread"}
_PROVIDER_SETTINGS = {"tenant_id", "environment"}


@dataclass(frozen=True)
class Configured:
    """One resource's or data source's code: its expressions by attribute, the key of its provider, and its mode."""

    expressions: Mapping[str, Any]
    provider: str
    mode: str = ""


@dataclass(frozen=True)
class Configuration:
    """All code of a plan: resources by address without instance keys, outputs by name.

    `beside` says what it runs that is no resource.
    """

    resources: Mapping[str, Configured] = field(default_factory=dict)
    tenants: Mapping[str, str] = field(default_factory=dict)
    clouds: Mapping[str, str] = field(default_factory=dict)
    outputs: Mapping[str, Any] = field(default_factory=dict)
    beside: tuple[str, ...] = ()

    def of(self, address: str) -> Configured:
        """Return the code of a resource; without code, as of one that goes, it is empty."""
        return self.resources.get(without_keys(address), _NO_CODE)

    def client_id_looked_up(self, address: str) -> str:
        """Return the client id that a data source looks up; empty where the code does not state it."""
        constant = constant_text(self.of(address).expressions.get("client_id"))
        return constant.lower() if GUID.fullmatch(constant) else ""


_NO_CODE = Configured({}, "")


def read_configuration(document: Mapping[str, Any]) -> Configuration:
    """Read the plan's `configuration`. Raises `Misshapen`."""
    configuration = mapping(document.get("configuration"), "configuration")
    resources: dict[str, Configured] = {}
    beside: list[str] = []
    for prefix, module in _modules(mapping(configuration.get("root_module"), "root_module"), ""):
        for number, code in enumerate(objects(module.get("resources"), "resources of the configuration")):
            address = prefix + text(code.get("address"), f"address {number} of the configuration")
            expressions = mapping(code.get("expressions"), f"expressions of {address}")
            provider = text(code.get("provider_config_key"), "provider_config_key")
            resources[address] = Configured(expressions, provider, text(code.get("mode"), f"mode of {address}"))
            beside.extend(_beside(address, code))
    providers = mapping(configuration.get("provider_config"), "provider_config")
    beside.extend(_provider_settings(providers))
    tenants = {key: tenant.lower() for key, tenant in _stated(providers, "tenant_id")}
    outputs = mapping(mapping(configuration.get("root_module"), "root_module").get("outputs"), "outputs of the code")
    return Configuration(resources, tenants, dict(_stated(providers, "environment")), outputs, tuple(beside))


def foreign_provider(source: str) -> str:
    """Say that another provider than Microsoft's runs."""
    return f"provider {short(source)} runs as well: a program of its own, and what it does nobody here knows"


def without_keys(address: str) -> str:
    """Return an address as the code has it, whatever instance it names."""
    return _KEYS.sub("", address) if "[" in address else address


def keys_of(address: str) -> tuple[str, ...]:
    """Return the instance keys of an address, in order."""
    return tuple(_KEYS.findall(address))


def references(expression: object) -> list[str]:
    """Return what an expression refers to, the longest way of saying it first."""
    found = expression.get("references") if isinstance(expression, dict) else None
    return [each for each in found if isinstance(each, str)] if isinstance(found, list) else []


def constant_text(expression: object) -> str:
    """Return an expression's constant text; empty where it is no constant, or a template."""
    constant = expression.get("constant_value") if isinstance(expression, dict) else None
    return constant if isinstance(constant, str) and not references(expression) else ""


def _modules(module: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    yield prefix, module
    for name, call in mapping(module.get("module_calls"), "module_calls").items():
        inner = mapping(mapping(call, f"the call of module {short(name)}").get("module"), f"module {short(name)}")
        yield from _modules(inner, f"{prefix}module.{name}.")


def _beside(address: str, code: Mapping[str, Any]) -> Iterator[str]:
    for provisioner in objects(code.get("provisioners"), f"provisioners of {address}"):
        kind = short(text(provisioner.get("type"), "type of a provisioner"))
        yield f"{short(address)} runs a `{kind}` provisioner: any program at all"
    type_ = text(code.get("type"), f"type of {address}")
    mode = code.get("mode")
    if mode == "data" and type_ != SERVICE_PRINCIPAL:
        yield f"{short(address)} reads something else than Entra's service principals, and may run a program"
    elif mode not in {"managed", "data"}:
        yield f"{short(address)} is {short(str(mode))}: it runs whenever Terraform does, and leaves no trace"


def _stated(providers: Mapping[str, Any], setting: str) -> Iterator[tuple[str, str]]:
    for key, provider in providers.items():
        expressions = mapping(mapping(provider, f"provider {key}").get("expressions"), f"expressions of {key}")
        value = constant_text(expressions.get(setting))
        if value:
            yield key, value


def _provider_settings(providers: Mapping[str, Any]) -> Iterator[str]:
    for key, provider in providers.items():
        fields = mapping(provider, f"provider {key}")
        source = text(fields.get("full_name"), "full_name of a provider")
        if source not in PROVIDERS:
            yield foreign_provider(source or key)
        if fields.get("name") != _PROVIDER:
            continue
        others = sorted(mapping(fields.get("expressions"), f"expressions of {key}").keys() - _PROVIDER_SETTINGS)
        if others:
            yield f"provider {short(key)} is told {', '.join(f'`{short(each)}`' for each in others)} as well"
