"""The JSON Schema that editors read says what the reader says, wherever a schema can say it."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
import yaml

from helpers.declaration.environments import read_environment
from helpers.declaration.file_schema import EnvironmentFile
from helpers.declaration.forms import FORMS
from helpers.declaration.json_schema import json_schema, json_schema_text
from helpers.errors import DeclarationErrors
from tests.declaring import OWNER, TENANT
from tests.judging import SOUND, changed, http_state, write_text

if TYPE_CHECKING:
    from collections.abc import Iterator

_ROOT = Path(__file__).resolve().parent.parent
_STATE = "backend: azurerm\n  storage_account_name: tfstate\n  container_name: ise-intune"
_HTTP = http_state("https://h/x")
_ENTRY = "psn-01: certificates/psn-01.pem"
_EXTRA = "extra: [{api: Microsoft Graph, permission: User.Read, type: delegated, reason: why}]"

_ACCEPTED = {
    "the sound file": SOUND,
    "optional keys left out": changed(("cloud: global\n", ""), ("  owners: []\n", "")),
    "optional keys with nothing after them": changed(
        ("global", ""), ("owners: []", "owners:"), ("extra: []", "extra:")
    ),
    "optional blocks with nothing after them": f"{SOUND}revoked:\nexceptions:\nunaudited:\nendpoints:\nclient_id:\n",
    "the long form of a certificate": changed((_ENTRY, "x: {file: certificates/psn-01.pem, nodes: [psn-01]}")),
    "a permission beyond the profile": changed(("extra: []", _EXTRA)),
    "local state": changed((_STATE, "backend: local\n  path: state/x.tfstate")),
    "HTTP state": changed((_STATE, f"{_HTTP}\n  lock_method: POST")),
    "PostgreSQL": changed((_STATE, "backend: pg\n  schema_name: ise")),
    "HCP Terraform": changed((_STATE, "backend: remote\n  organization: x\n  hostname: tfe.example.net")),
    "an unconfirmed endpoint": changed(("global", "china\nendpoints: {login_host: login.microsoft.cn}")),
    "an exception": f"{SOUND}exceptions: [{{rule: a, subject: b, reason: c, until: '2027-01-31'}}]\n",
    "a revocation": f"{SOUND}revoked: [{{sha256: '{'ab' * 32}', common_name: a, reason: b, date: '2027-01-31'}}]\n",
    "capitals in a GUID": changed((TENANT, OWNER.upper())),
}

_REFUSED = {
    "an unknown key": changed(("cloud: global", "clout: global")),
    "an unknown key with nothing after it": changed(("cloud: global", "clout:")),
    "an unknown key in a block": changed(("patch: 4", "pach: 4")),
    "a required key left out": changed((f"tenant_id: {TENANT}\n", "")),
    "a required key with nothing after it": changed((f"tenant_id: {TENANT}", "tenant_id:")),
    "a required block left out": changed(('ise:\n  release: "3.3"\n  patch: 4\n', "")),
    "another version": changed(("schema: 1", "schema: 2")),
    "a version that is true": changed(("schema: 1", "schema: true")),
    "braces around a GUID": changed((TENANT, f"'{{{TENANT}}}'")),
    "a GUID to be filled in": changed((TENANT, "00000000-0000-0000-0000-000000000000")),
    "empty text": changed(("Cisco ISE", "''")),
    "blank text": changed(("Cisco ISE", "'  '")),
    "a name that ends with a space": changed(("Cisco ISE", "'x '")),
    "a number for text": changed(("Cisco ISE", "12")),
    "long text": changed(("Cisco ISE", "x" * 121)),
    "text for a list": changed(("owners: []", "owners: x")),
    "nothing in a list": changed(("owners: []", "owners: [~]")),
    "an unknown choice": changed(("profile: minimal", "profile: all")),
    "text for a number": changed(("patch: 4", "patch: '4'")),
    "a number out of bounds": changed(("patch: 4", "patch: 100")),
    "a release that is none": changed(('"3.3"', "3.3p4")),
    "an address with a password": changed(("patch: 4", "api: https://u:p@h")),
    "no certificates": changed((f"\n  {_ENTRY}", " {}")),
    "an entry with nothing after it": changed((_ENTRY, "psn-01:")),
    "an entry's name": changed((_ENTRY, "1st: certificates/psn-01.pem")),
    "an entry without nodes": changed((_ENTRY, "x: {file: certificates/psn-01.pem}")),
    "an entry of no node": changed((_ENTRY, "x: {file: certificates/psn-01.pem, nodes: []}")),
    "a permission without a reason": changed(("extra: []", _EXTRA.replace(", reason: why", ""))),
    "a permission with a blank reason": changed(("extra: []", _EXTRA.replace("why", "' '"))),
    "an unknown backend": changed(("azurerm", "s3")),
    "no backend": changed(("backend: azurerm\n  ", "")),
    "a secret in the state": changed((_STATE, f"{_STATE}\n  access_key: x")),
    "a setting of another backend": changed((_STATE, "backend: local\n  key: x")),
    "a path out of the project": changed((_STATE, "backend: local\n  path: ../x.tfstate")),
    "a token in an address": changed((_STATE, _HTTP.replace("/x", "/x?token=y"))),
    "a host that is none": changed(("global", "china\nendpoints: {login_host: 'evil.example/.microsoft.cn'}")),
    "a fingerprint that is none": f"{SOUND}revoked: [{{sha256: x, common_name: a, reason: b, date: '2027-01-31'}}]\n",
    "a day that is none": f"{SOUND}exceptions: [{{rule: a, subject: b, reason: c, until: '2027-02-30'}}]\n",
    "a key in quotes for a placeholder": changed((_STATE, _HTTP.replace("https://h/x", "fill-in"))),
    "nothing to lock with": changed((_STATE, "backend: http\n  address: https://h/x")),
}


@cache
def _schema() -> jsonschema.Draft202012Validator:
    checker = jsonschema.Draft202012Validator.FORMAT_CHECKER
    return jsonschema.Draft202012Validator(json_schema(), format_checker=checker)


def _schema_takes(text: str) -> bool:
    return _schema().is_valid(yaml.safe_load(text))


def _reader_takes(folder: Path, text: str) -> bool:
    try:
        read_environment(write_text(folder, text))
    except DeclarationErrors:
        return False
    return True


@pytest.mark.parametrize("text", _ACCEPTED.values(), ids=_ACCEPTED)
def test_schema_and_reader_both_take(tmp_path: Path, text: str) -> None:
    assert (_schema_takes(text), _reader_takes(tmp_path, text)) == (True, True)


@pytest.mark.parametrize("text", _REFUSED.values(), ids=_REFUSED)
def test_schema_and_reader_both_refuse(tmp_path: Path, text: str) -> None:
    assert (_schema_takes(text), _reader_takes(tmp_path, text)) == (False, False)


def test_the_committed_schema_is_the_generated_one() -> None:
    committed = (_ROOT / "environments" / "environment.schema.json").read_text(encoding="utf-8")
    assert committed == json_schema_text(), (
        "write it anew: ise-intune check --schema --output environments/environment.schema.json"
    )


def test_it_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(json_schema())


def test_the_committed_example_names_it_and_is_valid_by_it() -> None:
    example = (_ROOT / "environments" / "example.yaml").read_text(encoding="utf-8")
    assert example.startswith("# yaml-language-server: $schema=environment.schema.json\n")
    assert _schema_takes(example)


def _properties(node: Any) -> Iterator[tuple[str, dict[str, Any]]]:  # noqa: ANN401 — any JSON value
    if isinstance(node, dict):
        yield from node.get("properties", {}).items()
        node = list(node.values())
    if isinstance(node, list):
        for inner in node:
            yield from _properties(inner)


def test_an_editor_can_explain_every_key() -> None:
    definitions = json_schema()["$defs"]
    for name, schema in _properties(json_schema()):
        references = [schema, *schema.get("anyOf", [])]
        described = [definitions[each["$ref"].rpartition("/")[2]] for each in references if "$ref" in each]
        assert any("description" in each for each in [schema, *described]), name


def test_no_title_made_of_a_keys_name_stands_between_a_person_and_its_description() -> None:
    assert json_schema_text().count('"title"') == 1, "the schema's own"


def test_what_a_text_must_look_like_is_said_in_words_too() -> None:
    def with_pattern(node: object) -> Iterator[dict[str, Any]]:
        if isinstance(node, dict):
            if "pattern" in node:
                yield node
            node = list(node.values())
        if isinstance(node, list):
            for inner in node:
                yield from with_pattern(inner)

    patterns = list(with_pattern(json_schema()))
    assert patterns
    assert all("patternErrorMessage" in each for each in patterns)


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_a_form_means_the_same_to_the_reader_and_to_an_editor(form: Any) -> None:  # noqa: ANN401
    """The reader's expressions are Rust's, an editor's are JavaScript's; Python's stand for both here."""
    pattern = re.compile(form.editor_pattern or form.pattern)
    for text in ("", " ", "a", "3.3", "https://h", "https://h/", "a.b", TENANT, "x/y.tfstate", "a b", "ab" * 32):
        assert bool(pattern.search(text)) == bool(re.search(form.pattern, text)), text


def test_defaults_are_what_the_reader_takes() -> None:
    assert json_schema()["properties"]["cloud"]["default"] == EnvironmentFile.model_fields["cloud"].default
    assert json.loads(json_schema_text()) == json_schema()
