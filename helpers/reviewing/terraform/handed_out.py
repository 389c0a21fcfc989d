"""What a deploy would hand out, held against what follows from the code: administrators type it into ISE as it is."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from helpers.canonical import to_json
from helpers.clouds import CLOUDS, Cloud, is_microsoft_host
from helpers.ise_form import IseForm
from helpers.ise_releases import IseRelease
from helpers.model import Seen
from helpers.outputs import certificate_output
from helpers.reviewing.terraform.resource import UNKNOWN
from helpers.reviewing.terraform.shapes import any_true
from helpers.shapes import short

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from helpers.model import Integration
    from helpers.reviewing.terraform.record import Output
    from helpers.reviewing.terraform.side import PlannedSide

_RELEASE = re.compile(r"ISE (\d{1,2}\.\d{1,2})(?: patch (\d{1,4}))?", re.ASCII)
_LATEST = IseRelease("3.3", 0)  # of which no working release's form differs
_IDS = (("client_id",), ("application", "object_id"), ("service_principal", "object_id"))
_MISSING = object()
_ADOPTED = "adopted.application"
_EXPOSURE, _SETTINGS = ("application", "exposure"), ("service_principal", "settings")
# What a plan does not tell of an application: a deploy makes none of it, and leaves alone what is there.
_UNSEEN_EXPOSURE = frozenset({"app_roles", "authorized_clients", "scopes", "settings"})
# And code says nothing of what an adopted application keeps, but for its audience.
_UNSEEN_IN_CODE = _UNSEEN_EXPOSURE | {"identifier_uris", "public_client", "redirect_uris"}


def handed_out(
    side: PlannedSide, address: str, environment: str, outputs: Mapping[str, Output], *, planned: bool
) -> Iterator[str]:
    """Yield every output that is not what follows from the provider's settings, the decisions and the resources.

    `address` is the application's, for ids that Entra has yet to choose; `environment` is the provider's cloud;
    `planned` says whether Terraform looked at what is there.
    """
    if not outputs:
        yield "nothing is handed out of what ISE has to be told: there are no outputs"
        return
    cloud = next((each for each in CLOUDS.values() if each.terraform_environment == environment), None)
    if cloud is None:
        said = f"is {short(environment)}, which is none that is known" if environment else "is not stated"
        yield f"the cloud of the provider {said}: what the outputs hand out is held against nothing"
    else:
        yield from _endpoints(side, cloud)
        for name, expected in _expected(side, address, _overridden(side, cloud)).items():
            yield from _output(name, expected, outputs.get(name))
    yield from _applied(side, outputs.get("applied"), _UNSEEN_EXPOSURE if planned else _UNSEEN_IN_CODE)


def _endpoints(side: PlannedSide, cloud: Cloud) -> Iterator[str]:
    """Yield what the recorded decisions say of the cloud that cannot be so."""
    named = side.decisions.get("cloud")
    if named is not None and named != cloud.name:
        yield f"output applied says that the cloud is {short(named)}, and the provider is told {cloud.name}"
    for key, known in (("login_host", cloud.login_host), ("intune_audience", cloud.intune_audience)):
        stated = side.decisions.get(f"endpoints.{key}", known)
        host = stated.removeprefix("https://").removesuffix("/")
        if stated != known and key not in cloud.unconfirmed:
            yield _differs(f"applied says of `endpoints.{key}`", stated, known)
        elif not is_microsoft_host(host):
            yield f"output applied decides `endpoints.{key}`: {short(host)} is no host of Microsoft's"


def _overridden(side: PlannedSide, cloud: Cloud) -> Cloud:
    """Return the cloud with the endpoints that were decided, where its own are not certain."""
    stated = {key: side.decisions.get(f"endpoints.{key}") for key in cloud.unconfirmed}
    return cloud.overridden(**stated)


def _expected(side: PlannedSide, address: str, cloud: Cloud) -> dict[str, Any]:
    release = _RELEASE.fullmatch(side.decisions.get("ise", ""))
    ise = IseRelease(release[1], int(release[2] or 0)) if release else _LATEST
    tenant, client = side.integration.tenant_id, side.integration.client_id
    client_id = client.items if isinstance(client, Seen) else f"${{{address}.client_id}}"
    application = side.integration.application.object_id
    form = IseForm(cloud, tenant, client_id, ise)
    return {
        "tenant_id": tenant,
        "client_id": client_id,
        "application_object_id": (application.items if isinstance(application, Seen) else f"${{{address}.object_id}}"),
        "token_url": form.token_url,
        "auto_discovery_url": form.auto_discovery_url,
        "token_audience": form.token_audience,
        "admin_consent_url": cloud.admin_consent_url(tenant, client_id),
        "ise_settings": form.fields(),
        "certificates": {entry.name: certificate_output(entry) for entry in side.certificates},
    }


def _output(name: str, expected: Any, output: Output | None) -> Iterator[str]:  # noqa: ANN401 — any JSON value
    if output is None or (output.value is None and not any_true(output.unknown)):
        yield f"output {name} is not handed out"
    elif any_true(output.sensitive):
        yield f"output {name} is sensitive: it cannot be held against what follows from the code"
    elif isinstance(expected, dict) and isinstance(output.value, dict):
        for field in sorted(expected.keys() | output.value.keys()):
            told = output.value.get(field)
            if told != expected.get(field):
                yield _differs(f"{name} says of {short(field)}", told, expected.get(field))
    elif output.value != expected:
        yield _differs(f"{name} is", output.value, expected)


def _differs(said: str, told: object, expected: object) -> str:
    return f"output {said} {_shown(told)}, and from the code follows {_shown(expected)}"


def _shown(value: object) -> str:
    if value is None or value is _MISSING:
        return "nothing"
    return short(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True))


def _applied(side: PlannedSide, output: Output | None, unseen_exposure: Collection[str]) -> Iterator[str]:
    """Yield where `applied.integration`, which drift is held against later, is not what the resources make so."""
    if output is None or not isinstance(output.value, dict) or any_true(output.sensitive):
        return  # said where decisions are read
    if output.unknown is True:
        yield f"output applied {UNKNOWN}"
        return
    told = output.value.get("integration", _MISSING)
    if not isinstance(told, dict):
        yield _differs("applied says of `integration`", told, "an object")
        return
    one_side, expected = _flat(told), _flat(to_json(_as_declared(side)))
    if _ADOPTED in side.decisions:
        expected = _with_what_is_kept(expected, one_side, unseen_exposure)
    by_hand = side.decisions.get("permissions.admin_consent") == "manual"
    for path, one, other in _differences(one_side, expected):
        known_later = path in _IDS and _is_reference(one)
        unseen = isinstance(other, dict) and "reason" in other
        if not (known_later or unseen or (by_hand and path == ("granted",) and _is_unseen(one))):
            yield _differs(f"applied says of `{short('.'.join(path))}`", _inner(one), _inner(other))


def _with_what_is_kept(
    expected: Mapping[tuple[str, ...], Any], told: Mapping[tuple[str, ...], Any], unseen_exposure: Collection[str]
) -> dict[tuple[str, ...], Any]:
    """Return surfaces with what an adopted application keeps and no resource shows; drift takes it from the file."""
    both = dict(expected)
    if _SETTINGS in told:
        both[_SETTINGS] = told[_SETTINGS]
    said, made = _inner(told.get(_EXPOSURE)), _inner(expected.get(_EXPOSURE))
    if isinstance(said, dict) and isinstance(made, dict):
        kept = {key: value for key, value in said.items() if key in unseen_exposure}
        both[_EXPOSURE] = {"items": {**made, **kept}}
    return both


def _as_declared(side: PlannedSide) -> Integration:
    """Return what the resources make so, with the certificates the code names where Terraform took some over."""
    credentials = side.integration.credentials
    if not isinstance(credentials, Seen):
        return side.integration
    declared = {entry.key_id: entry.certificate.sha256_hex for entry in side.certificates if entry.adopted}
    known = (
        replace(each, fingerprint=Seen(declared[each.key_id])) if each.key_id in declared else each
        for each in credentials.items
    )
    return replace(side.integration, credentials=Seen(frozenset(known)))


def _is_reference(value: object) -> bool:
    """Say whether an id is left to Terraform: not there yet, or a reference."""
    items = value.get("items") if isinstance(value, dict) else value
    return items is _MISSING or items is None or (isinstance(items, str) and items.startswith("${azuread_"))


def _is_unseen(value: object) -> bool:
    return isinstance(value, dict) and value.keys() == {"reason"}


def _inner(value: Any) -> Any:  # noqa: ANN401 — any JSON value
    return value["items"] if isinstance(value, dict) and value.keys() == {"items"} else value


def _flat(document: Mapping[str, Any]) -> dict[tuple[str, ...], Any]:
    """Return an integration's surfaces by their way in it."""
    flat: dict[tuple[str, ...], Any] = {}
    for key, value in document.items():
        if key in {"application", "service_principal"} and isinstance(value, dict):
            flat.update({(key, inner): surface for inner, surface in value.items()})
        else:
            flat[(key,)] = value
    return flat


def _differences(
    one: Mapping[tuple[str, ...], Any], other: Mapping[tuple[str, ...], Any]
) -> Iterator[tuple[tuple[str, ...], Any, Any]]:
    for path in sorted(one.keys() | other.keys()):
        pair = one.get(path, _MISSING), other.get(path, _MISSING)
        if pair[0] != pair[1]:
            yield path, *pair
