"""`ise-intune verify` on a served sandbox: each link, broken in turn, is named with whose job it is, and mended."""

from __future__ import annotations

import json
import socket
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import certifi
import pytest
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, NoEncryption, PrivateFormat

from helpers.verifying import links
from helpers.verifying.meanings import ENTRA, ISE, NETWORK, NOBODY, PLATFORM
from helpers.verifying.registration import CONSENT, REQUESTED, certificate_link
from sandbox.faults import Fault
from sandbox.identities import COMPLIANCE_HOSTS, COMPLIANCE_PATH, DEPLOYER, READER, TENANTS
from sandbox.intune.devices import COMPLIANT_GUID, COMPLIANT_MAC, NONCOMPLIANT_MAC, UNKNOWN_MAC
from tests.asking_graph import INTUNE_API_APP_ID, INTUNE_APP_ID
from tests.deployments import undone
from tests.making_certificates import ec_key, rsa_key
from tests.schemas import validator
from tests.verifying import NAME, TENANT, Chain, Served, deploy, enter, serving

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.commanding import Said

SCHEMA = validator(json.loads((Path(__file__).parent.parent / "docs" / "verify.schema.json").read_bytes()))
LOGIN, GRAPH_HOST = "login.microsoftonline.com", "graph.microsoft.com"
ANOTHER = TENANTS[1].id


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("verify") / "sandbox") as served:
        yield served


@pytest.fixture
def chain(sandbox: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Chain]:
    enter(sandbox, monkeypatch, tmp_path, pipeline=None)
    with undone(sandbox.world.store):
        yield deploy(sandbox, tmp_path)
    sandbox.control.clear_faults()


def by_name(said: Said) -> dict[str, dict[str, Any]]:
    """Return the links of a result by name, after holding it to its schema."""
    SCHEMA.validate(said.json)
    return {link["name"]: link for link in said.json["links"]}


# Each link, broken and mended


def not_registered(chain: Chain) -> None:
    chain.change_application(keyCredentials=chain.application["keyCredentials"][1:])


def expired(chain: Chain) -> None:
    ended = (datetime.now(UTC) - timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    first, *others = chain.application["keyCredentials"]
    chain.change_application(keyCredentials=[{**first, "endDateTime": ended}, *others])


def permission_missing(chain: Chain) -> None:
    chain.change_application(requiredResourceAccess=[])
    chain.withdraw_consent()


def without(app_id: str) -> Callable[[Chain], None]:
    def remove(chain: Chain) -> None:
        chain.sandbox.world.store.delete(TENANT, "servicePrincipal", chain.principal(app_id)["id"])

    return remove


def discovery_empty(chain: Chain) -> None:
    chain.change("servicePrincipal", chain.principal(INTUNE_APP_ID)["id"], endpoints=[])


def disabled(chain: Chain) -> None:
    chain.change("servicePrincipal", chain.deployment.service_principal, accountEnabled=False)


def principal_gone(chain: Chain) -> None:
    chain.sandbox.world.store.delete(TENANT, "servicePrincipal", chain.deployment.service_principal)


def blocked(chain: Chain) -> None:
    chain.sandbox.world.store.put(TENANT, "conditionalAccessBlock", "a policy", {"id": "a policy"})


def refusing(code: int) -> Callable[[Chain], None]:
    def refuse(chain: Chain) -> None:
        chain.sandbox.world.store.put(TENANT, "tokenRefusal", "a refusal", {"id": "a refusal", "code": code})

    return refuse


def failing(**fault: Any) -> Callable[[Chain], None]:  # noqa: ANN401 — the fields of a fault
    def fail(chain: Chain) -> None:
        chain.sandbox.control.set_fault(Fault(count=None, **fault))

    return fail


DEVICES = f"{COMPLIANCE_PATH}/cisco/devices"
INFO = f"{COMPLIANCE_PATH}/ciscoise"
DISCOVERING = "/v1.0/servicePrincipals/appId="

CASES = [
    pytest.param(not_registered, links.GRAPH_TOKEN, "AADSTS700027", ISE, "Admin certificate", id="not registered"),
    pytest.param(expired, links.GRAPH_TOKEN, "AADSTS700027", ISE, "renew", id="expired"),
    pytest.param(Chain.withdraw_consent, links.GRAPH_ROLES, "no permission", ENTRA, "adminconsent?", id="no consent"),
    pytest.param(permission_missing, links.GRAPH_ROLES, "no permission", ENTRA, "adminconsent?", id="no permission"),
    pytest.param(without(INTUNE_API_APP_ID), links.INTUNE_TOKEN, "AADSTS650052", ENTRA, "licence", id="no Intune API"),
    pytest.param(without(INTUNE_APP_ID), links.DISCOVERY, "404", ENTRA, "licence", id="no Microsoft Intune"),
    pytest.param(discovery_empty, links.DISCOVERY, "names no", ENTRA, "licence", id="discovery empty"),
    pytest.param(disabled, links.GRAPH_TOKEN, "AADSTS7000112", ENTRA, "enable", id="disabled"),
    pytest.param(principal_gone, links.GRAPH_TOKEN, "AADSTS7000229", PLATFORM, "deploy", id="no service principal"),
    pytest.param(refusing(1000502), links.GRAPH_TOKEN, "AADSTS1000502", ISE, "renew", id="outside its validity"),
    pytest.param(refusing(700024), links.GRAPH_TOKEN, "AADSTS700024", ISE, "NTP", id="a clock that is wrong"),
    pytest.param(refusing(500011), links.GRAPH_TOKEN, "AADSTS500011", ENTRA, "licence", id="no such API here"),
    pytest.param(refusing(650057), links.GRAPH_TOKEN, "AADSTS650057", PLATFORM, "declare", id="API not asked for"),
    pytest.param(refusing(7000215), links.GRAPH_TOKEN, "AADSTS7000215", ISE, "certificate", id="a secret was sent"),
    pytest.param(refusing(7000222), links.GRAPH_TOKEN, "AADSTS7000222", ISE, "certificate", id="an expired secret"),
    pytest.param(blocked, links.GRAPH_TOKEN, "AADSTS53003", ENTRA, "Conditional Access", id="Conditional Access"),
    pytest.param(refusing(65001), links.GRAPH_TOKEN, "AADSTS65001", ENTRA, "adminconsent?", id="Entra says no consent"),
    pytest.param(failing(service="entra", status=503), links.GRAPH_TOKEN, "503", NOBODY, "later", id="Entra 503"),
    pytest.param(
        failing(service="graph", status=503, path_prefix=f"/{DISCOVERING}"),
        links.DISCOVERY,
        "503",
        NOBODY,
        "later",
        id="Graph 503",
    ),
    pytest.param(
        failing(service="intune", status=503, path_prefix=INFO),
        links.SERVICE,
        "503",
        NOBODY,
        "240 minutes",
        id="compliance service 503",
    ),
    pytest.param(
        failing(service="intune", status=503, path_prefix=DEVICES), links.DEVICE, "503", NOBODY, "later", id="query 503"
    ),
    pytest.param(
        failing(service="intune", status=403, path_prefix=DEVICES),
        links.DEVICE,
        "403",
        ENTRA,
        "get_device_compliance",
        id="query 403",
    ),
]


@pytest.mark.parametrize(("spoil", "link", "says", "who", "do"), CASES)
def test_a_broken_link_is_named_with_whose_job_it_is_and_mended_all_is_well(
    chain: Chain,
    capsys: pytest.CaptureFixture[str],
    *,
    spoil: Callable[[Chain], None],
    link: str,
    says: str,
    who: str,
    do: str,
) -> None:
    key = chain.key()
    with undone(chain.sandbox.world.store):
        spoil(chain)
        said = chain.verified(capsys, "--key", key)
    assert said.code == 2, said.err
    broken = [each for each in said.json["links"] if each["outcome"] == "broken"]
    assert broken[0]["name"] == link
    assert says in broken[0]["what"]
    assert (broken[0]["who"], do in broken[0]["do"]) == (who, True), broken[0]["do"]
    assert broken[0]["means"]
    assert said.json["found"][0]["subject"] == link
    by_name(said)
    chain.sandbox.control.clear_faults()
    mended = chain.verified(capsys, "--key", key)
    assert mended.code == 0, mended.out
    assert {each["outcome"] for each in mended.json["links"]} == {"ok"}


@pytest.mark.parametrize(
    ("before", "after", "says", "do"),
    [
        pytest.param(TENANT, ANOTHER, "AADSTS700016", "Client ID", id="a tenant without the application"),
        pytest.param(TENANT, TENANT.replace("1", "9"), "AADSTS90002", "Token Issuing URL", id="no tenant"),
    ],
)
def test_a_wrong_tenant_is_entras_to_refuse_and_ises_administrators_to_mend(
    chain: Chain, capsys: pytest.CaptureFixture[str], *, before: str, after: str, says: str, do: str
) -> None:
    key = chain.key()
    chain.rewrite_outputs(**{before: after})
    file = chain.place / "environments" / f"{NAME}.yaml"
    file.write_text(file.read_text().replace(before, after))
    said = chain.verified(capsys, "--key", key)
    token = by_name(said)[links.GRAPH_TOKEN]
    assert (said.code, token["outcome"], token["who"]) == (2, "broken", ISE)
    assert says in token["what"]
    assert do in token["do"]


def test_outputs_of_another_tenant_than_the_file_names_are_a_broken_link_and_nothing_is_sent(
    chain: Chain, capsys: pytest.CaptureFixture[str]
) -> None:
    chain.rewrite_outputs(**{TENANT: ANOTHER})
    asked = len(chain.sandbox.control.requests())
    said = chain.verified(capsys, "--key", chain.key())
    assert (said.code, by_name(said)[links.OUTPUTS]["outcome"]) == (2, "broken")
    assert len(chain.sandbox.control.requests()) == asked


@pytest.mark.parametrize("host", [LOGIN, GRAPH_HOST, COMPLIANCE_HOSTS["global"]])
def test_a_name_that_dns_does_not_know_is_the_networks_to_mend(
    chain: Chain, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, host: str
) -> None:
    with direct(monkeypatch, unknown=host):
        said = chain.verified(capsys, "--key", chain.key())
    link = by_name(said)[links.connection(host)]
    assert (said.code, link["outcome"], link["who"]) == (2, "broken", NETWORK)
    assert "cannot be resolved" in link["what"]
    assert [each["name"] for each in said.json["links"] if each["outcome"] == "broken"] == [link["name"]]


@contextmanager
def direct(monkeypatch: pytest.MonkeyPatch, *, unknown: str) -> Iterator[None]:
    """Lead a host to a name server that knows nothing, and all others through the proxy."""
    resolve = socket.getaddrinfo

    def refuse(host: Any, *arguments: Any, **options: Any) -> Any:  # noqa: ANN401 — socket's own
        if host == unknown:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return resolve(host, *arguments, **options)

    with monkeypatch.context() as patch:
        patch.setattr(socket, "getaddrinfo", refuse)
        patch.setenv("NO_PROXY", unknown)
        patch.setenv("no_proxy", unknown)
        yield


def test_a_certificate_that_is_not_trusted_is_told_with_the_chain_that_is_presented(
    chain: Chain, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", certifi.where())
    said = chain.verified(capsys, "--key", chain.key())
    found = by_name(said)
    for host in (LOGIN, GRAPH_HOST):
        link = found[links.connection(host)]
        assert (link["outcome"], link["who"]) == ("broken", NETWORK)
        assert "is not trusted here" in link["what"]
        assert "it presents " in link["what"]
        assert "sandbox" in link["what"]
    assert said.code == 2
    assert found[links.GRAPH_TOKEN]["outcome"] == "not tested"


def test_a_slow_query_is_found_only_if_the_fastest_of_three_is_slow(
    chain: Chain, capsys: pytest.CaptureFixture[str]
) -> None:
    key = chain.key()
    slow = Fault(service="intune", path_prefix=DEVICES, delay=0.25)
    chain.sandbox.control.set_fault(slow)
    once = chain.verified(capsys, "--key", key, "--slower-than", "200")
    chain.sandbox.control.set_fault(Fault(**{**vars(slow), "count": None}))
    always = chain.verified(capsys, "--key", key, "--slower-than", "200")
    assert (once.code, by_name(once)[links.DEVICE]["outcome"]) == (0, "ok")
    link = by_name(always)[links.DEVICE]
    assert (always.code, link["outcome"]) == (2, "slow")
    assert link["milliseconds"] > 200
    assert link["who"] == NETWORK
    assert always.json["found"][0]["severity"] == "medium"


@pytest.mark.parametrize(
    ("device", "says"),
    [
        pytest.param("00:50:56:a4:c0:01", f"{COMPLIANT_MAC}: compliant", id="a MAC address, compliant"),
        pytest.param(NONCOMPLIANT_MAC, "not compliant", id="not compliant"),
        pytest.param(UNKNOWN_MAC, "not known to Intune: ISE denies", id="unknown"),
        pytest.param(COMPLIANT_GUID.upper(), f"{COMPLIANT_GUID}: compliant", id="a GUID"),
    ],
)
def test_a_device_is_told_as_ise_would_hear_of_it(
    chain: Chain, capsys: pytest.CaptureFixture[str], device: str, says: str
) -> None:
    said = chain.verified(capsys, "--key", chain.key(), "--device", device)
    assert said.code == 0
    assert says in by_name(said)[links.DEVICE]["what"]


def test_the_query_for_all_devices_is_never_sent(chain: Chain, capsys: pytest.CaptureFixture[str]) -> None:
    asked = len(chain.sandbox.control.requests())
    assert chain.verify(capsys, "--key", chain.key()).code == 0
    queries = [each.query for each in chain.sandbox.control.requests()[asked:] if each.host.startswith("fef.")]
    assert any("querycriteria=guid" in query for query in queries)
    assert not any("querycriteria=compliance" in query for query in queries)


# With no credential, and with an identity that reads


def test_without_any_credential_what_was_not_tested_is_said(chain: Chain, capsys: pytest.CaptureFixture[str]) -> None:
    said = chain.verified(capsys)
    found = by_name(said)
    assert said.code == 1
    assert found[links.connection(LOGIN)]["outcome"] == "ok"
    assert found[links.connection(GRAPH_HOST)]["outcome"] == "ok"
    assert "there is nothing to sign in with" in found[links.REGISTRATION]["what"]
    assert "give --key, or --probe" in found[links.GRAPH_TOKEN]["what"]
    assert links.DEVICE in {each["link"] for each in said.json["unchecked"]}


@pytest.mark.parametrize(
    ("spoil", "link", "who"),
    [
        pytest.param(not_registered, certificate_link("psn-01"), PLATFORM, id="not registered"),
        pytest.param(expired, certificate_link("psn-01"), ISE, id="expired"),
        pytest.param(Chain.withdraw_consent, CONSENT, ENTRA, id="no consent"),
        pytest.param(permission_missing, REQUESTED, PLATFORM, id="no permission"),
        pytest.param(disabled, "service principal", ENTRA, id="disabled"),
    ],
)
def test_an_identity_that_reads_finds_what_is_registered_without_any_key(
    chain: Chain,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    *,
    spoil: Callable[[Chain], None],
    link: str,
    who: str,
) -> None:
    enter(chain.sandbox, monkeypatch, chain.place, pipeline=READER)
    assert chain.verified(capsys).code == 1
    spoil(chain)
    said = chain.verified(capsys)
    broken = [each for each in said.json["links"] if each["outcome"] == "broken"]
    assert (said.code, broken[0]["name"], broken[0]["who"]) == (2, link, who)
    by_name(said)


# The key


def test_a_key_proves_its_own_node_and_no_other(chain: Chain, capsys: pytest.CaptureFixture[str]) -> None:
    said = chain.verified(capsys, "--key", chain.key("psn-02"))
    assert {node["entry"]: node["possession_proven"] for node in said.json["nodes"]} == {
        "psn-01": False,
        "psn-02": True,
    }
    assert "Acted as psn-02 (psn-02.example.net)." in said.json["verify"]["notes"]


def test_a_key_of_no_declared_certificate_is_refused(chain: Chain, capsys: pytest.CaptureFixture[str]) -> None:
    said = chain.verify(capsys, "--key", chain.key("stranger"))
    assert said.code == 1
    assert "fits no certificate that is declared (psn-01, psn-02)" in said.err


def test_a_key_beside_another_certificate_is_told_which_it_fits(
    chain: Chain, capsys: pytest.CaptureFixture[str]
) -> None:
    other = chain.place / "environments" / "certificates" / "psn-02.pem"
    said = chain.verify(capsys, "--key", chain.key("psn-01"), "--certificate", str(other))
    assert said.code == 1
    assert "it fits psn-01: leave --certificate out" in said.err


def test_with_its_certificate_a_key_needs_no_environment_file(
    chain: Chain, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = chain.place / "environments" / "certificates" / "psn-01.pem"
    monkeypatch.setenv("ISE_INTUNE_ENVIRONMENTS", str(chain.place / "nothing"))
    alone = chain.verify(capsys, "--key", chain.key())
    both = chain.verified(capsys, "--key", chain.key(), "--certificate", str(certificate))
    assert alone.code == 1
    assert "give its certificate too" in alone.err
    assert both.code == 0


def test_an_encrypted_key_takes_its_password_from_the_environment_and_never_shows_it(
    chain: Chain, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = chain.place / "locked.pvk"
    locked = BestAvailableEncryption(b"open sesame")
    path.write_bytes(rsa_key("psn-01").private_bytes(Encoding.PEM, PrivateFormat.PKCS8, locked))
    without_one = chain.verify(capsys, "--key", str(path))
    monkeypatch.setenv("ISE_INTUNE_KEY_PASSWORD", "wrong")
    wrong = chain.verify(capsys, "--key", str(path))
    monkeypatch.setenv("ISE_INTUNE_KEY_PASSWORD", "open sesame")
    right = chain.verify(capsys, "--key", str(path))
    assert (without_one.code, wrong.code, right.code) == (1, 1, 0)
    assert "is encrypted; give its password in ISE_INTUNE_KEY_PASSWORD" in without_one.err
    assert "check the password" in wrong.err
    assert "open sesame" not in right.out + right.err + wrong.err


@pytest.mark.parametrize("content", [b"", b"no key", b"-----BEGIN PRIVATE KEY-----\nx\n-----END PRIVATE KEY-----\n"])
def test_what_is_no_key_is_refused_and_not_quoted(
    chain: Chain, capsys: pytest.CaptureFixture[str], content: bytes
) -> None:
    path = chain.place / "node.key"
    path.write_bytes(content)
    said = chain.verify(capsys, "--key", str(path))
    assert said.code == 1
    assert "holds no private key that can be read" in said.err


def test_a_key_that_is_not_rsa_is_refused(chain: Chain, capsys: pytest.CaptureFixture[str]) -> None:

    path = chain.place / "node.key"
    path.write_bytes(ec_key().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    assert "is not RSA" in chain.verify(capsys, "--key", str(path)).err


def test_no_key_and_no_token_shows_in_any_format(chain: Chain, capsys: pytest.CaptureFixture[str]) -> None:
    key = chain.key()
    body = "".join(Path(key).read_text().splitlines()[1:-1])
    for form in ("text", "markdown", "json", "html"):
        said = chain.verify(capsys, "--key", key, "--format", form)
        assert said.code == 0
        assert body[:60] not in said.out + said.err
        assert "eyJ" not in said.out + said.err


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--key", "x", "--probe"), "leave one out"),
        (("--certificate", "x"), "give --key too"),
        (("--yes",), "--yes is for --probe"),
        (("--device", "a phone"), "is no device; give its Intune device id"),
        (("--key", "nowhere.pvk"), "cannot be read"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_a_mistake_on_the_command_line_is_one_clear_line(
    chain: Chain, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], says: str
) -> None:
    said = chain.verify(capsys, *arguments)
    assert (said.code, said.out) == (1, "")
    assert says in said.err
    assert len(said.err.splitlines()) == 1


def test_the_deployer_may_read_what_it_owns(
    chain: Chain, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    enter(chain.sandbox, monkeypatch, chain.place, pipeline=DEPLOYER)
    assert by_name(chain.verified(capsys, "--key", chain.key()))[CONSENT]["outcome"] == "ok"
