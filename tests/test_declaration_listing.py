"""A list of environments: what files plainly say, and that none is shown that does not say it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from helpers.declaration.listing import listed, listed_of
from tests.declaring import MINIMAL, declare, write_environment

if TYPE_CHECKING:
    from pathlib import Path

_NODES = {"nodes": ["psn-02", "psn-01", "psn-02"], "file": "certificates/psn-01.pem"}
SOUND: dict[str, dict[str, Any]] = {
    "the least there can be": {"ise": {"release": "3.4"}},
    "an empty key is none": {"permissions": None, "cloud": "china"},
    "consent by the pipeline": {"permissions": {"admin_consent": "terraform"}},
    "an identifier in capitals": {"tenant_id": "ABCDEF01-2222-3333-4444-555555555555"},
    "nodes that share a certificate": {"certificates": {"shared": _NODES}},
    "state on this machine": {"state": {"backend": "local"}},
}


@pytest.mark.parametrize("changes", SOUND.values(), ids=SOUND)
def test_of_a_sound_file_a_list_shows_what_its_judge_reads(tmp_path: Path, changes: dict[str, Any]) -> None:
    declaration = declare(tmp_path, **changes)
    assert listed([tmp_path / "production.yaml"]) == ([listed_of(declaration)], [])


UNCLEAR: dict[str, dict[str, Any]] = {
    "no tenant": {"tenant_id": None},
    "a tenant still to be filled in": {"tenant_id": "00000000-0000-0000-0000-000000000000"},
    "a tenant by name": {"tenant_id": "contoso"},
    "an unknown cloud": {"cloud": "germany"},
    "a cloud that is a list": {"cloud": ["global"]},
    "no application": {"application": None},
    "an application that is text": {"application": "ISE"},
    "a display name that is a number": {"application": {"display_name": 7}},
    "a blank display name": {"application": {"display_name": " "}},
    "no release": {"ise": {"patch": 1}},
    "a release that is none": {"ise": {"release": "newest"}},
    "a patch that is text": {"ise": {"release": "3.4", "patch": "1"}},
    "a patch that is true": {"ise": {"release": "3.4", "patch": True}},
    "an unknown choice of consent": {"permissions": {"admin_consent": "nobody"}},
    "permissions that are a list": {"permissions": ["admin_consent"]},
    "no certificates": {"certificates": None},
    "certificates without an entry": {"certificates": {}},
    "an unknown backend": {"state": {"backend": "s3"}},
    "no state": {"state": None},
    "another schema": {"schema": 2},
}


@pytest.mark.parametrize("changes", UNCLEAR.values(), ids=UNCLEAR)
def test_a_file_that_does_not_say_what_is_listed_is_left_to_its_judge(tmp_path: Path, changes: dict[str, Any]) -> None:
    path = write_environment(tmp_path, **changes)
    assert listed([path]) == ([], [path])


@pytest.mark.parametrize(
    "text",
    ["", "{", "- a list", "schema: 1\nschema: 1\n", "tenant_id: &a b\n", "schema: 1\n---\nschema: 1\n", "a: \x1b"],
    ids=["empty", "no YAML", "a list", "a key twice", "an anchor", "two documents", "a control character"],
)
def test_a_file_that_cannot_be_read_is_left_to_its_judge(tmp_path: Path, text: str) -> None:
    path = write_environment(tmp_path)
    path.write_text(text, encoding="utf-8")
    assert listed([path]) == ([], [path])


@pytest.mark.parametrize("entry", [7, ["a.pem"], {"file": "a.pem"}, {"nodes": ["a"]}, {"file": "a.pem", "nodes": [1]}])
def test_an_entry_that_is_none_is_left_to_its_judge(tmp_path: Path, entry: object) -> None:
    path = write_environment(tmp_path)
    path.write_text(str({**MINIMAL, "certificates": {"psn-01": entry}}), encoding="utf-8")
    assert listed([path]) == ([], [path])


def test_a_link_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    outside = write_environment(tmp_path / "outside")
    inside = tmp_path / "inside" / "production.yaml"
    inside.parent.mkdir()
    inside.symlink_to(outside)
    assert listed([inside]) == ([], [inside])
