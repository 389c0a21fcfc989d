"""What a deploy hands over: ISE's form, the certificates by entry, and what was applied. Names are a contract."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from helpers.canonical import to_json
from helpers.ise_form import IseForm
from helpers.model import NotSeen
from helpers.outputs import certificate_output
from helpers.terms import AdminConsent
from helpers.terraform_text import literals
from stacks.framework import TerraformOutput

if TYPE_CHECKING:
    from helpers.declaration.declaration import Declaration
    from stacks.framework import TerraformStack


@dataclass(frozen=True)
class Ids:
    """The ids Entra chooses, as references that Terraform fills in."""

    client_id: str
    application: str
    service_principal: str


def add_outputs(stack: TerraformStack, declaration: Declaration, ids: Ids, *, commit: str | None) -> None:
    """Write the outputs of design.md's contract."""
    for name, value in output_values(declaration, ids, commit=commit).items():
        TerraformOutput(stack, name, value=value)


def output_values(declaration: Declaration, ids: Ids, *, commit: str | None) -> dict[str, Any]:
    """Return every output by name, with what came from the file made literal and `ids` left to Terraform."""
    tenant_id = declaration.integration.tenant_id
    form = IseForm(declaration.cloud, tenant_id, ids.client_id, declaration.terms.ise)
    return {
        "client_id": ids.client_id,
        "tenant_id": tenant_id,
        "token_url": form.token_url,
        "auto_discovery_url": form.auto_discovery_url,
        "token_audience": form.token_audience,
        "application_object_id": ids.application,
        "admin_consent_url": declaration.cloud.admin_consent_url(tenant_id, ids.client_id),
        "certificates": {entry.name: literals(certificate_output(entry)) for entry in declaration.certificates},
        "ise_settings": form.fields(),
        "applied": _applied(declaration, ids, commit=commit),
    }


def _applied(declaration: Declaration, ids: Ids, *, commit: str | None) -> dict[str, Any]:
    """Return what this deploy makes so, ids included: one side of drift's comparison, and of a plan's review."""
    declared = declaration.integration
    by_hand = declaration.terms.admin_consent is AdminConsent.MANUAL
    granted = NotSeen("an administrator consents by hand") if by_hand else declared.granted
    integration = literals(to_json(replace(declared, granted=granted)))
    integration["client_id"] = {"items": ids.client_id}
    integration["application"]["object_id"] = {"items": ids.application}
    integration["service_principal"]["object_id"] = {"items": ids.service_principal}
    applied = {
        "name": declaration.name,
        "integration": integration,
        "decisions": literals(declaration.decisions),
        "exceptions": literals(_exceptions(declaration)),
    }
    return applied | ({"commit": literals(commit)} if commit else {})


def _exceptions(declaration: Declaration) -> list[dict[str, str]]:
    exceptions = sorted(declaration.exceptions, key=lambda each: (each.rule, each.subject, each.until))
    return [
        {"rule": each.rule, "subject": each.subject, "reason": each.reason, "until": each.until.isoformat()}
        for each in exceptions
    ]
