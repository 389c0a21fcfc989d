"""From outputs to a sheet: what stands in the form, what is not sure, and which outputs are refused."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from helpers.clouds import CLOUDS
from helpers.errors import InputError
from helpers.ise_form import FIELD_LABELS, IseForm
from helpers.ise_releases import IseRelease
from helpers.outputs import read_outputs
from helpers.runsheet.making import run_sheet
from helpers.runsheet.sheet import State
from helpers.trust_roots import roots
from stacks.outputs import Ids, output_values
from tests.declaring import OWNER, TENANT, declare
from tests.deployed import deployed_values
from tests.running_sheets import APPLIED, NOW, certificate, outputs, rich, sheet

if TYPE_CHECKING:
    from pathlib import Path

    from helpers.clouds import Cloud
    from helpers.runsheet.sheet import RunSheet

ATTACKER = "login.microsoftonline.com.attacker.example"


def of_cloud(cloud: Cloud) -> dict[str, Any]:
    """Return what a deploy in that cloud hands over."""
    form = IseForm(cloud, TENANT, OWNER, IseRelease("3.3", 4))
    return {
        "token_url": form.token_url,
        "auto_discovery_url": form.auto_discovery_url,
        "token_audience": form.token_audience,
        "admin_consent_url": cloud.admin_consent_url(TENANT, OWNER),
        "ise_settings": form.fields(),
    }


def doubts(made: RunSheet) -> set[str]:
    return {field.label for field in made.fields if field.unconfirmed}


@pytest.mark.parametrize("cloud", CLOUDS.values(), ids=CLOUDS)
def test_the_form_is_filled_in_for_the_cloud_in_ises_order(cloud: Cloud) -> None:
    made = sheet(**of_cloud(cloud))
    assert made.cloud == cloud
    assert tuple(field.label for field in made.fields) == FIELD_LABELS
    values = {field.label: field.value for field in made.fields}
    assert values["Auto Discovery URL"] == cloud.graph
    assert values["Token Issuing URL"] == f"https://{cloud.login_host}/{TENANT}/oauth2/v2.0/token"
    assert values["Token Audience"] == cloud.intune_audience


@pytest.mark.parametrize(
    ("name", "unsure"),
    [
        ("global", set()),
        ("usgovernmentl4", set()),
        ("usgovernmentl5", {"Token Audience"}),
        ("china", {"Token Issuing URL", "Token Audience"}),
    ],
)
def test_what_no_vendor_confirms_is_marked(name: str, unsure: set[str]) -> None:
    assert doubts(sheet(**of_cloud(CLOUDS[name]))) == unsure


def test_an_endpoint_that_people_stated_is_not_marked() -> None:
    china = CLOUDS["china"].overridden(login_host="login.chinacloudapi.cn")
    assert doubts(sheet(**of_cloud(china))) == {"Token Audience"}


def test_an_endpoint_that_the_file_states_is_not_marked_even_where_it_is_the_default(tmp_path: Path) -> None:
    cloud = CLOUDS["usgovernmentl5"]
    stated = {"intune_audience": cloud.intune_audience}
    declaration = declare(tmp_path, cloud=cloud.name, endpoints=stated)
    assert doubts(sheet(declaration=declaration, **of_cloud(cloud))) == set()


def test_what_a_deploy_hands_over_makes_a_sheet(tmp_path: Path) -> None:
    """The stack's own outputs, with the ids that Entra chooses, and no file beside them."""
    declaration = declare(tmp_path, application={"display_name": "${not evaluated}"})
    values = output_values(declaration, Ids(OWNER, OWNER, OWNER), commit="abc")
    deployed = json.loads(json.dumps({"production": values}).replace("$${", "${"))
    read = read_outputs(json.dumps(deployed), stack="production", name="outputs")
    made = run_sheet("production", read, source="outputs", now=NOW)
    assert (made.title, str(made.ise), made.warnings) == ("${not evaluated}", "3.3 patch 4", ())
    assert [(each.entry, each.sha256) for each in made.certificates] == [
        (entry.name, entry.certificate.sha256_hex) for entry in declaration.certificates
    ]
    assert made.certificates[0].sha1_base64 == declaration.certificates[0].certificate.sha1_base64


def test_outputs_that_do_not_name_the_release_leave_it_open() -> None:
    assert sheet(applied={}).ise is None


@pytest.mark.parametrize(
    ("release", "remedy"),
    [
        ("ISE 3.2 patch 3", "install patch 4 or later of ISE 3.2"),
        ("ISE 3.1", "install patch 8 or later of ISE 3.1"),
        ("ISE 3.0 patch 9", "upgrade to ISE 3.3 or later"),
    ],
)
def test_a_release_that_cannot_work_is_an_error_that_names_what_to_install(release: str, remedy: str) -> None:
    with pytest.raises(InputError, match=rf"{release}: cannot work with Intune: .*; {remedy}"):
        sheet(applied={"decisions": {"ise": release}})


def test_the_files_release_counts_over_that_of_the_deploy(tmp_path: Path) -> None:
    declaration = declare(tmp_path)
    ise = replace(declaration.terms, ise=IseRelease("3.2", 1))
    with pytest.raises(InputError, match=r"install patch 4 or later of ISE 3\.2"):
        sheet(declaration=replace(declaration, terms=ise))


def test_what_is_declared_and_not_deployed_is_said_and_the_other_way_round(tmp_path: Path) -> None:
    made = sheet(declaration=declare(tmp_path), certificates={"old": certificate(1, "psn-01")})
    assert list(map(str, made.warnings)) == [
        "The certificate psn-01 is declared, but not deployed yet: no node can sign in with it.",
        "The certificate old is deployed, but not declared: the next deploy removes it.",
    ]


def test_a_release_that_was_declared_after_the_deploy_is_said(tmp_path: Path) -> None:
    declaration = declare(tmp_path, ise={"release": "3.4", "patch": 1})
    warnings = sheet(declaration=declaration, certificates={}).warnings
    assert str(warnings[-1]) == "The file declares ISE 3.4 patch 1; what is deployed was made for ISE 3.3 patch 4."


@pytest.mark.parametrize(
    ("changes", "cause"),
    [
        ({"token_url": f"https://{ATTACKER}/{TENANT}/oauth2/v2.0/token"}, "Token Issuing URL that is not Microsoft's"),
        ({"token_url": f"http://login.microsoftonline.com/{TENANT}/oauth2/v2.0/token"}, "not Microsoft's"),
        ({"token_url": f"https://login.microsoftonline.com/{OWNER}/oauth2/v2.0/token"}, "not Microsoft's"),
        ({"token_audience": "https://attacker.example/"}, "Token Audience that is not Microsoft's"),
        ({"auto_discovery_url": "https://attacker.example"}, "Auto Discovery URL that is not Microsoft's"),
        ({"admin_consent_url": "https://attacker.example/adminconsent"}, "consent page that is not Microsoft's"),
        ({"client_id": "not a GUID"}, "client_id that is no GUID"),
        ({"tenant_id": "common"}, "tenant_id that is no GUID"),
        ({"applied": {"name": "lab"}}, "outputs of 'lab', not of 'production'"),
        ({"certificates": {"a": certificate(1, sha256="AB")}}, "a fingerprint of 'a' that is none"),
        ({"certificates": {"a": certificate(1, thumbprint_sha1="zz" * 20)}}, "a fingerprint of 'a' that is none"),
        ({"certificates": {"a": certificate(1, not_after="soon")}}, "a date of 'a' that is none"),
        ({"certificates": {"a": certificate(1, not_after="2027-01-01")}}, "a date of 'a' that is none"),
    ],
)
def test_outputs_that_lead_elsewhere_or_are_no_deploys_are_refused(changes: dict[str, Any], cause: str) -> None:
    with pytest.raises(InputError, match=cause):
        sheet(**changes)


@pytest.mark.parametrize("label", FIELD_LABELS)
def test_a_field_that_was_changed_on_the_way_is_refused(label: str) -> None:
    settings = {**deployed_values()["ise_settings"], label: "something else"}
    with pytest.raises(InputError, match=f"says 'something else' for the field '{label}'"):
        sheet(ise_settings=settings)


def test_the_old_token_endpoint_is_refused() -> None:
    url = f"https://login.microsoftonline.com/{TENANT}/oauth2/token"
    settings = {**deployed_values()["ise_settings"], "Token Issuing URL": url}
    with pytest.raises(InputError, match="Token Issuing URL"):
        sheet(token_url=url, ise_settings=settings)


def test_outputs_of_another_tenant_than_the_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"and .*production\.yaml names another"):
        sheet(declaration=declare(tmp_path, tenant_id="99999999-2222-3333-4444-555555555555"))


def test_consent_is_asked_for_where_a_person_grants_it_alone() -> None:
    by_hand, as_code = (
        sheet(applied={**APPLIED, "decisions": {"permissions.admin_consent": choice}})
        for choice in ("manual", "terraform")
    )
    assert by_hand.consent_url == outputs().admin_consent_url
    assert as_code.consent_url == ""


def test_each_certificate_says_where_it_stands_and_each_node_what_it_may_present() -> None:
    made = rich()
    assert {each.entry: each.state for each in made.certificates} == {
        "psn-01": State.VALID,
        "psn-01-2027": State.NOT_YET_VALID,
        "shared": State.EXPIRED,
        "spare": State.VALID,
    }
    assert {node: [each.entry for each in known] for node, known in made.nodes.items()} == {
        "psn-01": ["psn-01", "psn-01-2027"],
        "psn-02": ["shared"],
        "psn-03": ["shared"],
    }
    assert made.locked_out == ("psn-02", "psn-03")


def test_every_root_is_on_the_sheet() -> None:
    assert rich().roots == roots()


def test_the_digest_is_of_what_is_typed_and_compared_not_of_when() -> None:
    first = sheet()
    assert sheet(now=NOW + timedelta(days=400)).digest == first.digest
    assert sheet(certificates={"psn-01": certificate(9, "psn-01")}).digest != first.digest


@pytest.mark.parametrize("forged", [{"thumbprint_sha1": "AB" * 20}, {"not_after": "2099-01-01T00:00:00Z"}, {}])
def test_what_outputs_say_of_a_certificate_that_is_at_hand_is_held_to_the_certificate(
    tmp_path: Path, forged: dict[str, str]
) -> None:
    declaration = declare(tmp_path)
    entry = declaration.certificates[0]
    own = entry.certificate
    said = {"thumbprint_sha1": own.sha1_hex, "not_before": own.start_date, "not_after": own.end_date}
    certificates = {entry.name: certificate(1, "psn-01", sha256=own.sha256_hex, **{**said, **forged})}
    if not forged:
        assert sheet(declaration=declaration, certificates=certificates).certificates[0].sha1 == own.sha1_hex
        return
    with pytest.raises(InputError, match=f"says of '{entry.name}' what its certificate does not say; deploy again"):
        sheet(declaration=declaration, certificates=certificates)
