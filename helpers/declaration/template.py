"""The commented environment file that `ise-intune new` writes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_TEMPLATE = """\
# yaml-language-server: $schema=environment.schema.json
#
# One Cisco ISE deployment and its application in Entra. The file's name is the stack's name: renaming it later leaves
# a live application behind. `ise-intune check {name}` judges this file. Nothing in this folder is secret.
schema: 1
tenant_id: {tenant_id}
cloud: {cloud} # global, usgovernmentl4, usgovernmentl5 or china
deployer: {deployer} # object id of the pipeline's service principal, not its client id

application:
  display_name: {display_name}
  owners: [] # object ids of further owners; an owner can add a certificate and so become ISE

permissions:
  profile: minimal # what every ISE that works today needs
  extra: [] # beyond it: {{api, permission, type, reason}}
  # manual: an administrator opens admin_consent_url once, after the first deploy.
  # terraform: the pipeline grants, and then could grant anything to anyone.
  admin_consent: {admin_consent}

ise:
  release: "{release}"
  patch: {patch}
{ise_api}
# The certificates ISE's nodes sign in with, by the node's name. In ISE: Administration > System > Certificates, the
# node's Admin certificate, Export Certificate Only. `ise-intune certificate show FILE` shows what is in one.
certificates:
{certificates}

state:
{state}
"""


@dataclass(frozen=True)
class NewEnvironment:
    """What goes into a new file; `certificates` are paths by entry name, `state` the lines of that block."""

    name: str
    tenant_id: str
    deployer: str
    display_name: str
    certificates: Mapping[str, str]
    cloud: str = "global"
    admin_consent: str = "manual"
    release: str = "3.3"
    patch: int = 4
    ise_api: str = ""
    state: Sequence[str] = (
        "  backend: local # for trying things; azurerm, pg, http or remote where more than one person deploys",
    )


def environment_text(new: NewEnvironment) -> str:
    """Return the text of a new environment file."""
    return _TEMPLATE.format(
        name=new.name,
        tenant_id=new.tenant_id,
        cloud=new.cloud,
        deployer=new.deployer,
        display_name=_quoted(new.display_name),
        admin_consent=new.admin_consent,
        release=new.release,
        patch=new.patch,
        ise_api=f"  api: {new.ise_api} # where certificates are fetched from\n" if new.ise_api else "",
        certificates="\n".join(f"  {entry}: {path}" for entry, path in new.certificates.items()),
        state="\n".join(new.state),
    )


def _quoted(text: str) -> str:
    """Return a YAML scalar that is exactly `text`."""
    import json

    plain = text.replace(" ", "").isalnum() and text[0].isalpha()
    return text if plain else json.dumps(text, ensure_ascii=False)
