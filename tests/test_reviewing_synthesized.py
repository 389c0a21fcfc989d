"""Synthesized outputs as a review's source: the same change tells the same as from folders, and nothing is guessed."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from helpers.comparing import PermissionAdded, Surface
from helpers.errors import InputError
from helpers.model import NotSeen
from helpers.reviewing.assembling import review_folders
from helpers.reviewing.review import Reviewed
from helpers.reviewing.synthesized_reading import read_synthesized, review_synthesized
from tests.declaring import declare
from tests.reviewing import AFTER, BEFORE, digest, exceptions, told
from tests.synthesizing import stack_file, synthesized
from tests.taking_over import entry, taken_over

if TYPE_CHECKING:
    from pathlib import Path

    from helpers.declaration.declaration import Declaration

CONSENTING: dict[str, Any] = {"permissions": {"admin_consent": "terraform"}}


@pytest.fixture(scope="module")
def output(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A synthesized output that consents, to be copied and tampered with."""
    folder = tmp_path_factory.mktemp("synthesized")
    synthesized(declare(folder / "environments", **CONSENTING), folder / "out")
    return folder / "out"


def copied(output: Path, there: Path, /, **changes: Any) -> Path:  # noqa: ANN401 — any JSON
    """Copy an output with top-level blocks of its stack changed: each is merged into what is there."""
    document = json.loads(stack_file(output, "production").read_text())
    for block, change in changes.items():
        document[block] = merged(document.get(block), change)
    stack_file(there, "production").parent.mkdir(parents=True)
    stack_file(there, "production").write_text(json.dumps(document))
    (there / "manifest.json").write_text((output / "manifest.json").read_text())
    return there


def merged(old: Any, new: Any) -> Any:  # noqa: ANN401 — any JSON
    if not isinstance(old, dict) or not isinstance(new, dict):
        return new
    return {**old, **{key: merged(old.get(key), value) for key, value in new.items()}}


def tampered(output: Path, folder: Path, /, **changes: Any) -> Reviewed:  # noqa: ANN401 — any JSON
    (found,) = review_synthesized(output, copied(output, folder / "tampered", **changes))
    return found


def test_the_same_change_tells_the_same_as_from_folders(tmp_path: Path) -> None:
    before, after = declare(tmp_path / "one", **BEFORE), declare(tmp_path / "one", **AFTER)
    synthesized(before, tmp_path / "before")
    synthesized(after, tmp_path / "after")
    (found,) = review_synthesized(tmp_path / "before", tmp_path / "after")
    assert found.name == "production"
    assert (found.outside, found.unclear, found.observed) == ((), (), None)
    assert found.before
    assert found.after
    assert len(told(before, after)) > 12
    assert told(found.before, found.after) == told(before, after)
    assert exceptions(found.before, found.after) == exceptions(before, after)
    assert digest(found) == digest(Reviewed("production", before, after))


@pytest.mark.parametrize("changes", [BEFORE, AFTER, CONSENTING], ids=["before", "after", "consenting"])
def test_a_side_is_what_its_file_declares(changes: dict[str, Any], tmp_path: Path) -> None:
    declared = declare(tmp_path / "environments", **changes)
    synthesized(declared, tmp_path / "out")
    (found,) = review_synthesized(tmp_path / "out", tmp_path / "out")
    assert found.after
    assert found.after.integration == declared.integration
    assert found.after.decisions == declared.decisions
    assert told(declared, found.after) == []


def test_a_stack_on_one_side_alone_is_new_or_goes(output: Path, tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text('{"stacks": {}}')
    (new,) = review_synthesized(tmp_path, output)
    (gone,) = review_synthesized(output, tmp_path)
    assert (new.before, gone.after) == (None, None)
    assert new.after
    assert gone.before
    assert not (*new.unclear, *gone.unclear, *new.outside, *gone.outside)


def test_resources_count_and_not_what_an_output_claims(output: Path, tmp_path: Path) -> None:
    """An assignment that no environment file declares, beside an output that keeps quiet about it."""
    assignment = {
        "azuread_app_role_assignment": {
            "more": {
                "app_role_id": "19dbc75e-c2e2-444c-a770-ec69d8559fc7",
                "principal_object_id": "${azuread_service_principal.service-principal.object_id}",
                "resource_object_id": "${data.azuread_service_principal.microsoft-graph.object_id}",
            }
        }
    }
    found = tampered(output, tmp_path, resource=assignment)
    assert found.before
    assert found.after
    (added,) = told(found.before, found.after)
    assert isinstance(added, PermissionAdded)
    assert (added.surface, added.permission.id) == (Surface.GRANTED, "19dbc75e-c2e2-444c-a770-ec69d8559fc7")


@pytest.mark.parametrize(
    ("resource", "said"),
    [
        pytest.param(
            {"azuread_application": {"application": {"owners": '${split(",", var.owners)}'}}},
            "`owners` of azuread_application.application is known only once",
            id="an expression",
        ),
        pytest.param(
            {"azuread_application": {"application": {"display_name": '${file("/etc/passwd")}'}}},
            "`display_name` of azuread_application.application is known only once",
            id="a function",
        ),
        pytest.param(
            {"azuread_application": {"application": {"for_each": {"a": 1}}}},
            "azuread_application.application has `for_each`",
            id="a repetition",
        ),
        pytest.param(
            {"azuread_application": {"application": {"owners": "someone"}}},
            "`owners` is not a list of texts",
            id="another form",
        ),
        pytest.param(
            {"azuread_app_role_assignment": {"more": {"app_role_id": "x", "principal_object_id": "y"}}},
            "azuread_app_role_assignment.more is created; it belongs to no application",
            id="an assignment to somebody else",
        ),
        pytest.param(
            {"azuread_application_certificate": {"certificate-psn-01": {"value": "no certificate"}}},
            "the certificate of azuread_application_certificate.certificate-psn-01 is text without a certificate",
            id="no certificate",
        ),
        pytest.param(
            {
                "azuread_app_role_assignment": {
                    "more": {
                        "app_role_id": "x",
                        "principal_object_id": "${azuread_service_principal.service-principal.object_id}",
                        "resource_object_id": "${var.api}",
                    }
                }
            },
            "azuread_app_role_assignment.more is for an API that cannot be told",
            id="an API from elsewhere",
        ),
    ],
)
def test_what_is_no_literal_and_no_plain_reference_is_not_understood(
    resource: dict[str, Any], said: str, output: Path, tmp_path: Path
) -> None:
    found = tampered(output, tmp_path, resource=resource)
    assert any(said in each for each in found.unclear), found.unclear


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        pytest.param(
            {"resource": {"null_resource": {"x": {}}}},
            "null_resource.x is created: this review does not know what it is for",
            id="a resource of another provider",
        ),
        pytest.param(
            {"resource": {"azuread_application": {"application": {"app_role": [{"id": "x"}]}}}},
            "azuread_application.application changes `app_role`, outside what this review compares",
            id="an attribute",
        ),
        pytest.param(
            {"resource": {"azuread_application": {"application": {"provisioner": [{"local-exec": {}}]}}}},
            "azuread_application.application runs a provisioner: any program at all",
            id="a provisioner",
        ),
        pytest.param(
            {"data": {"external": {"x": {"program": ["sh"]}}}},
            "data.external.x reads something else than Entra's service principals, and may run a program",
            id="a data source",
        ),
        pytest.param(
            {"provider": {"azuread": [{"metadata_host": "evil", "tenant_id": "x", "environment": "global"}]}},
            "provider azuread is told `metadata_host` as well",
            id="a setting of the provider",
        ),
        pytest.param(
            {"terraform": {"backend": {"http": {"address": "https://evil.example"}}}},
            "the block `terraform` changes: where the state is, or which provider runs",
            id="the state's place",
        ),
        pytest.param(
            {"output": {"more": {"value": "x"}}},
            "output more is not one of this project's, and changes",
            id="an output",
        ),
    ],
)
def test_what_is_outside_the_model_is_said(changes: dict[str, Any], said: str, output: Path, tmp_path: Path) -> None:
    assert said in tampered(output, tmp_path, **changes).outside


def test_a_provider_of_another_source_is_not_microsofts(output: Path, tmp_path: Path) -> None:
    terraform = {"required_providers": {"azuread": {"source": "evil/azuread"}}}
    found = tampered(output, tmp_path, terraform=terraform)
    assert "provider azuread comes from evil/azuread, whose resources nobody here knows" in found.unclear


@pytest.mark.parametrize("block", ["module", "removed", "check", "locals"])
def test_a_block_that_nobody_knows_is_not_understood(block: str, output: Path, tmp_path: Path) -> None:
    found = tampered(output, tmp_path, **{block: {"x": {"source": "./x"}}})
    assert f"the stack has `{block}`, which is not understood" in found.unclear


@pytest.mark.parametrize("destroy", [True, False])
def test_a_stack_that_forgets_everything_has_no_after_and_lives_on(destroy: bool, output: Path, tmp_path: Path) -> None:  # noqa: FBT001 — a parameter
    document = json.loads(stack_file(output, "production").read_text())
    everything = [f"{type_}.{name}" for type_, named in document["resource"].items() for name in named]
    document["resource"] = {}
    document["removed"] = [{"from": each, "lifecycle": [{"destroy": destroy}]} for each in everything]
    copied(output, tmp_path / "after")
    stack_file(tmp_path / "after", "production").write_text(json.dumps(document))
    (found,) = review_synthesized(output, tmp_path / "after")
    assert found.before
    assert (found.after, found.unclear) == (None, ())
    assert any("lives on in Entra" in each for each in found.outside) is not destroy


@pytest.mark.parametrize(
    "changes",
    [
        {"provider": {"evil": [{}]}},
        {"terraform": {"required_providers": {"evil": {"source": "evil/evil"}}}},
        {"terraform": {"required_providers": {"azuread": {"source": "evil/azuread"}}}},
        {"data": {"evil_x": {"x": {}}}},
        {"resource": {"azuread_application": {"application": {"provider": "evil.x"}}}},
    ],
)
def test_another_provider_than_microsofts_is_told(changes: dict[str, Any], output: Path, tmp_path: Path) -> None:
    found = tampered(output, tmp_path, **changes)
    assert any(each.startswith("provider evil") and "runs as well" in each for each in found.outside)


@pytest.mark.parametrize("name", ["more.tf", "x.auto.tfvars.json", "cdk_override.tf.json", "terraform.tfvars"])
def test_a_file_that_terraform_loads_beside_the_stack_is_told(name: str, output: Path, tmp_path: Path) -> None:
    after = copied(output, tmp_path / "after")
    (stack_file(after, "production").parent / name).write_text("")
    (found,) = review_synthesized(output, after)
    assert found.outside == (f"Terraform would also load {name} beside cdk.tf.json, which nobody here reads",)


@pytest.mark.parametrize(
    "lifecycle", [[], [{"create_before_destroy": True, "ignore_changes": ["value"]}], {"prevent_destroy": True}]
)
def test_a_changed_lifecycle_is_told(lifecycle: object, output: Path, tmp_path: Path) -> None:
    changes = {"azuread_application_certificate": {"certificate-psn-01": {"lifecycle": lifecycle}}}
    outside = tampered(output, tmp_path, resource=changes).outside
    assert any("certificate-psn-01 changes its lifecycle" in each for each in outside)


def test_what_holds_no_application_is_refused(output: Path, tmp_path: Path) -> None:
    for folder in ("one", "two"):
        document = json.loads(stack_file(copied(output, tmp_path / folder), "production").read_text())
        stack_file(tmp_path / folder, "production").write_text(json.dumps({"terraform": document["terraform"]}))
    with pytest.raises(InputError, match="says nothing about an application"):
        review_synthesized(tmp_path / "one", tmp_path / "two")
    for folder in ("one", "two"):
        (tmp_path / folder / "manifest.json").write_text('{"stacks": {}}')
    with pytest.raises(InputError, match="neither holds a stack"):
        review_synthesized(tmp_path / "one", tmp_path / "two")


def test_an_unknown_surface_is_not_seen_rather_than_empty(output: Path, tmp_path: Path) -> None:
    owners = {"azuread_application": {"application": {"owners": "${local.owners}"}}}
    found = tampered(output, tmp_path, resource=owners)
    assert found.after
    assert isinstance(found.after.integration.application.owners, NotSeen)


@pytest.mark.parametrize(
    ("manifest", "said"),
    [
        ("", "is not one JSON document"),
        ("[]", "is not a JSON object"),
        ('{"stacks": []}', "`stacks` is not an object"),
        ('{"stacks": {"a": 1}}', "a stack is not an object"),
        ('{"stacks": {"a": {"synthesizedStackPath": "../../etc/passwd"}}}', "does not stay inside"),
        ('{"stacks": {"a": {"synthesizedStackPath": "/etc/passwd"}}}', "does not stay inside"),
        ('{"stacks": {"a": {"synthesizedStackPath": "link/x"}}}', "leads out by a link"),
        ('{"stacks": {"a": {"synthesizedStackPath": "\\u0000"}}}', "leads nowhere"),
        (
            '{"stacks": {"a": {"synthesizedStackPath": "a/b", "workingDirectory": "c"}}}',
            "run elsewhere than in the folder of stack a",
        ),
        ('{"stacks": {"../a": {"synthesizedStackPath": "x"}}}', "is not a stack's name"),
        ('{"stacks": {"a": {"synthesizedStackPath": "missing"}}}', "cannot be read"),
        ('{"stacks": {}, "stacks": {}}', "is there twice"),
    ],
)
def test_a_manifest_leads_nowhere_else(manifest: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "link").symlink_to(tmp_path)
    (tmp_path / "out" / "manifest.json").write_text(manifest)
    with pytest.raises(InputError, match=said):
        read_synthesized(tmp_path / "out")


def test_a_folder_without_a_manifest_is_none_of_cdktfs(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        read_synthesized(tmp_path)


_THERE = {"to": "azuread_application.application", "id": "/applications/aaaaaaaa-1111-4222-8333-444444444444"}


def test_what_a_stack_begins_to_import_is_said(output: Path, tmp_path: Path) -> None:
    found = tampered(output, tmp_path, **{"import": [_THERE]})
    assert found.imports
    assert found.imports.imported == ("azuread_application.application",)


def test_another_id_to_import_by_is_said(output: Path, tmp_path: Path) -> None:
    before = copied(output, tmp_path / "before", **{"import": [_THERE]})
    other = {**_THERE, "id": "/applications/bbbbbbbb-1111-4222-8333-444444444444"}
    (found,) = review_synthesized(before, copied(output, tmp_path / "after", **{"import": [other]}))
    said = "is imported by another id than before: another object, where there is no state"
    assert found.outside == (f"azuread_application.application {said}",)


def test_an_import_that_was_there_is_nothing_to_speak_of(output: Path, tmp_path: Path) -> None:
    before = copied(output, tmp_path / "before", **{"import": [_THERE]})
    (found,) = review_synthesized(before, copied(output, tmp_path / "after", **{"import": [_THERE]}))
    assert (found.outside, found.unclear, found.imports) == ((), (), None)


@pytest.mark.parametrize(
    "block",
    [
        {**_THERE, "for_each": ["a"]},
        {**_THERE, "id": '${file("/etc/hostname")}'},
        {"to": _THERE["to"]},
        {**_THERE, "id": 1},
    ],
    ids=["several", "evaluated", "no id", "no text"],
)
def test_an_import_that_says_more_is_not_understood(block: dict[str, Any], output: Path, tmp_path: Path) -> None:
    found = tampered(output, tmp_path, **{"import": [block]})
    assert "the stack has an `import` that says more than which resource it is and by which id" in found.unclear


def test_what_is_left_alone_of_an_imported_resource_is_told_when_it_changes(output: Path, tmp_path: Path) -> None:
    before = copied(output, tmp_path / "before", **{"import": [_THERE]})
    lifecycle = {"azuread_application": {"application": {"lifecycle": {"ignore_changes": ["web"]}}}}
    (found,) = review_synthesized(
        before, copied(output, tmp_path / "after", resource=lifecycle, **{"import": [_THERE]})
    )
    assert len(found.outside) == 1
    assert "changes its lifecycle" in found.outside[0]


KEEPS = {"redirect_uris": ["https://ise.example/x"], "settings": ["a: b"], "service_principal_settings": ["c: d"]}


def rules_of(before: Declaration, after: Declaration, folder: Path) -> set[tuple[str, str]]:
    """Return the rules and subjects of a change between two synthesized stacks."""
    for side, declaration in (("before", before), ("after", after)):
        synthesized(declaration, folder / side)
    (environment,) = review_folders(folder / "before", folder / "after", now=datetime.now(UTC)).environments
    assert environment.unclear == ()
    return {(each.rule, each.subject) for each in environment.findings}


def test_one_more_certificate_of_an_adopted_application_is_no_more_than_that(tmp_path: Path) -> None:
    """Its pinned key id, and what it keeps, are what the outputs say."""
    before = taken_over(tmp_path, block={"keeps": KEEPS})
    more = {"psn-01": entry(tmp_path), "psn-02": {"file": "certificates/new.pem", "nodes": ["psn-02"]}}
    after = taken_over(tmp_path, block={"keeps": KEEPS}, certificates=more)
    assert rules_of(before, after, tmp_path) == set()


def test_what_an_adopted_application_keeps_from_now_on_is_said(tmp_path: Path) -> None:
    found = rules_of(taken_over(tmp_path), taken_over(tmp_path, block={"keeps": KEEPS}), tmp_path)
    assert found == {("adoption-kept", value) for values in KEEPS.values() for value in values}


def test_an_import_hides_no_decision_of_the_same_change(tmp_path: Path) -> None:
    """What was recorded of the environment before is what the change is held against."""
    plain = {"psn-01": {"file": "certificates/psn-01.pem", "nodes": ["psn-01"]}}
    before = declare(tmp_path, certificates=plain)
    after = taken_over(tmp_path, certificates=plain, unaudited=[{"surface": "notes", "reason": "none"}])
    found = rules_of(before, after, tmp_path)
    assert {"adoption-declared", "unaudited-added"} <= {rule for rule, _ in found}
