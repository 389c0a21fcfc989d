"""A node's certificate, brought from ISE's API: the public part alone, and the one that ISE lists."""

from __future__ import annotations

from typing import TYPE_CHECKING

from helpers.certificates import read_certificate
from helpers.declaration.presenting import Presented
from helpers.errors import InputError

if TYPE_CHECKING:
    from clients.ise_api import IseApi, Node


def fetch(api: IseApi, node: Node, *, friendly_name: str = "") -> Presented:
    """Return what a node presents as Admin, or its certificate of that friendly name.

    Raises `ServiceError`; and `InputError` for an export that holds a private key, or another certificate.
    """
    listed = api.certificate_called(friendly_name, node.host) if friendly_name else api.admin_certificate(node.host)
    source = f"ISE's export of {node.host}"
    certificate = read_certificate(api.export(listed), name=source)
    if certificate.sha256_hex != listed.sha256:
        raise InputError(source, "is not the certificate that ISE lists", "export it again")
    return Presented(node.host, node.fqdn, certificate)
