"""Environment files as a person types them: one sound text, changed where a test cares, and what is said of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from helpers.declaration.environments import read_environment
from helpers.errors import DeclarationErrors
from tests.declaring import write_certificate

if TYPE_CHECKING:
    from pathlib import Path

    from helpers.errors import Mistake

# Its line numbers are part of what tests expect.
SOUND = """\
schema: 1
tenant_id: 11111111-2222-3333-4444-555555555555
cloud: global
deployer: 66666666-7777-8888-9999-000000000000
application:
  display_name: Cisco ISE
  owners: []
permissions:
  profile: minimal
  extra: []
  admin_consent: manual
ise:
  release: "3.3"
  patch: 4
certificates:
  psn-01: certificates/psn-01.pem
state:
  backend: azurerm
  storage_account_name: tfstate
  container_name: ise-intune
"""


GITLAB = "https://git.example/api/v4/projects/7/terraform/state/ise"


def http_state(address: str, *, at: str = "", lock: str = "") -> str:
    """Return the settings of state over HTTP that is locked `at` the same or another address, with `lock` behind it."""
    place = f"{at or address}{lock}"
    return f"backend: http\n  address: {address}\n  lock_address: {place}\n  unlock_address: {place}"


def changed(*replacements: tuple[str, str]) -> str:
    """Return the sound text with parts replaced, each of which must be there once."""
    text = SOUND
    for old, new in replacements:
        assert text.count(old) == 1, f"{old!r} is there {text.count(old)} times"
        text = text.replace(old, new)
    return text


def write_text(folder: Path, text: str | bytes, name: str = "production.yaml") -> Path:
    """Write an environment file, and the certificate that the sound text names."""
    write_certificate(folder, "certificates/psn-01.pem")
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def mistakes_in(folder: Path, text: str | bytes) -> list[Mistake]:
    """Return what is wrong with a text, after checking that every mistake says where, what, and what to do."""
    path = write_text(folder, text)
    with pytest.raises(DeclarationErrors) as raised:
        read_environment(path)
    mistakes = list(raised.value.mistakes)
    for mistake in mistakes:
        assert mistake.file == str(path)
        assert 0 <= mistake.line <= len(path.read_bytes().splitlines()) + 1
        assert mistake.cause
        assert mistake.remedy
        assert str(mistake).isprintable(), "one line, without control characters"
        assert len(str(mistake)) < len(str(path)) + 600
    return mistakes


def said(folder: Path, text: str | bytes) -> list[str]:
    """Return each mistake of a text as `line key: cause; remedy`."""
    return [f"{each.line} {each.key}: {each.cause}; {each.remedy}" for each in mistakes_in(folder, text)]
