"""The file that `new` writes reads back as exactly what was asked for, and says what is still to fill in."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.declaration.environments import read_environment
from helpers.declaration.template import STATE_REQUIRED, NewEnvironment, environment_text
from helpers.declaration.writing import scalar_text
from helpers.declaration.yaml_reading import read_yaml
from helpers.model import stated
from helpers.plain_text import one_line
from tests.declaring import DEPLOYER, TENANT
from tests.judging import said, write_text

if TYPE_CHECKING:
    from pathlib import Path

NEW = NewEnvironment(
    name="production",
    tenant_id=TENANT,
    deployer=DEPLOYER,
    display_name="Cisco ISE",
    certificates={"psn-01": "certificates/psn-01.pem"},
)


def test_a_filled_in_file_is_sound(tmp_path: Path) -> None:
    new = replace(
        NEW, cloud="usgovernmentl4", release="3.4", patch=2, ise_api="https://pan.example.net", profile="article-2016"
    )
    declaration = read_environment(write_text(tmp_path, environment_text(new)))
    assert declaration.cloud.name == "usgovernmentl4"
    assert str(declaration.terms.ise) == "3.4 patch 2"
    assert declaration.terms.profile == "article-2016"
    assert declaration.ise_api == "https://pan.example.net"
    assert stated(declaration.integration.application.display_name) == "Cisco ISE"


@pytest.mark.parametrize(
    ("text", "written"),
    [("pan", "pan"), ("psn-01", "psn-01"), ("a.b/c", "a.b/c"), ("NO", '"NO"'), ("y", '"y"'), ("12", '"12"'),
     ("a: b", '"a: b"'), ("", '""'), ("-a", '"-a"')],
)  # fmt: skip
def test_a_word_is_plain_unless_some_reader_takes_it_for_more_than_a_word(text: str, written: str) -> None:
    assert scalar_text(text) == written


@pytest.mark.parametrize("backend", STATE_REQUIRED)
def test_what_a_backend_needs_is_left_to_fill_in_and_check_says_so(tmp_path: Path, backend: str) -> None:
    text = environment_text(replace(NEW, backend=backend))
    required = STATE_REQUIRED[backend]
    if not required:
        assert read_environment(write_text(tmp_path, text)).state.backend == backend
        return
    sentences = said(tmp_path, text)
    assert len(sentences) == len(required)
    for key, sentence in zip(required, sentences, strict=True):
        assert sentence.endswith(f" state.{key}: is still to be filled in; write the real value")


def test_state_settings_stand_beside_the_backend(tmp_path: Path) -> None:
    settings = {"storage_account_name": "tfstate", "container_name": "ise-intune", "use_oidc": "true", "key": "1"}
    declaration = read_environment(
        write_text(tmp_path, environment_text(replace(NEW, backend="azurerm", state_settings=settings)))
    )
    assert declaration.state.model_dump(exclude_defaults=True) == {**settings, "use_oidc": True, "backend": "azurerm"}


_LINES = st.text(min_size=1, max_size=40).map(one_line)


@given(display_name=_LINES, path=_LINES, entry=st.from_regex(r"\A[A-Za-z][A-Za-z0-9_-]{0,10}\Z"), setting=_LINES)
def test_every_text_reads_back_as_exactly_that_text(display_name: str, path: str, entry: str, setting: str) -> None:
    new = replace(NEW, display_name=display_name, certificates={entry: path}, state_settings={"path": setting})
    document = read_yaml(environment_text(new).encode(), file="a.yaml")
    assert document.mistakes == ()
    assert document.values["application"]["display_name"] == display_name
    assert document.values["certificates"] == {entry: path}
    if setting not in {"true", "false"}:
        assert document.values["state"]["path"] == setting


@pytest.mark.parametrize(
    "name", ["no", "null", "true", "12", "3.3", "2027-01-31", "~", "a: b", "a #b", "'", '"', "{x}", "y"]
)
def test_texts_that_yaml_takes_for_something_else_are_quoted(tmp_path: Path, name: str) -> None:
    declaration = read_environment(write_text(tmp_path, environment_text(replace(NEW, display_name=name))))
    assert stated(declaration.integration.application.display_name) == name
