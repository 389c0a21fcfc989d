"""What a deploy would hand out, held against the code: administrators type it into ISE as it is."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from helpers.clouds import CLOUDS
from helpers.reviewing.synthesized_reading import review_synthesized
from tests.declaring import declare
from tests.recorded_plan import APPLICATION, PRINCIPAL, entry, read, recorded
from tests.synthesizing import stack_file, synthesized

if TYPE_CHECKING:
    from pathlib import Path

EVIL = "https://login.evil.example/oauth2/v2.0/token"


@pytest.mark.parametrize(
    "name",
    ["token_url", "auto_discovery_url", "token_audience", "admin_consent_url", "tenant_id", "client_id"],
)
def test_a_plan_that_hands_out_something_else_is_told_with_both_values(name: str) -> None:
    plan = recorded()
    output = plan["output_changes"][name]
    honest, output["after"] = output["after"], EVIL
    assert read(plan).outside == (f"output {name} is {EVIL}, and from the code follows {honest}",)


def test_each_field_of_ises_form_is_held_against_the_code() -> None:
    plan = recorded()
    plan["output_changes"]["ise_settings"]["after"] |= {"Token Issuing URL": EVIL, "More": "x"}
    (more, url) = read(plan).outside
    assert more == "output ise_settings says of More x, and from the code follows nothing"
    assert url.startswith(f"output ise_settings says of Token Issuing URL {EVIL}, and from the code follows https://")


def test_an_output_that_is_gone_or_hidden_is_told() -> None:
    plan = recorded()
    del plan["output_changes"]["token_url"]
    plan["output_changes"]["token_audience"]["after_sensitive"] = True
    gone, hidden = sorted(read(plan).outside, reverse=True)
    assert gone == "output token_url is not handed out"
    assert hidden.startswith("output token_audience is sensitive")
    plan["output_changes"] = {}
    assert any(each.startswith("nothing is handed out") for each in read(plan).outside)


def test_what_terraform_fills_in_is_read_as_the_code_writes_it() -> None:
    plan = recorded()
    outputs, code = plan["output_changes"], plan["configuration"]["root_module"]["outputs"]
    for address, later in ((APPLICATION, ("client_id", "object_id")), (PRINCIPAL, ("client_id",))):
        change = entry(plan, address)["change"]
        change.update(actions=["create"], before=None, after_unknown=dict.fromkeys(later, True))
        for attribute in later:
            del change["after"][attribute]
    for name in ("client_id", "application_object_id", "admin_consent_url"):
        outputs[name].update(after=None, after_unknown=True)
    outputs["ise_settings"]["after_unknown"] = {"Client ID": True}
    outputs["ise_settings"]["after"].pop("Client ID")
    integration = outputs["applied"]["after"]["integration"]
    integration.update(client_id={}, application={**integration["application"], "object_id": {}})
    outputs["applied"]["after_unknown"] = {
        "integration": {"client_id": {"items": True}, "application": {"object_id": {"items": True}}}
    }
    assert not [each for each in read(plan).outside if each.startswith("output")]
    code["admin_consent_url"]["expression"]["constant_value"] = "https://evil.example/${x}"
    code["client_id"]["expression"] = {"references": ["var.x"]}
    told = [each for each in read(plan).outside if each.startswith("output")]
    assert [each.split(",")[0] for each in told] == [
        "output client_id is nothing",
        "output admin_consent_url is https://evil.example/${x}",
    ]


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        (
            "endpoints.login_host",
            "evil.example",
            "`endpoints.login_host` evil.example, and from the code follows login.",
        ),
        (
            "endpoints.intune_audience",
            "https://evil.example/",
            "`endpoints.intune_audience` https://evil.example/, and",
        ),
        ("cloud", "china", "says that the cloud is china, and the provider is told global"),
    ],
)
def test_a_recorded_decision_leads_nowhere_else(key: str, value: str, said: str) -> None:
    plan = recorded()
    plan["output_changes"]["applied"]["after"]["decisions"][key] = value
    assert any(said in each for each in read(plan).outside)


@pytest.mark.parametrize(
    ("host", "told"),
    [
        ("login.chinacloudapi.cn", ()),
        ("evil.example", ("output applied decides `endpoints.login_host`: evil.example is no host of Microsoft's",)),
    ],
)
def test_an_endpoint_that_is_not_certain_may_be_decided_within_microsofts(
    host: str, told: tuple[str, ...], tmp_path: Path
) -> None:
    synthesized(declare(tmp_path / "environments", cloud="china"), tmp_path / "out")
    file = stack_file(tmp_path / "out", "production")
    file.write_text(file.read_text().replace(CLOUDS["china"].login_host, host))
    (found,) = review_synthesized(tmp_path / "out", tmp_path / "out")
    assert found.outside == told


@pytest.mark.parametrize("provider", [{}, {"constant_value": "elsewhere"}, {"references": ["var.x"]}])
def test_a_cloud_that_is_not_known_is_told(provider: dict[str, Any]) -> None:
    plan = recorded()
    plan["configuration"]["provider_config"]["azuread"]["expressions"]["environment"] = provider
    assert any(each.startswith("the cloud of the provider is") for each in read(plan).outside)


def test_what_applied_records_beside_the_resources_is_told() -> None:
    plan = recorded()
    integration = plan["output_changes"]["applied"]["after"]["integration"]
    integration["requested"]["items"] = []
    integration["application"]["owners"] = {"reason": "x"}
    integration["more"] = 1
    told = [each.split("`")[1] for each in read(plan).outside]
    assert told == ["application.owners", "more", "requested"]
    plan["output_changes"]["applied"]["after"]["integration"] = None
    assert any(each.startswith("output applied says of `integration` nothing") for each in read(plan).outside)


def test_a_certificate_that_is_handed_out_otherwise_is_told() -> None:
    plan = recorded()
    plan["output_changes"]["certificates"]["after"]["psn-01"]["thumbprint_sha1"] = "00"
    assert any(each.startswith("output certificates says of psn-01") for each in read(plan).outside)


def test_a_synthesized_stack_is_held_against_its_code_too(tmp_path: Path) -> None:
    synthesized(declare(tmp_path / "environments"), tmp_path / "out")
    file = stack_file(tmp_path / "out", "production")
    document = json.loads(file.read_text())
    document["output"]["token_url"]["value"] = "${format(var.x)}"
    document["output"]["ise_settings"]["value"]["Client ID"] = "another"
    document["output"]["applied"]["value"]["integration"]["granted"] = {"items": []}
    file.write_text(json.dumps(document))
    (found,) = review_synthesized(tmp_path / "out", tmp_path / "out")
    assert [each.split(",")[0] for each in found.outside] == [
        "output token_url is ${format(var.x)}",
        "output ise_settings says of Client ID another",
        "output applied says of `granted` []",
    ]


@pytest.mark.parametrize("cloud", ["global", "usgovernmentl4", "usgovernmentl5", "china"])
@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"ise": {"release": "3.2", "patch": 4}},
        {"permissions": {"admin_consent": "terraform"}, "application": {"display_name": "Cisco ${ISE} %{x}"}},
    ],
    ids=["plain", "another release", "consent"],
)
def test_our_own_stack_hands_out_what_it_must(cloud: str, changes: dict[str, Any], tmp_path: Path) -> None:
    synthesized(declare(tmp_path / "environments", cloud=cloud, **changes), tmp_path / "out")
    (found,) = review_synthesized(tmp_path / "out", tmp_path / "out")
    assert (found.outside, found.unclear) == ((), ())
