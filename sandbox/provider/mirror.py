"""The filesystem mirror in which Terraform finds the stand-in, laid out as a mirror of the real provider is."""

from __future__ import annotations

import platform
import shlex
import sys
from pathlib import Path

# The one that cdktf-cdktf-provider-azuread 14.3.1 pins.
VERSION = "3.7.0"
_SOURCE = Path("registry.terraform.io", "hashicorp", "azuread", VERSION)
_ARCHITECTURES = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"}
_ROOT = Path(__file__).resolve().parents[2]

# A shell script rather than a shebang line to Python: those are cut at 127 bytes on some systems and cannot hold a
# space. Python's own start is safe from modules in Terraform's working folder (-P).
_SCRIPT = """\
#!/bin/sh
PYTHONPATH={root} exec {python} -P -m sandbox.provider "$@"
"""


def install_mirror(folder: Path) -> Path:
    """Write the mirror below `folder`, and return `folder` for `provider_installation`'s filesystem_mirror."""
    place = folder / _SOURCE / target()
    place.mkdir(parents=True, exist_ok=True)
    executable = place / f"terraform-provider-azuread_v{VERSION}"
    script = _SCRIPT.format(root=shlex.quote(str(_ROOT)), python=shlex.quote(sys.executable))
    if not executable.is_file() or executable.read_text(encoding="utf-8") != script:
        executable.write_text(script, encoding="utf-8")
    executable.chmod(0o755)
    return folder


def target() -> str:
    """Return Terraform's name of this system and processor, such as linux_amd64."""
    machine = platform.machine().lower()
    return f"{platform.system().lower()}_{_ARCHITECTURES.get(machine, machine)}"
