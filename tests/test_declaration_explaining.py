"""Every setting explained: its value, where it comes from, what it is for; and what follows from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from helpers.declaration.environments import read_environment
from helpers.declaration.explaining import Explained, explained
from tests.declaring import OWNER, TENANT
from tests.judging import SOUND, changed, write_text

if TYPE_CHECKING:
    from pathlib import Path


def _by_key(folder: Path, text: str) -> dict[str, Explained]:
    groups = explained(read_environment(write_text(folder, text)))
    return {row.key: row for group in groups for row in group.settings}


def test_what_the_file_states_is_told_with_its_line(tmp_path: Path) -> None:
    rows = _by_key(tmp_path, SOUND)
    assert rows["tenant_id"] == Explained("tenant_id", TENANT, "line 2", "The Entra tenant (directory id).")
    assert (rows["ise.release"].value, rows["ise.release"].source) == ("3.3", "line 13")
    assert rows["certificates"].value == "psn-01"


def test_what_it_leaves_out_is_told_as_a_default(tmp_path: Path) -> None:
    rows = _by_key(tmp_path, changed(("cloud: global\n", ""), ("  profile: minimal\n", "")))
    assert (rows["cloud"].value, rows["cloud"].source) == ("global", "default")
    assert (rows["permissions.profile"].value, rows["permissions.profile"].source) == ("minimal", "default")
    assert (rows["client_id"].value, rows["client_id"].source) == ("not set", "default")


def test_every_setting_of_the_file_is_explained(tmp_path: Path) -> None:
    for key, row in _by_key(tmp_path, SOUND).items():
        if row.source.startswith("line") or row.source == "default":
            assert row.meaning, key


def test_each_permission_is_told_with_who_wants_it(tmp_path: Path) -> None:
    extra = f"extra: [{{api: {OWNER}, permission: {OWNER}, type: application, reason: A pilot.}}]"
    rows = _by_key(tmp_path, changed(("extra: []", extra)))
    intune = rows["Microsoft Intune API"]
    assert (intune.value, intune.source) == ("get_device_compliance (application)", "profile minimal")
    assert rows[OWNER] == Explained(OWNER, f"{OWNER} (application)", "permissions.extra", "A pilot.")


def test_what_follows_from_the_file_is_told_too(tmp_path: Path) -> None:
    rows = _by_key(tmp_path, SOUND)
    assert rows["Token Issuing URL"].value == f"https://login.microsoftonline.com/{TENANT}/oauth2/v2.0/token"
    assert rows["Client ID"].value == "(known after the deploy)"
    assert "key ise-intune/production.tfstate" in rows["azurerm"].value
    assert rows["psn-01"].meaning.startswith("certificates/psn-01.pem, presented by psn-01. Thumbprint ")


def test_what_no_document_confirms_is_told_as_unconfirmed(tmp_path: Path) -> None:
    rows = _by_key(tmp_path, changed(("global", "china")))
    assert rows["login_host"].value == rows["intune_audience"].value == "not confirmed"
    stated = _by_key(tmp_path, changed(("global", "china\nendpoints: {login_host: login.chinacloudapi.cn}")))
    assert stated["intune_audience"].value == "not confirmed"
    assert stated["endpoints.login_host"].value == "login.chinacloudapi.cn"
    assert "login_host" not in stated
