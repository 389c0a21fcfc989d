"""The sandbox's ISE: its nodes' certificates listed and exported, its trusted roots listed and imported."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from sandbox.identities import ISE_API_HOST, ISE_NODES
from sandbox.ise.accounts import ADMINISTRATOR, HELPDESK, OPERATOR, accounts
from sandbox.ise.nodes import admin_certificate_path, admin_key_path, seed_nodes
from sandbox.ise.settings import turn_open_api
from sandbox.world import World
from tests.asking_ise import (
    API,
    DUPLICATE,
    NOW,
    PAN,
    PSN,
    a_root,
    admin_certificate,
    ask,
    files_in,
    import_root,
    ise_services,
    ise_world,
    password,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import httpx


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder whose nodes have their keys: making them takes a second."""
    folder = tmp_path_factory.mktemp("ise")
    ise_world(folder, folder / "keys.sqlite").store.close()
    return folder


@pytest.fixture
def world(keys: Path, tmp_path: Path) -> Iterator[World]:
    world = ise_world(keys, tmp_path / "world.sqlite")
    yield world
    world.store.close()


def export(world: World, what: str = "CERTIFICATE", *, username: str = ADMINISTRATOR, **body: str) -> httpx.Response:
    defaults = {"id": admin_certificate(world)["id"], "hostName": PAN, "export": what}
    return ask(world, "POST", "/certs/system-certificate/export", json={**defaults, **body}, username=username)


def test_the_deployment_lists_its_nodes_by_their_short_names(world: World) -> None:
    nodes = ask(world, "GET", "/deployment/node").json()["response"]
    assert [(node["hostname"], node["fqdn"]) for node in nodes] == [("pan", PAN), ("psn-01", PSN)]
    assert "PrimaryAdmin" in nodes[0]["roles"]


@pytest.mark.parametrize("node", ISE_NODES)
def test_each_node_has_an_admin_certificate_of_its_own(world: World, node: str) -> None:
    shown = admin_certificate(world, node)
    pem = admin_certificate_path(world.folder, node).read_bytes()
    certificate = x509.load_pem_x509_certificate(pem)
    key = load_pem_private_key(admin_key_path(world.folder, node).read_bytes(), password=None)
    assert isinstance(key, rsa.RSAPrivateKey)
    assert key.public_key() == certificate.public_key()
    assert shown["issuedTo"] == shown["issuedBy"] == node
    assert (shown["keySize"], shown["selfSigned"], shown["signatureAlgorithm"]) == (2048, True, "SHA256withRSA")
    assert (shown["validFrom"], shown["expirationDate"]) == (
        "Mon Mar 01 12:00:00 UTC 2027",
        "Wed Feb 28 12:00:00 UTC 2029",
    )
    assert len(shown["sha256Fingerprint"]) == 64


def test_a_node_is_found_by_either_name_and_a_stranger_is_not(world: World) -> None:
    by_short, by_full = (ask(world, "GET", f"/certs/system-certificate/{name}").json() for name in ("psn-01", PSN))
    assert by_short == by_full
    assert len(by_full["response"]) == 4
    assert ask(world, "GET", "/certs/system-certificate/psn-99").status_code == 404


def test_one_certificate_is_shown_by_id(world: World) -> None:
    shown = admin_certificate(world)
    path = f"/certs/system-certificate/{PAN}/"
    assert ask(world, "GET", path + shown["id"]).json()["response"] == shown
    assert ask(world, "GET", path + "other").status_code == 404


def test_an_export_is_a_zip_with_the_certificate_alone(world: World) -> None:
    answer = export(world)
    assert answer.headers["content-type"] == "application/octet-stream"
    files = files_in(answer.content)
    assert files == {"Defaultselfsignedservercerti.pem": admin_certificate_path(world.folder, PAN).read_bytes()}


def test_an_export_with_the_key_is_a_zip_with_the_encrypted_key_too(world: World) -> None:
    files = files_in(export(world, "CERTIFICATE_WITH_PRIVATE_KEY", password="Abcdefgh1").content)
    assert sorted(files) == ["Defaultselfsignedservercerti.pem", "Defaultselfsignedservercerti.pvk"]
    assert files["Defaultselfsignedservercerti.pvk"].startswith(b"-----BEGIN ENCRYPTED PRIVATE KEY-----")
    key = load_pem_private_key(files["Defaultselfsignedservercerti.pvk"], password=b"Abcdefgh1")
    assert key.public_key() == x509.load_pem_x509_certificate(files["Defaultselfsignedservercerti.pem"]).public_key()


@pytest.mark.parametrize(
    ("body", "status"),
    [
        pytest.param({"export": "CERTIFICATE_WITH_PRIVATE_KEY"}, 400, id="the key without a password"),
        pytest.param({"export": "CERTIFICATE_WITH_PRIVATE_KEY", "password": "short"}, 400, id="a short password"),
        pytest.param({"export": "EVERYTHING"}, 400, id="another choice"),
        pytest.param({"id": "other"}, 404, id="no such certificate"),
        pytest.param({"hostName": PSN}, 404, id="another node's certificate"),
    ],
)
def test_an_export_is_refused(world: World, body: dict[str, str], status: int) -> None:
    answer = export(world, **body)
    assert answer.status_code == status
    assert answer.json()["response"]["status"] == "Fail"


def test_the_node_must_be_named_in_an_export_and_the_refusal_has_no_envelope(world: World) -> None:
    answer = export(world, hostName="")
    assert answer.status_code == 400
    assert answer.json() == {"status": "Fail", "message": "HostName should not be null"}


def test_one_certificate_has_several_uses_and_a_name_proves_none(world: World) -> None:
    listed = ask(world, "GET", f"/certs/system-certificate/{PAN}").json()["response"]
    uses = {entry["friendlyName"]: entry["usedBy"] for entry in listed}
    assert uses["Default self-signed server certificate"] == "Admin, Portal, RADIUS DTLS"
    assert uses["Admin certificate of pan until last year"] == "Not in use"
    assert sorted(uses.values())[1:] == ["EAP Authentication", "ISE Messaging Service", "Not in use", "SAML"]


def test_an_operator_may_read_but_neither_export_nor_import(world: World) -> None:
    assert ask(world, "GET", "/deployment/node", username=OPERATOR).status_code == 200
    assert export(world, username=OPERATOR).status_code == 403
    imported = ask(world, "POST", "/certs/trusted-certificate/import", username=OPERATOR, json={})
    assert imported.status_code == 403


def test_an_account_outside_the_groups_of_the_api_may_not_even_read(world: World) -> None:
    assert ask(world, "GET", "/deployment/node", username=HELPDESK).status_code == 403


def test_an_api_that_is_off_answers_nobody_until_it_is_on_again(world: World) -> None:
    turn_open_api(world.store, on=False)
    answer = ask(world, "GET", "/deployment/node")
    assert (answer.status_code, answer.headers["content-type"]) == (404, "text/html; charset=utf-8")
    turn_open_api(world.store, on=True)
    assert ask(world, "GET", "/deployment/node").status_code == 200


def test_an_account_that_came_later_is_added_and_the_others_keep_their_passwords(tmp_path: Path) -> None:
    before = accounts(tmp_path)
    kept = json.loads((tmp_path / "ise.json").read_text())["accounts"]
    (tmp_path / "ise.json").write_text(json.dumps({"accounts": kept[:2]}))
    after = accounts(tmp_path)
    assert list(after) == list(before)
    assert [after[name] == before[name] for name in after] == [True, True, False]


@pytest.mark.parametrize("auth", [None, (ADMINISTRATOR, "wrong"), ("nobody", "wrong")])
def test_a_stranger_is_asked_for_a_password(world: World, auth: tuple[str, str] | None) -> None:
    answer = ise_services(world).get(f"{API}/deployment/node", auth=auth)
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, 'Basic realm="ISE"')


@pytest.mark.parametrize("header", ["Bearer x", "Basic ***", "Basic /w=="])
def test_a_malformed_header_is_a_strangers(world: World, header: str) -> None:
    assert ise_services(world).get(f"{API}/deployment/node", headers={"Authorization": header}).status_code == 401


def test_only_the_primary_node_answers_the_api(world: World) -> None:
    auth = (ADMINISTRATOR, password(world))
    assert ise_services(world).get(f"https://{PSN}/api/v1/deployment/node", auth=auth).status_code == 404


def test_what_holds_secrets_is_readable_by_its_owner_alone(world: World) -> None:
    accounts(world.folder)
    for path in (world.folder / "ise.json", *(admin_key_path(world.folder, node) for node in ISE_NODES)):
        assert path.stat().st_mode & 0o777 == 0o600
    assert (world.folder / "nodes").stat().st_mode & 0o777 == 0o700


def test_nodes_keep_their_certificates(world: World) -> None:
    before = admin_certificate(world)
    seed_nodes(World(world.folder, world.store, now=lambda: NOW + timedelta(days=1)))
    assert admin_certificate(world) == before


# Trusted certificates


def test_an_imported_root_is_listed_with_what_it_is_trusted_for(world: World) -> None:
    pem = a_root()
    answer = import_root(
        world, data=pem, trustForIseAuth=True, trustForCiscoServicesAuth=True, trustForClientAuth=False
    )
    assert answer.status_code == 200
    identifier = answer.json()["response"]["id"]
    (shown,) = ask(world, "GET", "/certs/trusted-certificate").json()["response"]
    assert (shown["id"], shown["friendlyName"], shown["subject"]) == (identifier, "A root", "CN=root")
    assert (shown["trustedFor"], shown["keySize"]) == ("Infrastructure,Cisco Services", "2048")
    assert ask(world, "GET", f"/certs/trusted-certificate/{identifier}").json()["response"] == shown
    assert ask(world, "GET", f"/certs/trusted-certificate/export/{identifier}").text == pem


def test_a_duplicate_is_a_success_in_disguise(world: World) -> None:
    pem = a_root()
    import_root(world, data=pem)
    again = import_root(world, data=pem, name="Another name")
    assert (again.status_code, again.json()["response"]["message"]) == (409, DUPLICATE)
    assert len(ask(world, "GET", "/certs/trusted-certificate").json()["response"]) == 1


@pytest.mark.parametrize(
    ("body", "message"),
    [
        pytest.param({"allowOutOfDateCert": None}, "must not be null", id="a required field left out"),
        pytest.param({"data": None}, "must not be null", id="no data"),
        pytest.param({"data": "MIIB"}, "PEM is expected", id="no PEM"),
        pytest.param({"description": "one, two"}, "Security Check Failed", id="a comma in the description"),
        pytest.param({"trustForClientAuth": True}, "needs trust within ISE", id="clients without ISE"),
        pytest.param(
            {"trustForIseAuth": True, "trustForCertificateBasedAdminAuth": True},
            "needs both",
            id="admins without clients",
        ),
        pytest.param({"allowBasicConstraintCAFalse": False}, "basic constraints", id="no CA"),
        pytest.param({"data": a_root(until=NOW)}, "out of date", id="expired"),
    ],
)
def test_an_import_is_refused(world: World, body: dict[str, Any], message: str) -> None:
    answer = import_root(world, **{"data": a_root(), **body})
    assert answer.status_code == 400
    assert message in answer.json()["response"]["message"]


@pytest.mark.parametrize("content", [b"no JSON", b"[]"])
def test_a_body_is_a_json_object(world: World, content: bytes) -> None:
    assert ask(world, "POST", "/certs/trusted-certificate/import", content=content).status_code == 400


def test_a_list_has_pages_of_at_most_a_hundred(world: World) -> None:
    for number in range(21):
        import_root(world, data=a_root(f"root {number}"))
    first = ask(world, "GET", "/certs/trusted-certificate").json()
    assert len(first["response"]) == 20
    assert first["nextPage"]["href"] == f"{API}/certs/trusted-certificate?size=20&page=2"
    second = ask(world, "GET", "/certs/trusted-certificate", params={"page": "2"}).json()
    assert len(second["response"]) == 1
    assert "nextPage" not in second
    assert len(ask(world, "GET", "/certs/trusted-certificate?size=100").json()["response"]) == 21
    for query in ("size=101", "page=0", "page=x"):
        assert ask(world, "GET", f"/certs/trusted-certificate?{query}").status_code == 400


# Cisco's SDK, unmodified, as a referee


@pytest.fixture
def sdk(world: World) -> Any:  # noqa: ANN401 — the SDK has no types
    ciscoisesdk = pytest.importorskip("ciscoisesdk")
    api = ciscoisesdk.IdentityServicesEngineAPI(
        username=ADMINISTRATOR,
        password=password(world),
        base_url=f"https://{ISE_API_HOST}",
        version="3.3_patch_1",
        uses_api_gateway=True,
    )
    ise_services(world).below(api.certificates._session._req_session)
    return api


def test_the_sdk_finds_the_nodes_and_exports_their_admin_certificates(world: World, sdk: Any) -> None:  # noqa: ANN401
    nodes = [node.hostname for node in sdk.node_deployment.get_deployment_nodes().response.response]
    assert nodes == ["pan", "psn-01"]
    for short, full in zip(nodes, ISE_NODES, strict=True):
        listed = sdk.certificates.get_system_certificates(host_name=short).response.response
        (found,) = [entry for entry in listed if "Admin" in entry.usedBy.split(", ")]
        answer = sdk.certificates.export_system_certificate(id=found.id, host_name=short, export="CERTIFICATE")
        (content,) = files_in(answer.data).values()
        assert content == admin_certificate_path(world.folder, full).read_bytes()


def test_the_sdk_imports_a_root_once_and_turns_pages(sdk: Any) -> None:  # noqa: ANN401
    from ciscoisesdk.exceptions import ApiError

    for number in range(3):
        options = {"allow_basic_constraint_cafalse": True, "allow_out_of_date_cert": False}
        data = a_root(f"root {number}")
        sdk.certificates.import_trust_certificate(**options, allow_sha1_certificates=False, data=data, name="x")
        with pytest.raises(ApiError) as refused:
            sdk.certificates.import_trust_certificate(**options, allow_sha1_certificates=False, data=data, name="x")
        assert refused.value.status_code == 409
        assert DUPLICATE in json.dumps(refused.value.response.json())
    pages = list(sdk.certificates.get_trusted_certificates_generator(size=2))
    assert [len(page.response.response) for page in pages] == [2, 1]
