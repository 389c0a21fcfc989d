"""The stack's contract: addresses, the rules of provider.md §3 (each test names its row), outputs, backends."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from helpers.canonical import from_json
from helpers.certificates import certificate as certificate_module
from helpers.certificates.certificate import Certificate
from helpers.errors import SetupError
from helpers.model import NotSeen, Seen
from helpers.terraform_text import literal, literals
from tests.declaring import DEPLOYER, OWNER, TENANT, declare
from tests.making_certificates import make_certificate, to_pem
from tests.synthesizing import addresses, resources, stack_file, synthesized

if TYPE_CHECKING:
    from collections.abc import Callable

_HTTP = dict.fromkeys(("address", "lock_address", "unlock_address"), "https://state.example/x")
GOLDEN = Path(__file__).parent / "golden" / "addresses.txt"
GRAPH, INTUNE = "00000003-0000-0000-c000-000000000000", "c161e42e-d4df-4a3d-9b42-e7a3c31f59d4"
AZURE_AD_DIRECTORY = "00000009-0000-0000-c000-000000000000"

# Strings Terraform or CDKTF would evaluate if they reached the JSON as they are.
INJECTIONS = ('${file("/etc/hostname")}', "%{ if true }x%{ endif }", "$${a}", "$", "%", "${", "a ${b} %{c}")


@pytest.fixture
def stack(tmp_path: Path) -> Callable[..., dict[str, Any]]:
    """Synthesize the minimal environment with changes, and return its Terraform JSON."""

    def make(name: str = "production", /, *, commit: str | None = None, **changes: Any) -> dict[str, Any]:  # noqa: ANN401 — any plain value
        declaration = declare(tmp_path / "environments", name, **changes)
        return synthesized(declaration, tmp_path / "cdktf.out", commit=commit)

    return make


def application(document: dict[str, Any]) -> dict[str, Any]:
    return resources(document, "azuread_application")["application"]


def test_addresses_are_those_of_the_golden_file(stack: Callable[..., dict[str, Any]]) -> None:
    """State is kept under them: whoever changes this file ships `moved` blocks with the change."""
    document = stack(
        certificates={"psn-01": "certificates/a.pem", "Wildcard_2027": {"file": "certificates/b.pem", "nodes": ["x"]}},
        permissions={"profile": "article-2016", "admin_consent": "terraform"},
    )
    assert addresses(document) == GOLDEN.read_text(encoding="utf-8").splitlines()


def test_permissions_are_sorted_and_stand_on_the_application_alone(stack: Callable[..., dict[str, Any]]) -> None:
    """Row 1: the provider keeps them as a list, and another order is a diff for ever."""
    extra = [
        {"api": "Microsoft Graph", "permission": name, "type": "application", "reason": "to be sorted"}
        for name in ("User.Read.All", "Device.Read.All", "AuditLog.Read.All")
    ]
    document = stack(permissions={"profile": "support-tip-2020", "extra": extra})
    access = application(document)["required_resource_access"]
    assert [block["resource_app_id"] for block in access] == [GRAPH, INTUNE]
    for block in access:
        ids = [each["id"] for each in block["resource_access"]]
        assert ids == sorted(ids)
    assert "azuread_application_api_access" not in document["resource"]


def test_requested_permissions_are_named_as_entra_does(stack: Callable[..., dict[str, Any]]) -> None:
    access = application(stack(permissions={"profile": "article-2016"}))["required_resource_access"]
    types = {each["id"]: each["type"] for block in access for each in block["resource_access"]}
    assert types == {
        "7ab1d382-f21e-4acd-a863-ba3e13f7da61": "Role",
        "37f7f235-527c-4136-accd-4a02d197296e": "Scope",
        "7427e0e9-2fba-42fe-b0c0-848c9e6a8182": "Scope",
        "7ec88bad-30c7-4928-a005-4455362cfd98": "Role",
    }


def test_a_certificate_states_its_type(stack: Callable[..., dict[str, Any]]) -> None:
    """Row 2: left out, it is replaced on every plan."""
    (certificate,) = resources(stack(), "azuread_application_certificate").values()
    assert certificate["type"] == "AsymmetricX509Cert"


def test_both_dates_are_the_certificates_own_in_utc_without_fraction(stack: Callable[..., dict[str, Any]]) -> None:
    """Row 3: with a fraction or an offset it is replaced on every plan; a relative end is broken."""
    (certificate,) = resources(stack(), "azuread_application_certificate").values()
    for key in ("start_date", "end_date"):
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", certificate[key])
    assert "end_date_relative" not in certificate


def test_the_key_id_follows_from_the_certificate(stack: Callable[..., dict[str, Any]]) -> None:
    """Row 4: a random one changes with each re-creation; one that is still there is refused."""
    one = stack(certificates={"a": "certificates/a.pem", "b": "certificates/b.pem"})
    other = stack("other", certificates={"z": "certificates/a.pem"})
    keys = {name: each["key_id"] for name, each in resources(one, "azuread_application_certificate").items()}
    (same,) = resources(other, "azuread_application_certificate").values()
    assert same["key_id"] == keys["certificate-a"]
    assert len(set(keys.values())) == 2


@pytest.mark.parametrize(
    ("owner", "name", "value"),
    [
        (Certificate, "start_date", "2027-01-01T00:00:00Z"),
        (Certificate, "end_date", "2027-01-01T00:00:00Z"),
        (certificate_module, "KEY_TYPE", "another"),
        (certificate_module, "KEY_ENCODING", "another"),
    ],
    ids=["start", "end", "type", "encoding"],
)
def test_whatever_forces_replacement_changes_the_key_id(
    monkeypatch: pytest.MonkeyPatch, owner: object, name: str, value: str
) -> None:
    """Row 4: or the replacement, which is made first, would meet its predecessor's id and be refused."""
    der = make_certificate()
    before = Certificate(der).key_id
    monkeypatch.setattr(owner, name, value)
    assert Certificate(der).key_id != before


def test_replacing_a_certificate_creates_first(stack: Callable[..., dict[str, Any]]) -> None:
    """Row 5: the default order leaves ISE without a credential; each entry has an address of its own."""
    document = stack(certificates={"a": "certificates/a.pem", "b": "certificates/b.pem"})
    certificates = resources(document, "azuread_application_certificate")
    assert set(certificates) == {"certificate-a", "certificate-b"}
    assert all(each["lifecycle"] == {"create_before_destroy": True} for each in certificates.values())


def test_a_renamed_entry_is_moved(stack: Callable[..., dict[str, Any]]) -> None:
    """Its key id stays, and Entra refuses a second credential with it: made anew, the deploy would fail."""
    entry = {"file": "certificates/psn-01.pem", "nodes": ["psn-01"], "formerly": "psn-01"}
    document = stack(certificates={"psn-01-2026": entry})
    kind = "azuread_application_certificate"
    assert document["moved"] == [{"from": f"{kind}.certificate-psn-01", "to": f"{kind}.certificate-psn-01-2026"}]
    assert "moved" not in stack("other")


def test_the_deployer_owns_both_objects(stack: Callable[..., dict[str, Any]]) -> None:
    """Row 6: the provider takes its caller off otherwise, and the next call of the first deploy is refused."""
    document = stack(application={"display_name": "Cisco ISE", "owners": [OWNER.upper(), DEPLOYER]})
    assert application(document)["owners"] == [OWNER, DEPLOYER]
    assert resources(document, "azuread_service_principal")["service-principal"]["owners"] == [OWNER, DEPLOYER]


@pytest.mark.parametrize("text", INJECTIONS)
def test_text_from_a_file_is_never_evaluated(stack: Callable[..., dict[str, Any]], text: str) -> None:
    """Row 7: `${…}` and `%{…}` are doubled wherever such a string stands, in resources and in outputs."""
    document = stack(application={"display_name": text, "notes": text, "service_management_reference": text})
    declared = application(document)
    assert {declared["display_name"], declared["notes"], declared["service_management_reference"]} == {literal(text)}
    applied = document["output"]["applied"]["value"]["integration"]["application"]
    assert applied["display_name"]["items"] == applied["notes"]["items"] == literal(text)
    assert _without_references(document).isdisjoint(INJECTIONS[:3])


def test_a_common_name_is_never_evaluated(stack: Callable[..., dict[str, Any]], tmp_path: Path) -> None:
    """Row 7, for the one string that comes from a certificate."""
    file = tmp_path / "environments" / "certificates" / "psn-01.pem"
    file.parent.mkdir(parents=True)
    file.write_bytes(to_pem(make_certificate('${env("HOME")}')))
    assert stack()["output"]["certificates"]["value"]["psn-01"]["common_name"] == '$${env("HOME")}'


def test_the_outputs_name_the_certificate_that_the_plan_hides(stack: Callable[..., dict[str, Any]]) -> None:
    """Row 8: `value` is sensitive, so the plan's text does not say which certificate it is."""
    certificate = stack()["output"]["certificates"]["value"]["psn-01"]
    assert certificate["nodes"] == ["psn-01"]
    assert set(certificate) - {"nodes"} == {
        "common_name",
        "thumbprint_sha1",
        "sha256",
        "not_before",
        "not_after",
        "key_id",
    }
    assert certificate["common_name"] == "psn-01.example.net"


def test_microsofts_own_principals_are_looked_up_never_managed(stack: Callable[..., dict[str, Any]]) -> None:
    """Row 9: as a resource, destroying the stack would ask Graph to delete them."""
    document = stack(permissions={"admin_consent": "terraform"})
    assert set(resources(document, "azuread_service_principal")) == {"service-principal"}
    looked_up = document["data"]["azuread_service_principal"]
    assert {each["client_id"] for each in looked_up.values()} == {GRAPH, INTUNE}


@pytest.mark.parametrize(
    ("settings", "backend"),
    [
        ({"backend": "local"}, {"local": {"path": "../../../state/production.tfstate"}}),
        ({"backend": "local", "path": "x/y.tfstate"}, {"local": {"path": "../../../x/y.tfstate"}}),
        (
            {"backend": "azurerm", "storage_account_name": "acct", "container_name": "states"},
            {
                "azurerm": {
                    "storage_account_name": "acct",
                    "container_name": "states",
                    "key": "ise-intune/production.tfstate",
                    "use_azuread_auth": True,
                }
            },
        ),
        ({"backend": "pg"}, {"pg": {"schema_name": "ise_intune_production"}}),
        ({"backend": "http", **_HTTP}, {"http": _HTTP}),
        (
            {"backend": "remote", "organization": "example"},
            {
                "remote": {
                    "hostname": "app.terraform.io",
                    "organization": "example",
                    "workspaces": {"name": "ise-intune-production"},
                }
            },
        ),
    ],
    ids=lambda value: value.get("backend") if isinstance(value, dict) else None,
)
def test_the_state_has_an_explicit_backend(
    stack: Callable[..., dict[str, Any]], settings: dict[str, Any], backend: dict[str, Any]
) -> None:
    """Row 10: left out, CDKTF writes the state's path on this machine into the JSON."""
    assert stack(state=settings)["terraform"]["backend"] == backend


def test_consent_by_hand_asks_nothing_of_the_pipeline(stack: Callable[..., dict[str, Any]]) -> None:
    """Row 11: assignments made by hand exist already, and Terraform's would fail."""
    document = stack(permissions={"admin_consent": "manual"})
    assert "data" not in document
    assert set(document["resource"]) == {
        "azuread_application",
        "azuread_application_certificate",
        "azuread_service_principal",
    }


def test_consent_as_code_grants_what_is_requested_and_nothing_else(stack: Callable[..., dict[str, Any]]) -> None:
    document = stack(permissions={"profile": "article-2016", "admin_consent": "terraform"})
    roles = resources(document, "azuread_app_role_assignment")
    assert {each["app_role_id"] for each in roles.values()} == {
        "7ab1d382-f21e-4acd-a863-ba3e13f7da61",
        "7ec88bad-30c7-4928-a005-4455362cfd98",
    }
    (grant,) = resources(document, "azuread_service_principal_delegated_permission_grant").values()
    assert grant["claim_values"] == ["offline_access", "openid"]


def test_an_unknown_permission_is_granted_under_its_ids(stack: Callable[..., dict[str, Any]]) -> None:
    permission = "11111111-1111-1111-1111-111111111111"
    extra = [{"api": AZURE_AD_DIRECTORY, "permission": permission, "type": "application", "reason": "a test"}]
    document = stack(permissions={"extra": extra, "admin_consent": "terraform"})
    assert f"{AZURE_AD_DIRECTORY}-role-{permission}" in "".join(resources(document, "azuread_app_role_assignment"))


def test_a_second_application_of_the_same_name_is_refused(stack: Callable[..., dict[str, Any]]) -> None:
    assert application(stack())["prevent_duplicate_names"] is True


@pytest.mark.parametrize("cloud", ["global", "usgovernmentl4", "usgovernmentl5", "china"])
def test_tenant_and_cloud_are_the_files(stack: Callable[..., dict[str, Any]], cloud: str) -> None:
    """A pipeline signed in to another tenant fails instead of deploying there."""
    assert stack(cloud=cloud)["provider"]["azuread"] == [{"tenant_id": TENANT, "environment": cloud}]


def test_outputs_are_those_of_the_contract(stack: Callable[..., dict[str, Any]]) -> None:
    outputs = {name: output["value"] for name, output in stack()["output"].items()}
    client_id = "${azuread_application.application.client_id}"
    login = f"https://login.microsoftonline.com/{TENANT}"
    certificates, settings, applied = (outputs.pop(name) for name in ("certificates", "ise_settings", "applied"))
    assert outputs == {
        "client_id": client_id,
        "tenant_id": TENANT,
        "token_url": f"{login}/oauth2/v2.0/token",
        "auto_discovery_url": "https://graph.microsoft.com",
        "token_audience": "https://api.manage.microsoft.com/",
        "application_object_id": "${azuread_application.application.object_id}",
        "admin_consent_url": f"{login}/adminconsent?client_id={client_id}",
    }
    assert set(certificates) == {"psn-01"}
    assert settings == {
        "Server Type": "Mobile Device Manager",
        "Authentication Type": "OAuth – Client Credentials",
        "Auto Discovery": "Yes",
        "Auto Discovery URL": "https://graph.microsoft.com",
        "Client ID": client_id,
        "Token Issuing URL": f"{login}/oauth2/v2.0/token",
        "Token Audience": "https://api.manage.microsoft.com/",
        "Polling Interval": "0",
        "MDM/UEM API version": "v3",
    }
    assert applied["name"] == "production"


@pytest.mark.parametrize("consent", ["manual", "terraform"])
def test_applied_is_the_declaration_with_its_ids(
    stack: Callable[..., dict[str, Any]], tmp_path: Path, consent: str
) -> None:
    document = stack(permissions={"admin_consent": consent})
    applied = document["output"]["applied"]["value"]["integration"]
    read = from_json(applied, name="applied")
    declared = declare(tmp_path / "environments", permissions={"admin_consent": consent}).integration
    assert read.client_id == Seen("${azuread_application.application.client_id}")
    assert read.credentials == declared.credentials
    assert read.requested == declared.requested
    by_hand = NotSeen("an administrator consents by hand")
    assert read.granted == (by_hand if consent == "manual" else declared.granted)


def test_the_commit_is_recorded_when_given(stack: Callable[..., dict[str, Any]]) -> None:
    assert stack(commit="abc123")["output"]["applied"]["value"]["commit"] == "abc123"
    assert "commit" not in stack("other")["output"]["applied"]["value"]


def test_two_syntheses_are_byte_identical_and_name_no_machine(tmp_path: Path) -> None:
    written = []
    for folder in ("here", "there"):
        declaration = declare(tmp_path / "environments", state={"backend": "local"})
        output = tmp_path / folder / "cdktf.out"
        synthesized(declaration, output)
        written.append([(output / "manifest.json").read_bytes(), stack_file(output, "production").read_bytes()])
    assert written[0] == written[1]
    for content in written[0]:
        assert str(tmp_path).encode() not in content
        assert str(Path.home()).encode() not in content


def test_the_order_in_the_file_never_matters(tmp_path: Path) -> None:
    entries = {"b": "certificates/b.pem", "a": "certificates/a.pem"}
    written = []
    for number, certificates in enumerate((entries, dict(reversed(entries.items())))):
        declaration = declare(tmp_path / "environments", certificates=certificates)
        written.append(synthesized(declaration, tmp_path / str(number) / "cdktf.out"))
    assert written[0] == written[1]


def test_an_output_that_cannot_be_written_is_told_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(SetupError, match=r"cannot be written \(.*\); synthesize where you may write"):
        synthesized(declare(tmp_path / "environments"), tmp_path / "file" / "cdktf.out")


def test_a_marker_of_cdktf_never_gets_this_far() -> None:
    with pytest.raises(ValueError, match="CDKTF's own marker"):
        literals({"a": ["${TfToken[TOKEN.0]}"]})


def _without_references(document: dict[str, Any]) -> set[str]:
    """Return every string of the document that is not one of Terraform's own references."""
    found: set[str] = set()

    def walk(value: object) -> None:
        if isinstance(value, dict):
            for inner in value.values():
                walk(inner)
        elif isinstance(value, list):
            for inner in value:
                walk(inner)
        elif isinstance(value, str) and "${azuread_" not in value:
            found.add(value)

    walk(json.loads(json.dumps(document)))
    return found
