"""The story, step by step. Each step is a command a person could type, or what ISE itself would do.

Runs inside the sandbox: `make demo` enters it.
"""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from clients.ise_wire import IseNode, discover, mdm_info, query_by_mac, sign_in_to_graph, sign_in_to_intune
from demo.telling import Teller
from helpers.certificates import read_certificate, read_certificate_file
from helpers.clouds import CLOUDS
from helpers.declaration.template import NewEnvironment, environment_text
from helpers.errors import IseIntuneError
from helpers.outputs import read_outputs_file
from sandbox.identities import CONSENTING_DEPLOYER, ISE_API_HOST, TENANTS
from sandbox.intune.devices import COMPLIANT_MAC, NONCOMPLIANT_MAC, UNKNOWN_MAC
from sandbox.ise.nodes import admin_key_path

if TYPE_CHECKING:
    from clients.ise_wire import AccessToken, Device
    from helpers.certificates import Certificate
    from helpers.outputs import StackOutputs

ROOT = Path(__file__).resolve().parent.parent
NAME = "demo"
ENVIRONMENT = ROOT / "environments" / f"{NAME}.yaml"
CERTIFICATES = ROOT / "environments" / "certificates"
ACTING_NODE = "psn-01"


def main() -> int:
    """Tell the story; return 0 when ISE could use what was deployed."""
    teller = Teller()
    outputs_file = Path(os.environ["ISE_INTUNE_SANDBOX"]) / f"{NAME}-outputs.json"
    teller.title("Cisco ISE asks Microsoft Intune: may this device join the network?")
    try:
        nodes = fetch_certificates(teller)
        declare(teller, nodes)
        deploy(teller, outputs_file)
        outputs = show_outputs(teller, outputs_file)
        act_as_ise(teller, outputs, nodes)
        deploy_again(teller, outputs_file)
    except (IseIntuneError, subprocess.CalledProcessError) as error:
        teller.failed(str(error) if isinstance(error, IseIntuneError) else f"{' '.join(error.cmd)} failed")
        return 1
    suggest(teller)
    return 0


def fetch_certificates(teller: Teller) -> dict[str, str]:
    """Bring each node's Admin certificate beside the environment; return the nodes' full names by entry name."""
    from clients.ise_api import IseApi

    teller.step(f"ISE: fetch each node's Admin certificate from https://{ISE_API_HOST} (its API, no private key)")
    api = IseApi(
        f"https://{ISE_API_HOST}",
        user=os.environ["ISE_INTUNE_ISE_USER"],
        password=os.environ["ISE_INTUNE_ISE_PASSWORD"],
    )
    nodes = {}
    for node in api.nodes():
        listed = api.admin_certificate(node.host)
        certificate = read_certificate(api.export(listed), name=f"export of {node.host}")
        write_public_part(node.host, certificate)
        facts = f"{certificate.common_name}, valid to {certificate.end_date}, SHA-1 {certificate.sha1_hex}"
        teller.fact(node.host, facts)
        nodes[node.host] = node.fqdn
    return nodes


def write_public_part(entry: str, certificate: Certificate) -> None:
    """Put a certificate, and nothing else the export held, into the git-ignored file of this story."""
    CERTIFICATES.mkdir(parents=True, exist_ok=True)
    (CERTIFICATES / f"{NAME}-{entry}.pem").write_text(certificate.pem, encoding="ascii")


def declare(teller: Teller, nodes: dict[str, str]) -> None:
    """Write the environment file, and judge it."""
    teller.step(f"Declare: environments/{NAME}.yaml says what shall be, and is all a person edits")
    new = NewEnvironment(
        name=NAME,
        tenant_id=TENANTS[0].id,
        deployer=CONSENTING_DEPLOYER.object_id,
        display_name="Cisco ISE – Intune compliance (demo)",
        certificates={entry: f"certificates/{NAME}-{entry}.pem" for entry in nodes},
        admin_consent="terraform",
        ise_api=f"https://{ISE_API_HOST}",
    )
    ENVIRONMENT.write_text(
        f"# Written by `make demo`, which writes it anew.\n{environment_text(new)}", encoding="utf-8"
    )
    teller.run("ise-intune", "check", NAME)


def deploy(teller: Teller, outputs_file: Path) -> None:
    """Deploy with a pipeline's identity that may only make what it owns, and grant what was declared."""
    roles = ", ".join(CONSENTING_DEPLOYER.roles)
    teller.step(f"Deploy, as a pipeline with {roles}")
    teller.run_cdktf("deploy", NAME, "--auto-approve", "--outputs-file", os.path.relpath(outputs_file, ROOT))


def show_outputs(teller: Teller, outputs_file: Path) -> StackOutputs:
    """Show what ISE's administrator types."""
    teller.step("The outputs, under the labels of ISE's form")
    teller.run("ise-intune", "outputs", NAME, "--outputs", os.path.relpath(outputs_file, ROOT))
    return read_outputs_file(outputs_file, stack=NAME)


def act_as_ise(teller: Teller, outputs: StackOutputs, nodes: dict[str, str]) -> None:
    """Do what ISE does when a device knocks, with the key that never left the node."""
    teller.step(f"Act as ISE: sign in with the key of {ACTING_NODE}, find Intune, ask about three devices")
    node = node_of(outputs, fqdn=nodes[ACTING_NODE])
    with httpx.Client(timeout=10) as http:
        graph = sign_in_to_graph(http, node, now=datetime.now(UTC))
        teller.fact("token for Microsoft Graph", _roles(graph))
        service = discover(http, node, graph)
        teller.fact("service discovery", service)
        intune = sign_in_to_intune(http, node, now=datetime.now(UTC))
        teller.fact("token for Intune", _roles(intune))
        info = mdm_info(http, service, intune)
        teller.fact("compliance service", f"{info.name}, API version {info.api_version}")
        for mac in (COMPLIANT_MAC, NONCOMPLIANT_MAC, UNKNOWN_MAC):
            teller.fact(f"device {mac}", _verdict(query_by_mac(http, service, intune, mac)))


def node_of(outputs: StackOutputs, *, fqdn: str) -> IseNode:
    """Return a node as Entra sees it, its key read from where the sandbox's ISE keeps it."""
    key_file = admin_key_path(Path(os.environ["ISE_INTUNE_SANDBOX"]), fqdn)
    key = load_pem_private_key(key_file.read_bytes(), password=None)
    if not isinstance(key, RSAPrivateKey):
        message = f"{key_file.name} holds no RSA key"
        raise TypeError(message)
    certificate = read_certificate_file(CERTIFICATES / f"{NAME}-{ACTING_NODE}.pem")
    return IseNode(CLOUDS["global"], outputs.tenant_id, outputs.client_id, certificate, key)


def deploy_again(teller: Teller, outputs_file: Path) -> None:
    """Show that what was deployed is what was declared."""
    teller.step("Deploy again: nothing to do")
    teller.run_cdktf("deploy", NAME, "--auto-approve", "--outputs-file", os.path.relpath(outputs_file, ROOT))


def suggest(teller: Teller) -> None:
    """Say what to try next; each line works as typed, since the sandbox's state stays."""
    teller.step("Your turn: the sandbox keeps its state, so these work as typed")
    for command, purpose in (
        (f"$EDITOR environments/{NAME}.yaml", "change it: your editor completes and explains every key"),
        (f".venv/bin/ise-intune check {NAME} --explain", "see where every value comes from"),
        (f".venv/bin/ise-intune sandbox run -- cdktf diff {NAME}", "see what would change"),
        (f".venv/bin/ise-intune sandbox run -- cdktf deploy {NAME} --auto-approve", "make it so"),
        (f".venv/bin/ise-intune certificate show environments/certificates/{NAME}-psn-01.pem", "look at a certificate"),
        (".venv/bin/ise-intune new production", "begin your own"),
    ):
        teller.suggestion(command, purpose)


def _roles(token: AccessToken) -> str:
    return f"roles {', '.join(token.roles)}" if token.roles else "no roles"


def _verdict(device: Device | None) -> str:
    if device is None:
        return "not known to Intune: ISE denies or redirects to enrolment"
    return "compliant: ISE lets it in" if device.compliant else "not compliant: ISE keeps it out"


if __name__ == "__main__":
    sys.exit(main())
