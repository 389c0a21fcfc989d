"""Terraform as a process, run in the folder of a synthesized stack."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from helpers.errors import ServiceError, SetupError

_TIMEOUT_SECONDS = 120
_DEPLOY = "run `cdktf deploy`, or give --outputs FILE"


def stack_folder(root: Path, name: str) -> Path:
    """Return where cdktf writes and runs a stack: below CDKTF_OUTDIR where that is set, else `cdktf.out`."""
    return Path(os.environ.get("CDKTF_OUTDIR") or root / "cdktf.out") / "stacks" / name


def is_synthesized(folder: Path) -> bool:
    """Say whether cdktf wrote a stack into this folder."""
    return (folder / "cdk.tf.json").is_file()


def output_json(folder: Path, *, elsewhere: str = "") -> str:
    """Return what `terraform output -json` says of the stack in `folder`; `elsewhere` is said where there is none.

    Raises `SetupError` without Terraform or without such a stack, `ServiceError` with Terraform's own words.
    """
    if not is_synthesized(folder):
        shown = folder.relative_to(Path.cwd()) if folder.is_relative_to(Path.cwd()) else folder
        raise SetupError(f"{shown}: no such stack has been synthesized here; {elsewhere or _DEPLOY}")
    return _run(folder, "output", "-json", "-no-color")


def _run(folder: Path, *arguments: str) -> str:
    binary = os.environ.get("TERRAFORM_BINARY_NAME") or "terraform"
    if shutil.which(binary) is None:
        raise SetupError(f"{binary}: not found; `make setup` installs Terraform, or give --outputs FILE")
    try:
        done = subprocess.run(
            [binary, *arguments], cwd=folder, capture_output=True, text=True, timeout=_TIMEOUT_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        raise ServiceError(
            "terraform", f"gave no answer in {_TIMEOUT_SECONDS} s", "is the state's backend reachable?"
        ) from None
    if done.returncode:
        first = next((line for line in done.stderr.splitlines() if "Error" in line), done.stderr.strip()[:200])
        cause = f"`terraform {arguments[0]}` failed: {first.strip(' │╷')}"
        raise ServiceError("terraform", cause, "run `cdktf deploy` here first, or give --outputs FILE")
    return done.stdout
