"""`new`: from nothing to a file that `check` passes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cli.results import called
from helpers.declaration.environments import read_environment
from helpers.declaration.json_schema import json_schema_text
from tests.commanding import say
from tests.declaring import DEPLOYER, TENANT, write_certificate, write_environment

if TYPE_CHECKING:
    from pathlib import Path

_IDS = ("--tenant-id", TENANT, "--deployer", DEPLOYER.upper())


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return where the environments' folder will be."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ISE_INTUNE_ENVIRONMENTS", "environments")
    return tmp_path / "environments"


def test_without_options_it_lists_what_is_left_and_check_lists_the_same(
    capsys: pytest.CaptureFixture[str], folder: Path
) -> None:
    said = say(capsys, "new", "production", "--state", "azurerm")
    assert (said.code, said.out) == (0, "")
    first, *left, last = said.err.splitlines()
    assert (first, last) == ("environments/production.yaml: written", "then: ise-intune check production")
    assert [line.split(": ")[2] for line in left] == [
        "tenant_id",
        "deployer",
        "certificates.psn-01",
        "state.storage_account_name",
        "state.container_name",
    ]
    checked = say(capsys, "check", "production")
    assert checked.code == 1
    assert [line.removeprefix("error: ") for line in checked.out.splitlines()] == [
        line.removeprefix("to do: ") for line in left
    ]
    assert folder.joinpath("production.yaml").is_file()


def test_filled_in_check_passes(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    say(capsys, "new", "production", "--state", "azurerm")
    path = folder / "production.yaml"
    text = path.read_text(encoding="utf-8")
    text = text.replace("tenant_id: 00000000-0000-0000-0000-000000000000", f"tenant_id: {TENANT}")
    text = text.replace("deployer: 00000000-0000-0000-0000-000000000000", f"deployer: {DEPLOYER}")
    text = text.replace("storage_account_name: fill-in", "storage_account_name: tfstate")
    path.write_text(text.replace("container_name: fill-in", "container_name: ise-intune"), encoding="utf-8")
    write_certificate(folder, "certificates/production-psn-01.pem")
    assert say(capsys, "check").code == 0


def test_with_options_nothing_is_left(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    write_certificate(folder, "certificates/psn-01.pem")
    write_certificate(folder, "certificates/psn-02.pem")
    said = say(
        capsys, "new", "lab", *_IDS, "--cloud", "china", "--display-name", "no", "--profile", "article-2016",
        "--admin-consent", "terraform", "--release", "3.2", "--patch", "5", "--ise-api", "https://pan.example.net",
        "--certificate", "psn-01=certificates/psn-01.pem", "--certificate", "psn-02=certificates/psn-02.pem",
        "--state", "azurerm", "--state-setting", "storage_account_name=tfstate",
        "--state-setting", "container_name=ise", "--state-setting", "use_oidc=true",
    )  # fmt: skip
    assert said.err.splitlines() == ["environments/lab.yaml: written", "next: ise-intune check lab"]
    declaration = read_environment(folder / "lab.yaml")
    assert (declaration.cloud.name, declaration.deployer) == ("china", DEPLOYER)
    assert declaration.settings.application.display_name == "no"
    assert str(declaration.terms.ise) == "3.2 patch 5"
    assert [entry.name for entry in declaration.certificates] == ["psn-01", "psn-02"]
    assert declaration.state.model_dump(exclude_defaults=True)["use_oidc"] is True


def test_the_schema_that_the_file_names_stands_beside_it(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    say(capsys, "new", "lab")
    assert (folder / "environment.schema.json").read_text(encoding="utf-8") == json_schema_text()


def test_a_second_run_touches_nothing(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    say(capsys, "new", "lab")
    before = (folder / "lab.yaml").read_bytes()
    said = say(capsys, "new", "lab", *_IDS)
    assert said.code == 1
    assert said.err == "error: environments/lab.yaml: exists already; edit it, or choose another name\n"
    assert (folder / "lab.yaml").read_bytes() == before


_NAME_RULE = "cannot name an environment; begin with a small letter; then small letters, digits and hyphens, 40 at most"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["../x"], f"error: ../x: {_NAME_RULE}"),
        (["a/b"], f"error: a/b: {_NAME_RULE}"),
        (["Lab"], f"error: Lab: {_NAME_RULE}"),
        (["lab.yaml"], f"error: lab.yaml: {_NAME_RULE}"),
        (["a" * 41], f"error: {'a' * 41}: {_NAME_RULE}"),
        (["lab\n"], f"error: lab\\n: {_NAME_RULE}"),
        ([""], f"error: : {_NAME_RULE}"),
        (["lab", "--tenant-id", "contoso"], ("error: invalid value for '--tenant-id': is not a GUID; copy the id from "
         "the portal; `ise-intune new --help` says more")),
        (["lab", "--display-name", "a\x1b"], ("error: --display-name: holds control or invisible characters; "
         "type the text anew")),
        (["lab", "--release", "3"], ("error: invalid value for '--release': '3' is not a release such as 3.3; "
         "`ise-intune new --help` says more")),
        (["lab", "--release", "3.1"],
         ("error: ISE 3.1: cannot work with Intune: it asks Azure AD Graph, which Microsoft has "
         "retired (support ended on 30 June 2023); install patch 8 or later of ISE 3.1")),
        (["lab", "--certificate", "psn-01"], ("error: invalid value for '--certificate': 'psn-01' is not of the form "
         "ENTRY=PATH; `ise-intune new --help` says more")),
        (["lab", "--certificate", "a: b=c"], ("error: invalid value for '--certificate': 'a: b=c' is not of the form "
         "ENTRY=PATH; `ise-intune new --help` says more")),
        (["constructor"], ("error: constructor: cannot name an environment; choose another name: `constructor` is a "
         "word of CDKTF's own")),
        (["lab", "--state", "azurerm", "--state-setting", "access_key=hunter2"],
         ("error: --state-setting: state.access_key: is a secret or belongs to one, and no file here holds any; take "
          "it out, change it if it was pushed, and set ARM_ACCESS_KEY in the pipeline's environment")),
        (["lab", "--state-setting", "access_key:hunter2"], ("error: invalid value for '--state-setting': is not of the "
         "form KEY=VALUE; `ise-intune new --help` says more")),
        (["lab", "--state-setting", "foo=bar"],
         "error: --state-setting: state.foo: is not a known key; use one of `backend`, `path`"),
        (["lab", "--certificate", "psn-01=../../etc/passwd"], ("error: --certificate: certificates.psn-01: "
         "../../etc/passwd: is not a path below the environments' folder; put the file below that folder and write "
         "its path with / from there")),
        (["lab", "--ise-api", "https://admin:hunter2@pan"], ("error: --ise-api: ise.api: the text is not the address "
         "of a server; write https:// and a host, with a port if need be: no user name, path or query")),
        (["lab", "--tenant-id", TENANT, "--deployer", TENANT], ("error: --deployer: deployer: is the tenant's id; "
         "write the object id of the pipeline's service principal (Enterprise applications > Object ID)")),
        (["lab", "--certificate", "a=b", "--certificate", "a=c"], ("error: invalid value for '--certificate': gives a "
         "twice; `ise-intune new --help` says more")),
    ],
    ids=str,
)  # fmt: skip
def test_what_could_not_be_a_sound_file_is_not_written(
    capsys: pytest.CaptureFixture[str], folder: Path, arguments: list[str], message: str
) -> None:
    said = say(capsys, "new", *arguments)
    assert (said.code, said.err) == (1, f"{message}\n")
    assert "hunter2" not in said.err, "a secret is never repeated"
    assert not folder.exists()


def test_all_options_are_judged_at_once_and_the_retry_works(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    wrong = ("--state", "azurerm", "--state-setting", "container_name=X", "--state-setting", "sas_token=hunter2")
    said = say(capsys, "new", "lab", *wrong, "--certificate", "psn-01=/etc/passwd")
    assert [line.split(": ")[2] for line in said.err.splitlines()[:-1]] == [
        "certificates.psn-01",
        "state.container_name",
        "state.sas_token",
    ]
    assert say(capsys, "new", "lab", "--state", "azurerm", "--state-setting", "container_name=xyz").code == 0
    assert (folder / "lab.yaml").is_file()


def test_what_another_environment_has_already_is_refused(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    write_environment(folder, "demo", state={"backend": "local"})
    said = say(capsys, "new", "lab", "--state-setting", "path=state/demo.tfstate")
    assert said.err.startswith("error: --state-setting: state: is the state of another environment too")
    said = say(capsys, "new", "lab", "--tenant-id", TENANT, "--display-name", "cisco ise")
    assert said.err.startswith("error: --display-name: application.display_name: is the display name of another")
    assert not (folder / "lab.yaml").exists()


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        (".venv/bin/ise-intune", ".venv/bin/ise-intune"),
        ("a b/ise-intune.exe", "'a b/ise-intune.exe'"),
        ("ise-intune", "ise-intune"),
        ("/project/cli/__main__.py", "python -m cli"),
        ("/usr/bin/pytest", "ise-intune"),
    ],
)
def test_the_command_to_type_next_is_the_one_that_was_typed(
    monkeypatch: pytest.MonkeyPatch, typed: str, shown: str
) -> None:
    monkeypatch.setattr("sys.argv", [typed])
    assert called() == shown


def test_a_folder_that_cannot_be_written_to(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    folder.write_text("a file", encoding="utf-8")
    said = say(capsys, "new", "lab")
    assert said.code == 1
    assert said.err.startswith("error: environments/lab.yaml: ")
    assert "Traceback" not in said.err


def test_a_link_in_its_place_is_not_followed(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    folder.mkdir()
    (folder / "lab.yaml").symlink_to(folder.parent / "elsewhere")
    assert say(capsys, "new", "lab").code == 1
    assert not (folder.parent / "elsewhere").exists()
