"""Which azuread provider runs: what is asked for, what can be had, and what is said."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from helpers.errors import InputError, SetupError
from sandbox.folder import SandboxFolder, open_folder
from sandbox.provider.mirror import VERSION, target
from sandbox.provider_choice import MIRROR_VARIABLE, Surroundings, choose, cli_configuration

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

PLACE = f"registry.terraform.io/hashicorp/azuread/{VERSION}/{target()}"
PROGRAM = f"terraform-provider-azuread_v{VERSION}"

# What Terraform does with the registry there, and what it does without.
REGISTRY_ANSWERS = f"""\
mkdir -p .terraform/providers/{PLACE}
echo real > .terraform/providers/{PLACE}/{PROGRAM}
chmod +x .terraform/providers/{PLACE}/{PROGRAM}
"""
REGISTRY_IS_AWAY = "echo 'Error: could not connect to registry.terraform.io' >&2\nexit 1\n"


@dataclass(frozen=True)
class Machine:
    """A machine with a Terraform of the test's making; each call of it is a line in `calls`."""

    folder: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)

    def terraform(self, script: str) -> Path:
        """Put a Terraform there."""
        path = self.folder / "terraform"
        path.write_text(f'#!/bin/sh\necho "$TF_CLI_CONFIG_FILE $*" >> {self.folder}/calls\n{script}')
        path.chmod(0o755)
        return path

    def around(self, *, terraform: str | None = None, **variables: str) -> Surroundings:
        """Return what a choice depends on."""
        return Surroundings(
            environment={"PATH": os.environ["PATH"], **variables},
            terraform=None if terraform is None else self.terraform(terraform),
            cache=self.folder / "cache",
            folder=self.sandbox,
            say=self.said.append,
        )

    @property
    def sandbox(self) -> SandboxFolder:
        """Its sandbox."""
        return open_folder(self.folder / "sandbox")

    @property
    def calls(self) -> list[str]:
        """How Terraform was called."""
        path = self.folder / "calls"
        return path.read_text().splitlines() if path.exists() else []


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    monkeypatch.setattr("sandbox.provider_choice.sys.platform", "linux")
    return Machine(tmp_path)


def mirror(folder: Path) -> Path:
    place = folder / "mirror" / PLACE
    place.mkdir(parents=True)
    (place / PROGRAM).touch(mode=0o755)
    return folder / "mirror"


def test_a_mirror_that_is_named_is_used_and_nothing_else_is_asked(machine: Machine, tmp_path: Path) -> None:
    named = mirror(tmp_path)
    provider = choose("auto", machine.around(terraform=REGISTRY_ANSWERS, **{MIRROR_VARIABLE: str(named)}))
    assert (provider.kind, provider.mirror) == ("mirror", named)
    assert str(named) in provider.said
    assert machine.calls == []


def test_a_packed_mirror_will_do(machine: Machine, tmp_path: Path) -> None:
    place = tmp_path / "packed" / "registry.terraform.io/hashicorp/azuread"
    place.mkdir(parents=True)
    (place / f"terraform-provider-azuread_{VERSION}_{target()}.zip").touch()
    variables = {MIRROR_VARIABLE: str(tmp_path / "packed")}
    assert choose("mirror", machine.around(**variables)).kind == "mirror"


@pytest.mark.parametrize(
    ("stated", "message"),
    [
        pytest.param("{}/nowhere", rf"holds no hashicorp/azuread {VERSION} for", id="no mirror there"),
        pytest.param("", f"{MIRROR_VARIABLE} is not set", id="none named"),
    ],
)
def test_a_mirror_that_is_none_is_an_error_and_not_passed_over(
    machine: Machine, tmp_path: Path, stated: str, message: str
) -> None:
    variables = {MIRROR_VARIABLE: stated.format(tmp_path)}
    with pytest.raises(InputError, match=message):
        choose("mirror", machine.around(**variables))


def test_the_registry_is_asked_as_the_user_configured_it_and_only_once(machine: Machine) -> None:
    around = machine.around(terraform=REGISTRY_ANSWERS, TF_CLI_CONFIG_FILE="/their/own.tfrc", TF_CLI_ARGS_init="-x")
    provider = choose("auto", around)
    assert (provider.kind, provider.mirror) == ("registry", machine.folder / "cache")
    assert (provider.mirror / PLACE / PROGRAM).read_text() == "real\n"
    assert choose("auto", around).kind == "registry"
    assert machine.calls == ["/their/own.tfrc init -backend=false -input=false -no-color"]
    assert machine.said == [f"asking the Terraform registry for hashicorp/azuread {VERSION} …"]


def test_without_the_registry_the_stand_in_runs_and_the_registry_is_left_alone_for_a_while(machine: Machine) -> None:
    around = machine.around(terraform=REGISTRY_IS_AWAY)
    first, second = choose("auto", around), choose("auto", around)
    assert [first.kind, second.kind] == ["stand-in", "stand-in"]
    assert "could not be had" in first.said
    assert "minutes ago; `--provider registry` asks again" in second.said
    assert len(machine.calls) == 1
    long_ago = time.time() - 7 * 3600
    os.utime(machine.folder / "cache" / "registry-unavailable", (long_ago, long_ago))
    choose("auto", around)
    assert len(machine.calls) == 2


def test_the_registry_asked_for_by_name_is_an_error_where_it_cannot_be_had(machine: Machine) -> None:
    with pytest.raises(SetupError, match=r"could not connect to registry\.terraform\.io"):
        choose("registry", machine.around(terraform=REGISTRY_IS_AWAY))
    with pytest.raises(SetupError, match="no Terraform was found on PATH"):
        choose("registry", machine.around())


def test_the_stand_in_asked_for_by_name_runs_whatever_else_there_is(machine: Machine, tmp_path: Path) -> None:
    variables = {MIRROR_VARIABLE: str(mirror(tmp_path))}
    provider = choose("stand-in", machine.around(terraform=REGISTRY_ANSWERS, **variables))
    assert provider.kind == "stand-in"
    assert os.access(provider.mirror / PLACE / PROGRAM, os.X_OK)
    assert machine.calls == []


def test_from_inside_a_sandbox_the_registry_is_not_asked(machine: Machine) -> None:
    around = machine.around(terraform=REGISTRY_ANSWERS, ISE_INTUNE_SANDBOX_PROVIDER="stand-in-1")
    assert choose("auto", around).kind == "stand-in"
    with pytest.raises(SetupError, match="from inside a sandbox"):
        choose("registry", around)
    assert machine.calls == []


def test_off_linux_the_stand_in_runs(machine: Machine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sandbox.provider_choice.sys.platform", "darwin")
    assert choose("auto", machine.around(terraform=REGISTRY_ANSWERS)).kind == "stand-in"
    with pytest.raises(SetupError, match="on Linux only"):
        choose("mirror", machine.around(**{MIRROR_VARIABLE: str(mirror(tmp_path))}))


def test_terraform_is_told_of_the_mirror_alone(machine: Machine) -> None:
    provider = choose("stand-in", machine.around())
    text = cli_configuration(provider, machine.sandbox).read_text()
    assert f'path = "{provider.mirror}"' in text
    assert "direct" not in text
