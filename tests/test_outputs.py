"""The outputs of a deploy are read alike from cdktf's file and from Terraform, or refused by name."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from helpers.errors import InputError
from helpers.outputs import read_outputs, read_outputs_file
from tests.deployed import CERTIFICATE, deployed_values

if TYPE_CHECKING:
    from pathlib import Path


def _read(document: object) -> object:
    return read_outputs(json.dumps(document), stack="production", name="o.json")


def test_cdktfs_file_and_terraforms_answer_say_the_same() -> None:
    values = deployed_values()
    of_cdktf = _read({"production": values, "lab": {}})
    of_terraform = _read({key: {"sensitive": False, "type": "string", "value": value} for key, value in values.items()})
    assert of_cdktf == of_terraform


def test_every_output_is_read() -> None:
    outputs = read_outputs(json.dumps({"production": deployed_values()}), stack="production", name="o.json")
    values = deployed_values()
    assert outputs.client_id == values["client_id"]
    assert outputs.ise_settings == values["ise_settings"]
    assert vars(outputs.certificates["psn-01"]) == {**CERTIFICATE, "nodes": ("psn-01",)}
    assert outputs.applied == values["applied"]


def test_a_later_versions_outputs_are_passed_over() -> None:
    more = {**deployed_values(), "later": 1}
    more["certificates"] = {"psn-01": {**CERTIFICATE, "later": 1}}
    assert _read({"production": more}) == _read({"production": deployed_values()})


_AGAIN = "deploy with this version: `cdktf deploy NAME --outputs-file FILE`"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("", f"o.json: is not JSON; {_AGAIN}", id="empty"),
        pytest.param("{", f"o.json: is not JSON; {_AGAIN}", id="cut off"),
        pytest.param("[" * 100_000, f"o.json: is not JSON; {_AGAIN}", id="deep"),
        pytest.param("[]", f"o.json: holds no outputs; {_AGAIN}", id="list"),
        pytest.param("{}", "o.json: holds no outputs yet; deploy first: `cdktf deploy NAME`", id="nothing deployed"),
        pytest.param(
            '{"production": {}}', "o.json: holds no outputs yet; deploy first: `cdktf deploy NAME`", id="empty stack"
        ),
        pytest.param(
            '{"lab": {}, "a\\u001b": {}}',
            "o.json: holds no outputs of 'production' (it has: a\\x1b, lab); name a stack it has, or deploy this one",
            id="another stack",
        ),
        pytest.param(
            '{"production": {"client_id": "x"}}', f"o.json: lacks the output 'tenant_id'; {_AGAIN}", id="an older stack"
        ),
    ],
)
def test_what_holds_no_outputs_is_refused_by_name(text: str, message: str) -> None:
    with pytest.raises(InputError) as raised:
        read_outputs(text, stack="production", name="o.json")
    assert str(raised.value) == message


@pytest.mark.parametrize(
    "change",
    [
        {"client_id": None},
        {"client_id": ["x"]},
        {"certificates": []},
        {"certificates": {"psn-01": "x"}},
        {"certificates": {"psn-01": {"common_name": "x"}}},
        {"certificates": {"psn-01": {**CERTIFICATE, "sha256": 1}}},
        {"ise_settings": {"Client ID": 1}},
        {"ise_settings": "x"},
        {"applied": []},
    ],
    ids=str,
)
def test_outputs_of_another_form_are_refused(change: dict[str, Any]) -> None:
    with pytest.raises(InputError, match=r"^o\.json: holds outputs of another form; deploy with this version"):
        _read({"production": {**deployed_values(), **change}})


def test_a_file_or_a_folder_of_them_is_read(tmp_path: Path) -> None:
    file = tmp_path / "production.json"
    file.write_text(json.dumps({"production": deployed_values()}), encoding="utf-8")
    assert read_outputs_file(file, stack="production") == read_outputs_file(tmp_path, stack="production")


def test_a_file_that_cannot_be_read_says_why(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.json: cannot be read \(No such file or directory\)"):
        read_outputs_file(tmp_path, stack="none")
    (tmp_path / "latin.json").write_bytes(b"\xe9")
    with pytest.raises(InputError, match=r"latin\.json: cannot be read \(not UTF-8 text\)"):
        read_outputs_file(tmp_path / "latin.json", stack="x")
