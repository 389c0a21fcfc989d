"""The sandbox's ISE: its nodes' certificates listed and exported, its trusted roots listed and imported."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from sandbox.identities import ISE_API_HOST, ISE_NODES
from sandbox.ise import application
from sandbox.ise.accounts import ADMINISTRATOR, OPERATOR, accounts
from sandbox.ise.nodes import admin_certificate_path, admin_key_path, seed_nodes
from sandbox.store import Store
from sandbox.world import World
from tests.in_process import InProcess, Served
from tests.making_certificates import make_certificate, to_pem

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import httpx

NOW = datetime(2027, 3, 1, 12, tzinfo=UTC)
API = f"https://{ISE_API_HOST}/api/v1"
PAN, PSN = ISE_NODES
SAFE = {"allowBasicConstraintCAFalse": False, "allowOutOfDateCert": False, "allowSHA1Certificates": False}
DUPLICATE = (
    "Certificates are having same subject, same serial number and they are binary equal. Hence skipping the replace"
)


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder whose nodes have their keys: making them takes a second."""
    folder = tmp_path_factory.mktemp("ise")
    world = World(folder, Store(folder / "keys.sqlite"), now=lambda: NOW)
    seed_nodes(world)
    world.store.close()
    return folder


@pytest.fixture
def world(keys: Path, tmp_path: Path) -> Iterator[World]:
    world = World(keys, Store(tmp_path / "world.sqlite"), now=lambda: NOW)
    seed_nodes(world)
    yield world
    world.store.close()


def services(world: World) -> InProcess:
    return InProcess(dict.fromkeys(ISE_NODES, Served(application(world))))


def password(world: World, username: str = ADMINISTRATOR) -> str:
    return accounts(world.folder)[username].password


def ask(world: World, method: str, path: str, *, username: str = ADMINISTRATOR, **options: Any) -> httpx.Response:  # noqa: ANN401
    return services(world).ask(method, API + path, auth=(username, password(world, username)), **options)


def admin_certificate(world: World, node: str = PAN) -> dict[str, Any]:
    listed = ask(world, "GET", f"/certs/system-certificate/{node}").json()["response"]
    (found,) = [entry for entry in listed if "Admin" in entry["usedBy"].split(", ")]
    return dict(found)


def export(world: World, what: str = "CERTIFICATE", *, username: str = ADMINISTRATOR, **body: str) -> httpx.Response:
    defaults = {"id": admin_certificate(world)["id"], "hostName": PAN, "export": what}
    return ask(world, "POST", "/certs/system-certificate/export", json={**defaults, **body}, username=username)


def files_in(archive: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


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
    assert len(by_full["response"]) == 2
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


def test_the_node_may_be_left_out_of_an_export(world: World) -> None:
    body = {"id": admin_certificate(world)["id"], "export": "CERTIFICATE"}
    assert ask(world, "POST", "/certs/system-certificate/export", json=body).status_code == 200


def test_an_operator_may_read_but_not_export(world: World) -> None:
    assert ask(world, "GET", "/deployment/node", username=OPERATOR).status_code == 200
    assert export(world, username=OPERATOR).status_code == 403


@pytest.mark.parametrize("auth", [None, (ADMINISTRATOR, "wrong"), ("nobody", "wrong")])
def test_a_stranger_is_asked_for_a_password(world: World, auth: tuple[str, str] | None) -> None:
    answer = services(world).get(f"{API}/deployment/node", auth=auth)
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, 'Basic realm="ISE"')


@pytest.mark.parametrize("header", ["Bearer x", "Basic ***", "Basic /w=="])
def test_a_malformed_header_is_a_strangers(world: World, header: str) -> None:
    assert services(world).get(f"{API}/deployment/node", headers={"Authorization": header}).status_code == 401


def test_only_the_primary_node_answers_the_api(world: World) -> None:
    auth = (ADMINISTRATOR, password(world))
    assert services(world).get(f"https://{PSN}/api/v1/deployment/node", auth=auth).status_code == 404


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


def a_root(name: str = "root", *, until: datetime = NOW + timedelta(days=365)) -> str:
    return to_pem(make_certificate(name, not_before=NOW - timedelta(days=1), not_after=until)).decode()


def import_root(world: World, **body: Any) -> httpx.Response:  # noqa: ANN401
    # What the test's certificates lack is allowed, what else is unsafe is not.
    defaults = {**SAFE, "allowBasicConstraintCAFalse": True, "name": "A root"}
    return ask(world, "POST", "/certs/trusted-certificate/import", json={**defaults, **body})


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
    services(world).below(api.certificates._session._req_session)
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
