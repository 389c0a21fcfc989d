"""`ise-intune sandbox portal`: which application is meant, who makes the change, and what is said of it."""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING

import pytest

from helpers.errors import InputError
from sandbox.control import Control
from sandbox.folder import open_folder
from sandbox.identities import READER, TENANTS
from sandbox.orders import Order
from sandbox.portal import CHANGES, OPTIONS
from sandbox.store import Store
from sandbox.world import World
from tests.commanding import say
from tests.declaring import declare
from tests.deployments import deployed
from tests.sandboxes import served

if TYPE_CHECKING:
    from pathlib import Path

    from sandbox.folder import SandboxFolder
    from tests.commanding import Said
    from tests.deployments import Deployment

CONTOSO, FABRIKAM = TENANTS[0], TENANTS[1]


class Outside:
    """The command line before a sandbox's folder."""

    def __init__(self, folder: SandboxFolder, environments: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self.environments = environments
        self._capsys = capsys

    def portal(self, *arguments: str) -> Said:
        """Run one change."""
        return say(self._capsys, "sandbox", "portal", *arguments, "--folder", str(self.folder.path))

    def secrets(self, tenant_id: str, client_id: str) -> int:
        """Return how many secrets an application has, by the file."""
        with contextlib.closing(Store(self.folder.store)) as store:
            (application,) = store.where(tenant_id, "application", "appId", client_id)
            return len(application["passwordCredentials"])


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> SandboxFolder:
    """A sandbox in which there are applications already; no server is up."""
    with served(tmp_path_factory.mktemp("cli") / "one") as (folder, _):
        return folder


@pytest.fixture
def outside(
    filled: SandboxFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Outside:
    monkeypatch.setenv("ISE_INTUNE_ENVIRONMENTS", str(tmp_path))
    return Outside(filled, tmp_path, capsys)


def deploy(outside: Outside, name: str, *, state: bool, display_name: str) -> Deployment:
    """Put an application where a deploy of an environment puts it, with or without Terraform's state of it."""
    declaration = declare(outside.environments, name, tenant_id=FABRIKAM.id, application={"display_name": display_name})
    with contextlib.closing(Store(outside.folder.store)) as store:
        done = deployed(World(outside.folder.path, store), declaration)
    if state:
        path = outside.folder.path / "state" / f"{name}.tfstate"
        path.parent.mkdir(exist_ok=True)
        outputs = {key: {"value": value, "type": "dynamic"} for key, value in done.outputs.items()}
        path.write_text(json.dumps({"version": 4, "outputs": outputs}))
    return done


def test_the_list_has_every_change_with_its_kind(capsys: pytest.CaptureFixture[str]) -> None:
    said = say(capsys, "sandbox", "portal", "list")
    rows = [line.split(maxsplit=2) for line in said.out.splitlines()[1:]]
    kinds = {True: "harmful", False: "harmless"}
    assert rows == [[change.name, kinds[change.harmful], change.does] for change in CHANGES]


def test_the_application_is_named_by_client_id_and_tenant(outside: Outside) -> None:
    before = outside.secrets(CONTOSO.id, READER.client_id)
    said = outside.portal("add-secret", "--app", READER.client_id, "--tenant", "contoso")
    assert (said.code, said.out.splitlines()) == (
        0,
        [
            "add-secret: adds a client secret to the application",
            f"application: reader ({READER.client_id}) in Contoso",
            'left in the audit log: "Update application – Certificates and secrets management ", "Update application"',
        ],
    )
    assert outside.secrets(CONTOSO.id, READER.client_id) == before + 1


def test_of_a_change_that_is_nobodys_nothing_is_left_in_the_log(outside: Outside) -> None:
    said = outside.portal("change-publisher-domain", "reader", "--tenant", "contoso")
    assert said.out.endswith("left in the audit log: nothing\n")


def test_a_sandbox_that_is_up_makes_the_change_itself(outside: Outside) -> None:
    with served(outside.folder.path):
        said = outside.portal("add-secret", "reader", "--tenant", "contoso", "--name", "by hand")
    assert (said.code, said.out.splitlines()[1]) == (0, f"application: reader ({READER.client_id}) in Contoso")


def test_a_sandbox_that_is_up_refuses_in_the_same_words(outside: Outside) -> None:
    arguments = ("remove-certificate", "reader", "--tenant", "contoso")
    alone = outside.portal(*arguments)
    with served(outside.folder.path) as (folder, _):
        joined = outside.portal(*arguments)
        with Control(folder) as control, pytest.raises(InputError, match="nothing: is no change"):
            control.carry_out(Order("nothing", "reader"))
    assert (joined.code, joined.err) == (alone.code, alone.err)
    assert alone.err.startswith(f"error: {READER.client_id}: has no certificate; name one with --key-id")


@pytest.mark.parametrize("state", [True, False], ids=["by its outputs", "by its file"])
def test_an_environment_is_found(outside: Outside, *, state: bool) -> None:
    done = deploy(outside, f"found-{state}".lower(), state=state, display_name=f"Cisco ISE {state}")
    said = outside.portal("add-secret", done.declaration.name)
    assert said.out.splitlines()[1] == f"application: Cisco ISE {state} ({done.client_id}) in Fabrikam"


def test_an_environment_that_was_renamed_and_deleted_is_still_found_by_its_outputs(outside: Outside) -> None:
    done = deploy(outside, "elusive", state=True, display_name="Cisco ISE, elusive")
    for change in ("rename", "delete-application", "restore-application"):
        assert outside.portal(change, "elusive").code == 0
    assert outside.portal("add-secret", "elusive").out.splitlines()[1].startswith("application: Renamed in the portal")
    assert outside.secrets(FABRIKAM.id, done.client_id) == 1


def test_an_option_of_the_change_is_the_command_lines(outside: Outside) -> None:
    done = deploy(outside, "optional", state=True, display_name="Cisco ISE, optional")
    assert outside.portal("rename", "optional", "--to", "Something else").code == 0
    with contextlib.closing(Store(outside.folder.store)) as store:
        (application,) = store.where(FABRIKAM.id, "application", "appId", done.client_id)
    assert application["displayName"] == "Something else"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("add-secret", "reader"), "reader: is more than one application: "),
        (("add-secret", "nobody"), "nobody: is no application here; name one with --app; there are: "),
        (("add-secret", "reader", "--tenant", "acme"), "--tenant: the sandbox has no tenant 'acme'"),
        (("add-secret",), "name an environment, or an application with --app"),
        (("add-secret", "reader", "--app", "x"), "name an environment, or an application with --app"),
        (("add-secrte", "reader"), "there is no change 'add-secrte'; did you mean `add-secret`"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_what_cannot_be_found_is_said(outside: Outside, arguments: tuple[str, ...], said: str) -> None:
    done = outside.portal(*arguments)
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith(f"error: {said}")


def test_there_must_be_a_sandbox(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = say(capsys, "sandbox", "portal", "rename", "x", "--folder", str(tmp_path / "none"))
    assert (said.code, "there is no sandbox" in said.err) == (1, True)


def test_an_order_of_another_form_is_refused(outside: Outside) -> None:
    folder = open_folder(outside.folder.path)
    with served(folder.path), Control(folder) as control, pytest.raises(InputError, match="order: is not of its form"):
        control.carry_out(Order("rename", "reader", None, {"to": 7}))  # type: ignore[dict-item]


def test_every_option_of_every_change_is_explained() -> None:
    assert {name for change in CHANGES for name in change.options} == set(OPTIONS)
