"""A root as ISE's API imports it, trusted for no more than ISE's own connections need."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from helpers.trust_roots.roots import Root


def import_payload(root: Root) -> dict[str, Any]:
    """Return the body of `POST /api/v1/certs/trusted-certificate/import` for a root, in ISE's own names.

    Never trusted for client authentication: whoever holds a certificate below a public root could then pass for a
    device. No comma in the description, which ISE takes for an attack.
    """
    return {
        "name": root.name,
        "description": "Public root of the Microsoft services that ISE asks about devices",
        "data": root.certificate.pem,
        "allowBasicConstraintCAFalse": False,
        "allowOutOfDateCert": False,
        "allowSHA1Certificates": False,
        "trustForIseAuth": True,
        "trustForClientAuth": False,
        "trustForCertificateBasedAdminAuth": False,
        "trustForCiscoServicesAuth": False,
        "validateCertificateExtensions": False,
    }
