"""Terraform reads every text of a user as exactly that text."""

from __future__ import annotations

import json
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.terraform_text import literal, literals

if TYPE_CHECKING:
    from pathlib import Path

_HARMLESS = ["psn-01", "a $ and a %", "{}", "$ {x}", "\\n", ""]
_TEMPLATES = [
    "${file('/etc/hostname')}",
    "%{if true}x%{endif}",
    "$${x}",
    "$$${x}",
    "%%%{x}",
    "${",
    "%{",
    "$${${x}}",
    "\\${x}",
    '"${x}"',
    "${~ x ~}",
    "a$",
]


@pytest.mark.parametrize("text", _HARMLESS)
def test_text_without_a_template_stays_as_it_is(text: str) -> None:
    assert literal(text) == text


@pytest.mark.parametrize(
    ("text", "escaped"),
    [("${x}", "$${x}"), ("%{x}", "%%{x}"), ("$${x}", "$$${x}"), ("${${", "$${$${")],
)
def test_a_template_is_escaped_as_terraform_has_it(text: str, escaped: str) -> None:
    assert literal(text) == escaped


@given(st.text(alphabet="$%{}~ax", max_size=20))
def test_undoing_terraforms_escape_gives_the_text_back(text: str) -> None:
    assert literal(text).replace("$${", "${").replace("%%{", "%{") == text


def test_every_text_of_a_json_value_is_made_literal_keys_too() -> None:
    value = {"${a}": ["%{b}", 1, None, True, {"c": "${d}"}]}
    assert literals(value) == {"$${a}": ["%%{b}", 1, None, True, {"c": "$${d}"}]}


def test_cdktfs_own_marker_never_gets_this_far() -> None:
    with pytest.raises(ValueError, match=r"^text carries CDKTF's own marker 'TfToken\['$"):
        literal("x${TfToken[TOKEN.0]}")


@pytest.mark.e2e
def test_terraform_itself_gives_every_text_back(tmp_path: Path) -> None:
    terraform = shutil.which("terraform")
    if terraform is None:
        pytest.skip("there is no terraform on PATH")
    texts = [*_HARMLESS, *_TEMPLATES]
    outputs = {f"output-{number}": {"value": literal(text)} for number, text in enumerate(texts)}
    (tmp_path / "main.tf.json").write_text(json.dumps({"output": outputs}), encoding="utf-8")
    for arguments in (["init"], ["apply", "-auto-approve"]):
        subprocess.run([terraform, *arguments, "-input=false"], cwd=tmp_path, check=True, capture_output=True)
    answer = subprocess.run([terraform, "output", "-json"], cwd=tmp_path, check=True, capture_output=True)
    read = json.loads(answer.stdout)
    assert [read[name]["value"] for name in outputs] == texts
