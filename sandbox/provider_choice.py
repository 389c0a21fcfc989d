"""Which azuread provider runs in the sandbox: decided before entering it, with the user's network, and said aloud."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from helpers.errors import InputError, SetupError
from sandbox.folder import write_private
from sandbox.provider.mirror import VERSION, install_mirror, target

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sandbox.folder import SandboxFolder

Choice = Literal["auto", "mirror", "registry", "stand-in"]
CHOICES: tuple[Choice, ...] = ("auto", "mirror", "registry", "stand-in")
MIRROR_VARIABLE = "AZUREAD_PROVIDER_MIRROR"

_SOURCE = "registry.terraform.io/hashicorp/azuread"
_CONFIGURATION = {"terraform": {"required_providers": {"azuread": {"source": _SOURCE, "version": VERSION}}}}

# The registry is asked this long; what it then sends may take longer.
_REGISTRY_SECONDS = "5"
_DOWNLOAD_SECONDS = 300
# A registry that could not be had is not asked again for so long.
_UNAVAILABLE_SECONDS = 6 * 3600


@dataclass(frozen=True)
class Provider:
    """The provider that runs. `mirror` is a filesystem mirror that holds it; `said` tells a person, in one line."""

    kind: Literal["mirror", "registry", "stand-in"]
    mirror: Path
    said: str

    @property
    def label(self) -> str:
        """A short name for its files: two mirrors have two."""
        return f"{self.kind}-{zlib.crc32(os.fsencode(self.mirror)):08x}"


@dataclass(frozen=True)
class Surroundings:
    """What the choice depends on. `cache` is the project's folder for providers; `say` talks to the person."""

    environment: Mapping[str, str]
    terraform: Path | None
    cache: Path
    folder: SandboxFolder
    say: Callable[[str], None]


def choose(choice: Choice, around: Surroundings) -> Provider:
    """Decide on the provider.

    Raises:
        InputError: the mirror that is named is none, or not of this platform.
        SetupError: what was asked for by name cannot be had.
    """
    mirror = around.environment.get(MIRROR_VARIABLE)
    if choice == "mirror" or (choice == "auto" and mirror):
        return _mirror(mirror)
    if choice == "registry":
        return _cached(around) or _from_registry(around)
    if choice == "stand-in":
        return _stand_in(around, "as asked")
    return _cached(around) or _automatic(around)


def cli_configuration(provider: Provider, folder: SandboxFolder) -> Path:
    """Return a Terraform CLI configuration that knows the provider's mirror and no other place."""
    mirror = json.dumps(str(provider.mirror), ensure_ascii=False)
    installation = f"provider_installation {{\n  filesystem_mirror {{\n    path = {mirror}\n  }}\n}}\n"
    content = f"disable_checkpoint = true\n{installation}"
    path = folder.path / f"{provider.label}.tfrc"
    write_private(path, content)
    return path


def _automatic(around: Surroundings) -> Provider:
    reason = _reason_not_to_ask(around)
    if reason:
        return _stand_in(around, reason)
    try:
        return _from_registry(around)
    except SetupError:
        write_private(_unavailable(around), "the Terraform registry could not be had\n")
        return _stand_in(around, "the Terraform registry could not be had")


def _mirror(stated: str | None) -> Provider:
    if not stated:
        raise InputError("--provider mirror", f"{MIRROR_VARIABLE} is not set", "set it to a filesystem mirror's folder")
    _refuse_where_go_trusts_nothing()
    mirror = Path(stated).expanduser().absolute()
    place = mirror / _SOURCE
    packed = place / f"terraform-provider-azuread_{VERSION}_{target()}.zip"
    if not packed.is_file() and not _holds_program(place / VERSION / target()):
        cause = f"holds no hashicorp/azuread {VERSION} for {target()}"
        raise InputError(f"{MIRROR_VARIABLE}={stated}", cause, f"there should be {place / VERSION / target()}")
    return Provider("mirror", mirror, f"azuread provider: hashicorp/azuread {VERSION} of the mirror {mirror}")


def _cached(around: Surroundings) -> Provider | None:
    if sys.platform != "linux" or not _holds_program(around.cache / _SOURCE / VERSION / target()):
        return None
    said = f"azuread provider: hashicorp/azuread {VERSION} of the Terraform registry"
    return Provider("registry", around.cache.absolute(), said)


def _stand_in(around: Surroundings, reason: str) -> Provider:
    said = f"azuread provider: this project's stand-in, which proves nothing about the real one ({reason})"
    return Provider("stand-in", install_mirror(around.folder.path / "stand-in"), said)


def _reason_not_to_ask(around: Surroundings) -> str:
    """Say why the registry is not asked; empty where it is."""
    if sys.platform != "linux":
        return "the real one trusts the sandbox's certificates on Linux only"
    if around.terraform is None:
        return "there is no Terraform to ask the registry with"
    if _is_nested(around):
        return "the registry cannot be asked from inside a sandbox"
    note = _unavailable(around)
    age = time.time() - note.stat().st_mtime if note.exists() else _UNAVAILABLE_SECONDS
    if 0 <= age < _UNAVAILABLE_SECONDS:
        return f"the registry could not be had {int(age // 60)} minutes ago; `--provider registry` asks again"
    return ""


def _from_registry(around: Surroundings) -> Provider:
    """Let the user's own Terraform get the provider, by whatever their configuration of it says."""
    _refuse_where_go_trusts_nothing()
    if around.terraform is None:
        raise SetupError("no Terraform was found on PATH; install 1.6 or later, or use --provider stand-in")
    if _is_nested(around):
        # What Terraform would get in here may be the stand-in.
        raise SetupError("the registry cannot be asked from inside a sandbox; ask for it outside")
    around.say(f"asking the Terraform registry for hashicorp/azuread {VERSION} …")
    around.cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=around.cache, prefix="fetching-") as scratch:
        _initialise(around.terraform, Path(scratch), around.environment)
        _keep(Path(scratch, ".terraform", "providers") / _SOURCE / VERSION, around.cache / _SOURCE / VERSION)
    _unavailable(around).unlink(missing_ok=True)
    provider = _cached(around)
    if provider is None:
        raise SetupError(f"Terraform got hashicorp/azuread {VERSION}, but not for {target()}")
    return provider


def _initialise(terraform: Path, scratch: Path, environment: Mapping[str, str]) -> None:
    (scratch / "main.tf.json").write_text(json.dumps(_CONFIGURATION), encoding="utf-8")
    # The user's configuration of Terraform counts, what they set for one folder or one command does not.
    own = {
        name: value
        for name, value in environment.items()
        if not name.startswith(("TF_CLI_ARGS", "TF_DATA_DIR", "TF_WORKSPACE"))
    }
    patience = {"TF_REGISTRY_CLIENT_TIMEOUT": _REGISTRY_SECONDS, "TF_REGISTRY_DISCOVERY_RETRY": "0"}
    try:
        done = subprocess.run(
            [terraform, "init", "-backend=false", "-input=false", "-no-color"],
            cwd=scratch,
            env={**own, **patience, "CHECKPOINT_DISABLE": "1", "TF_IN_AUTOMATION": "1"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_DOWNLOAD_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise SetupError(f"{terraform}: could not get hashicorp/azuread {VERSION} ({type(error).__name__})") from error
    if done.returncode:
        # What stands before the error are warnings, about the user's configuration for one.
        said = " ".join(done.stderr.decode(errors="replace").rpartition("Error: ")[2].split())
        raise SetupError(f"Terraform could not get hashicorp/azuread {VERSION}: {said[:400]}")


def _keep(fetched: Path, kept: Path) -> None:
    # Terraform may have linked to a cache of the user's, which is theirs to clean.
    if kept.exists():
        shutil.rmtree(kept)
    kept.parent.mkdir(parents=True, exist_ok=True)
    copied = Path(tempfile.mkdtemp(dir=kept.parent, prefix=".copying-"))
    shutil.copytree(fetched, copied, dirs_exist_ok=True)
    copied.rename(kept)


def _holds_program(place: Path) -> bool:
    return any(os.access(program, os.X_OK) for program in place.glob("terraform-provider-azuread*"))


def _unavailable(around: Surroundings) -> Path:
    return around.cache / "registry-unavailable"


def _is_nested(around: Surroundings) -> bool:
    return "ISE_INTUNE_SANDBOX_PROVIDER" in around.environment


def _refuse_where_go_trusts_nothing() -> None:
    if sys.platform != "linux":
        problem = "the real azuread provider trusts the sandbox's certificates on Linux only"
        raise SetupError(f"{problem} (Go reads SSL_CERT_FILE there alone); use --provider stand-in")
