"""The sandbox's ISE makes a self-signed certificate: as Cisco's SDK asks, with the roles that it takes from others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from sandbox.identities import ISE_API_HOST
from sandbox.ise.accounts import ADMINISTRATOR
from sandbox.ise.nodes import admin_certificate_path, admin_key_path
from tests.asking_ise import PAN, PSN, admin_certificate, ask, files_in, ise_services, ise_world, keys_copied, password

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import httpx

    from sandbox.world import World

PATH = "/certs/system-certificate/generate-selfsigned-certificate"
# The SDK's names of Cisco's thirteen required fields.
REQUEST: dict[str, Any] = {
    "allow_extended_validity": True,
    "allow_portal_tag_transfer_for_same_subject": False,
    "allow_replacement_of_certificates": False,
    "allow_replacement_of_portal_group_tag": False,
    "allow_role_transfer_for_same_subject": False,
    "allow_san_dns_bad_name": False,
    "allow_san_dns_non_resolvable": True,
    "digest_type": "SHA-384",
    "expiration_ttl": 2,
    "expiration_ttl_unit": "years",
    "host_name": "psn-01",
    "key_length": "2048",
    "key_type": "RSA",
}


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("generating")
    ise_world(folder, folder / "keys.sqlite").store.close()
    return folder


@pytest.fixture
def world(keys: Path, tmp_path: Path) -> Iterator[World]:
    world = ise_world(keys_copied(keys, tmp_path), tmp_path / "world.sqlite")
    yield world
    world.store.close()


@pytest.fixture
def sdk(world: World) -> Any:  # noqa: ANN401 — the SDK has no types
    from ciscoisesdk import IdentityServicesEngineAPI

    api = IdentityServicesEngineAPI(
        username=ADMINISTRATOR,
        password=password(world),
        base_url=f"https://{ISE_API_HOST}",
        version="3.3_patch_1",
        uses_api_gateway=True,
    )
    ise_services(world).below(api.certificates._session._req_session)
    return api


def generate(world: World, **changes: Any) -> httpx.Response:  # noqa: ANN401
    """Ask without the SDK, by Cisco's own names."""
    known = {
        **{_camel(name): value for name, value in REQUEST.items()},
        **changes,
    }
    return ask(world, "POST", PATH, json={name: value for name, value in known.items() if value is not None})


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join({"ttl": "TTL", "dns": "Dns"}.get(word, word.title()) for word in rest)


def uses(world: World, node: str) -> dict[str, str]:
    listed = ask(world, "GET", f"/certs/system-certificate/{node}").json()["response"]
    return {entry["friendlyName"]: entry["usedBy"] for entry in listed}


def test_the_sdk_makes_one_that_nothing_uses_yet(world: World, sdk: Any) -> None:  # noqa: ANN401
    made = sdk.certificates.generate_self_signed_certificate(**REQUEST, name="next year").response.response
    shown = ask(world, "GET", f"/certs/system-certificate/psn-01/{made.id}").json()["response"]
    assert (shown["friendlyName"], shown["usedBy"], shown["selfSigned"]) == ("next year", "Not in use", True)
    assert (shown["signatureAlgorithm"], shown["keySize"], shown["issuedTo"]) == ("SHA384withRSA", 2048, PSN)
    assert uses(world, PSN)["Default self-signed server certificate"] == "Admin, Portal, RADIUS DTLS"


def test_an_admin_certificate_takes_that_role_alone_and_the_nodes_key_is_its_own(world: World) -> None:
    assert generate(world, admin=True, name="next year").status_code == 200
    assert uses(world, PSN)["next year"] == "Admin"
    assert uses(world, PSN)["Default self-signed server certificate"] == "Portal, RADIUS DTLS"
    shown = admin_certificate(world, PSN)
    certificate = x509.load_pem_x509_certificate(admin_certificate_path(world.folder, PSN).read_bytes())
    key = load_pem_private_key(admin_key_path(world.folder, PSN).read_bytes(), password=None)
    assert key.public_key() == certificate.public_key()
    assert certificate.serial_number == int(shown["serialNumberDecimalFormat"])
    assert uses(world, PAN)["Default self-signed server certificate"] == "Admin, Portal, RADIUS DTLS"


def test_every_certificate_can_still_be_exported_with_the_key_that_is_its_own(world: World) -> None:
    generate(world, admin=True)
    for entry in ask(world, "GET", "/certs/system-certificate/psn-01").json()["response"]:
        body = {
            "id": entry["id"],
            "hostName": "psn-01",
            "export": "CERTIFICATE_WITH_PRIVATE_KEY",
            "password": "Abcdefg1",
        }
        files = files_in(ask(world, "POST", "/certs/system-certificate/export", json=body).content)
        (pem,) = [content for name, content in files.items() if name.endswith(".pem")]
        (key,) = [content for name, content in files.items() if name.endswith(".pvk")]
        public = load_pem_private_key(key, password=b"Abcdefg1").public_key()
        assert public == x509.load_pem_x509_certificate(pem).public_key()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        *[pytest.param({_camel(name): None}, "must not be null", id=f"no {name}") for name in REQUEST],
        pytest.param({"hostName": "psn-99"}, "is no node", id="no such node"),
        pytest.param({"keyType": "DSA"}, "is not supported", id="another algorithm"),
        pytest.param({"keyLength": "1"}, "is not supported", id="another length"),
        pytest.param({"digestType": "MD5"}, "digestType is one of", id="another digest"),
        pytest.param({"expirationTTL": 0}, "expirationTTL", id="no time at all"),
        pytest.param({"allowExtendedValidity": False}, "greater than 398 days", id="longer than it was allowed"),
        pytest.param({"saml": True, "admin": True}, "SAML certificate cannot be used", id="SAML and another"),
        pytest.param({"portal": True}, "portalGroupTag", id="a portal without its tag"),
    ],
)
def test_what_is_missing_or_cannot_be_is_refused(world: World, changes: dict[str, Any], message: str) -> None:
    answer = generate(world, **changes)
    assert answer.status_code == 400
    assert message in answer.json()["response"]["message"]
