"""A run sheet for programs; `docs/runsheet.schema.json` describes it, and a test holds the two together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from helpers.runsheet.sections import GUID_LINE
from helpers.runsheet.sheet import State

if TYPE_CHECKING:
    from datetime import datetime

    from helpers.runsheet.sheet import RunSheet, SheetCertificate
    from helpers.trust_roots import Root


def as_object(sheet: RunSheet) -> dict[str, Any]:
    """Return the sheet's facts; texts are as they came."""
    return {
        "name": sheet.name,
        "title": sheet.title,
        "made": _zulu(sheet.made),
        "digest": sheet.digest,
        "cloud": sheet.cloud.name,
        "hosts": list(sheet.cloud.hosts),
        "ise": {"release": sheet.ise.release, "patch": sheet.ise.patch} if sheet.ise else None,
        "tenant_id": sheet.tenant_id,
        "client_id": sheet.client_id,
        "admin_consent_url": sheet.consent_url or None,
        "fields": [
            {"label": each.label, "value": each.value, "unconfirmed": each.unconfirmed or None} for each in sheet.fields
        ],
        # Intune answers the question for all devices at most once in 4 hours (domain.md §5).
        "polling": {"off": 0, "least_minutes": 240},
        "certificates": [_certificate(each) for each in sheet.certificates],
        "nodes": {node: [each.entry for each in known] for node, known in sheet.nodes.items()},
        "roots": [_root(each) for each in sheet.roots],
        "san_uri": GUID_LINE,
        "warnings": [str(warning) for warning in sheet.warnings],
    }


def found_in(sheet: RunSheet) -> list[dict[str, str]]:
    """Return what keeps nodes from signing in, as every verb's JSON has it."""
    if not sheet.certificates:
        what, remedy = "no certificate is registered, so no node can sign in", "add one to the environment, and deploy"
        return [{"id": "no-certificate", "severity": "high", "subject": sheet.name, "what": what, "remedy": remedy}]
    return [
        {
            "id": "node-without-valid-certificate",
            "severity": "high",
            "subject": node,
            "what": "none of its certificates is valid now, so it cannot sign in",
            "remedy": _remedy(sheet.nodes[node]),
        }
        for node in sheet.locked_out
    ]


def _remedy(certificates: tuple[SheetCertificate, ...]) -> str:
    if any(each.state is State.NOT_YET_VALID for each in certificates):
        return "wait until one is, or check the clock here"
    return "renew it in ISE, add the new one to the environment, and deploy"


def _certificate(certificate: SheetCertificate) -> dict[str, Any]:
    return {
        "entry": certificate.entry,
        "nodes": list(certificate.nodes),
        "common_name": certificate.common_name,
        "sha256": certificate.sha256,
        "thumbprint_sha1": certificate.sha1,
        "custom_key_identifier": certificate.sha1_base64,
        "key_id": certificate.key_id,
        "not_before": _zulu(certificate.not_before),
        "not_after": _zulu(certificate.not_after),
        "state": certificate.state.value,
    }


def _root(root: Root) -> dict[str, str]:
    return {
        "name": root.name,
        "purpose": root.purpose.value,
        "sha256": root.sha256,
        "thumbprint_sha1": root.certificate.sha1_hex,
        "not_after": root.certificate.end_date,
        "pem": root.certificate.pem,
    }


def _zulu(moment: datetime) -> str:
    return moment.replace(tzinfo=None).isoformat(timespec="seconds") + "Z"
