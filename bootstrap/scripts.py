"""The commands that set-up itself puts into the environment's `bin` folder."""

from __future__ import annotations

import os
import shlex
from typing import TYPE_CHECKING

from bootstrap.environment import tool_variables

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from bootstrap.layout import Layout

# The kernel reads this much of a first line (Linux 127 bytes, less the `#!`), and no blank in the interpreter's path.
LONGEST_SHEBANG = 125


def python_script(python: Path, module: str) -> str:
    """Return a command that calls `main` of the module.

    What pip generates for an entry point does the same but, up to pip 25, imports `re` first: half as long again
    as Python's own start.
    """
    return f"{shebang(str(python))}\nimport sys\n\nfrom {module} import main\n\nsys.exit(main())\n"


def shebang(python: str) -> str:
    """Return first lines that start this Python, by way of the shell where the kernel could not.

    Between the quotes Python sees a string, the shell a command: the form that pip uses as well.
    """
    if " " not in python and len(os.fsencode(python)) <= LONGEST_SHEBANG:
        return f"#!{python}"
    return f"#!/bin/sh\n'''exec' {shlex.quote(python)} \"$0\" \"$@\"\n' '''"


def shell_script(variables: Mapping[str, str], path: Path, command: list[str]) -> str:
    """Return a command that runs another under these variables, with one folder in front on PATH."""
    exports = [f"export {name}={shlex.quote(value)}" for name, value in sorted(variables.items())]
    exports.append(f'export PATH={shlex.quote(str(path))}:"$PATH"')
    return "\n".join(["#!/bin/sh", *exports, f'exec {shlex.join(command)} "$@"', ""])


def commands(layout: Layout, *, terraform_from_wheel: bool) -> dict[str, str]:
    """Return the text of each command by its name."""
    cdktf = [str(layout.python), "-I", "-m", "bootstrap.cdktf_command", str(layout.node), str(layout.cdktf)]
    texts = {
        "ise-intune": python_script(layout.python, "cli.main"),
        "cdktf": shell_script(tool_variables(layout), layout.scripts, cdktf),
    }
    if terraform_from_wheel:
        texts["terraform"] = python_script(layout.python, "bootstrap.terraform_wheel")
    return texts


def install(layout: Layout, texts: Mapping[str, str]) -> None:
    """Put the commands into the environment, and Node itself where its wheel has a Python program in front of it."""
    for name, text in texts.items():
        fresh = _beside(layout.scripts / name)
        fresh.write_text(text, encoding="utf-8")
        fresh.chmod(0o755)
        fresh.replace(layout.scripts / name)
    fresh = _beside(layout.scripts / "node")
    fresh.symlink_to(os.path.relpath(layout.node, layout.scripts))
    fresh.replace(layout.scripts / "node")
    if "terraform" not in texts:
        # A Terraform that was put on PATH since is what the person wants.
        (layout.scripts / "terraform").unlink(missing_ok=True)


def _beside(script: Path) -> Path:
    """Return where to make a command before it is moved into place in one motion: somebody may be about to run it."""
    fresh = script.with_name(script.name + ".new")
    fresh.unlink(missing_ok=True)
    return fresh
