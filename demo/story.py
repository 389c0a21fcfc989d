"""The story, step by step. Each step is a command a person could type, or what ISE itself would do.

Runs inside the sandbox: `make demo` enters it.
"""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import httpx
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from clients.ise_wire import IseNode, discover, mdm_info, query_by_mac, sign_in_to_graph, sign_in_to_intune
from demo.commands import CommandFailed
from demo.place import NAME, Place, shown
from demo.telling import Teller
from helpers.certificates import read_certificate_file
from helpers.clouds import CLOUDS
from helpers.declaration.template import NewEnvironment, environment_text
from helpers.errors import InputError, IseIntuneError, SetupError
from helpers.outputs import read_outputs_file
from sandbox.identities import CONSENTING_DEPLOYER, ISE_API_HOST, TENANTS
from sandbox.intune.devices import COMPLIANT_MAC, NONCOMPLIANT_MAC, UNKNOWN_MAC
from sandbox.ise.nodes import admin_key_path

if TYPE_CHECKING:
    from clients.ise_wire import AccessToken, Device
    from helpers.certificates import Certificate
    from helpers.outputs import StackOutputs

ACTING_NODE = "psn-01"
WRITTEN_BY = "# Written by `make demo`, which writes it anew.\n"


def tell_story(arguments: list[str]) -> int:
    """Tell the story; return 0 when ISE could use what was deployed."""
    place = Place.parse(arguments)
    teller, begun = Teller(), time.monotonic()
    try:
        tell(teller, place)
    except (IseIntuneError, CommandFailed, OSError) as error:
        teller.failed(error)
        return 1
    teller.ended_well(f"Told in {time.monotonic() - begun:.0f} s.")
    suggest(teller, place)
    return 0


def tell(teller: Teller, place: Place) -> None:
    """Go from ISE's certificates to an answer for a device, and show that nothing is left to do."""
    nodes = fetch_certificates(teller, place)
    declare(teller, place, nodes)
    deploy(teller, place)
    outputs = show_outputs(teller, place)
    act_as_ise(teller, node_of(place, outputs, fqdn=nodes[ACTING_NODE]))
    deploy_again(teller, place)


def fetch_certificates(teller: Teller, place: Place) -> dict[str, str]:
    """Bring each node's Admin certificate beside the environment; return the nodes' full names by entry name."""
    teller.step(
        "Fetch each ISE node's Admin certificate",
        "ISE signs in with it, so Entra must know it. ISE's API gives the public part; the key stays.",
    )
    nodes = {}
    with teller.waiting(f"asking https://{ISE_API_HOST}"):
        from cli.ise.fetching import fetch
        from clients.ise_account import PASSWORD_VARIABLE, USER_VARIABLE
        from clients.ise_api import IseApi

        user, password = (os.environ.get(name, "") for name in (USER_VARIABLE, PASSWORD_VARIABLE))
        api = IseApi(f"https://{ISE_API_HOST}", user=user, password=password)
        for node in api.nodes():
            certificate = fetch(api, node).certificate
            write_public_part(place, node.host, certificate)
            facts = f"valid to {certificate.not_after:%Y-%m-%d}, thumbprint {certificate.sha1_hex}"
            teller.fact(certificate.common_name, facts)
            nodes[node.host] = node.fqdn
    return nodes


def write_public_part(place: Place, entry: str, certificate: Certificate) -> None:
    """Put a certificate, and nothing else the export held, into the git-ignored file of this story."""
    path = place.certificate(entry)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(certificate.pem, encoding="ascii")


def declare(teller: Teller, place: Place, nodes: dict[str, str]) -> None:
    """Write the environment file, and judge it."""
    teller.step(
        "Declare what shall be",
        f"{shown(place.declaration)} is all that a person edits and a reviewer reads: the application, its permissions,"
        " these certificates.",
    )
    new = NewEnvironment(
        name=NAME,
        tenant_id=TENANTS[0].id,
        deployer=CONSENTING_DEPLOYER.object_id,
        display_name="Cisco ISE – Intune compliance (demo)",
        certificates={entry: f"certificates/{NAME}-{entry}.pem" for entry in nodes},
        admin_consent="terraform",
        ise_api=f"https://{ISE_API_HOST}",
    )
    write_declaration(teller, place, WRITTEN_BY + environment_text(new))
    teller.run("ise-intune", "check", NAME)


def write_declaration(teller: Teller, place: Place, text: str) -> None:
    """Write the environment file; one that was edited since the last time is kept beside it."""
    path = place.declaration
    there = path.read_text(encoding="utf-8") if path.exists() else text
    if not there.startswith(WRITTEN_BY):
        raise InputError(shown(path), "was not written by the demo", "rename it; the demo writes its own")
    if there != text:
        kept = path.with_name(f"{path.name}.bak")
        path.replace(kept)
        teller.fact("kept as it was", shown(kept))
    path.write_text(text, encoding="utf-8")


def deploy(teller: Teller, place: Place) -> None:
    """Deploy with a pipeline's identity that may only make what it owns, and grant what was declared."""
    teller.step(
        "Deploy it to Entra",
        f"As a pipeline that may do this and no more: {', '.join(CONSENTING_DEPLOYER.roles)}.",
    )
    teller.run_cdktf("deploy", NAME, "--auto-approve", "--outputs-file", shown(place.outputs))


def show_outputs(teller: Teller, place: Place) -> StackOutputs:
    """Show what ISE's administrator types."""
    teller.step(
        "Hand the values to the ISE administrator",
        "ISE has no API for its External MDM form: a person types these, under the labels of that form.",
    )
    outputs = ("--outputs", shown(place.outputs))
    teller.run("ise-intune", "outputs", NAME, *outputs)
    teller.run("ise-intune", "runsheet", NAME, *outputs, "--format", "html", "--output", shown(place.run_sheet))
    teller.fact("the page to open in a browser", shown(place.run_sheet))
    return read_outputs_file(place.outputs, stack=NAME)


def act_as_ise(teller: Teller, node: IseNode) -> None:
    """Do what ISE does when a device knocks, with the key that never left the node."""
    teller.step(
        f"Act as ISE's node {ACTING_NODE}",
        "When a device knocks, ISE signs in with the node's key, finds Intune, and asks about the device.",
    )
    with teller.waiting("signing in"), httpx.Client(timeout=10) as http:
        graph = sign_in_to_graph(http, node, now=datetime.now(UTC))
        teller.fact("token for Microsoft Graph", _roles(graph))
        service = discover(http, node, graph)
        teller.fact("service discovery", httpx.URL(service).host)
        intune = sign_in_to_intune(http, node, now=datetime.now(UTC))
        teller.fact("token for Intune", _roles(intune))
        info = mdm_info(http, service, intune)
        teller.fact("compliance service", f"{info.product_name} {info.product_version}, API version {info.api_version}")
        for mac in (COMPLIANT_MAC, NONCOMPLIANT_MAC, UNKNOWN_MAC):
            verdict, style = _verdict(query_by_mac(http, service, intune, mac))
            teller.fact(f"device {mac}", verdict, style=style)


def node_of(place: Place, outputs: StackOutputs, *, fqdn: str) -> IseNode:
    """Return a node as Entra sees it, its key read from where the sandbox's ISE keeps it."""
    key_file = admin_key_path(place.sandbox, fqdn)
    key = load_pem_private_key(key_file.read_bytes(), password=None)
    if not isinstance(key, RSAPrivateKey):
        raise SetupError(f"{key_file.name}: holds no RSA key; `ise-intune sandbox reset` begins anew")
    certificate = read_certificate_file(place.certificate(ACTING_NODE))
    return IseNode(CLOUDS["global"], outputs.tenant_id, outputs.client_id, certificate, key)


def deploy_again(teller: Teller, place: Place) -> None:
    """Show that what was deployed is what was declared."""
    teller.step("Deploy again", "What is there is what was declared, so there must be nothing to do.")
    teller.run_cdktf("deploy", NAME, "--auto-approve", "--outputs-file", shown(place.outputs))


def suggest(teller: Teller, place: Place) -> None:
    """Say what to try next; each line works as typed in the project's folder, since the sandbox's state stays."""
    run = ("sandbox", "run", *place.entering, "--")
    teller.your_turn("Nothing is left running; the sandbox keeps its state, so each of these works as typed:")
    teller.suggestion(
        "change the declaration, see what that would do, make it so",
        f"${{EDITOR:-vi}} {shown(place.declaration)}",
        place.typed(*run, "cdktf", "diff", NAME),
        place.typed(*run, "cdktf", "deploy", NAME, "--auto-approve"),
    )
    teller.suggestion(
        "change something behind Terraform's back, and find out who did it",
        place.typed("sandbox", "portal", "add-secret", NAME, *place.at),
        place.typed("sandbox", "run", *place.entering, "--as", "auditor", "--", "ise-intune", "drift", NAME),
    )
    certificate = shown(place.certificate(ACTING_NODE))
    teller.suggestion("look at a certificate in all its forms", place.typed("certificate", "show", certificate))
    teller.suggestion("begin your own", place.typed("new", "production"))


def _roles(token: AccessToken) -> str:
    return f"with the role {', '.join(token.roles)}" if token.roles else "without any role"


def _verdict(device: Device | None) -> tuple[str, str]:
    if device is None:
        return "not known to Intune: ISE denies, or redirects to enrolment", "yellow"
    return ("compliant: ISE lets it in", "green") if device.compliant else ("not compliant: ISE keeps it out", "red")
