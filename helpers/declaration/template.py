"""The commented environment file that `ise-intune new` writes."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

from helpers.declaration.forms import FILL_IN
from helpers.declaration.writing import block, scalar_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from helpers.declaration.writing import Plain

_TEMPLATE = """\
# yaml-language-server: $schema=environment.schema.json
#
# One Cisco ISE deployment and its application in Entra. The file's name is the stack's name: renaming it later leaves
# a live application behind. `ise-intune check {name}` judges this file. Nothing in this folder is secret.
schema: 1
tenant_id: {tenant_id} # Entra > Overview
cloud: {cloud} # global, usgovernmentl4, usgovernmentl5 or china
deployer: {deployer} # object id of the pipeline's service principal, not its client id
{client_id}
application:
  display_name: {display_name}
  owners:{owners_comment} # object ids of further owners; an owner can add a certificate and so become ISE{owners}
{application}
permissions:
  profile: {profile} # minimal is what every ISE that works today needs
  extra:{extra_comment} # beyond it: {{api, permission, type, reason}}{extra}
  # manual: an administrator opens admin_consent_url once, after the first deploy.
  # terraform: the pipeline grants, and then could grant anything to anyone.
  admin_consent: {admin_consent}

ise:
  release: "{release}" # release and patch as ISE's About page shows them
  patch: {patch}
{ise_api}
# The certificates ISE's nodes sign in with, by the node's name. In ISE: Administration > System > Certificates, the
# node's Admin certificate, Export Certificate Only. `ise-intune certificate show FILE` shows what is in one.
certificates:
{certificates}
{more}
{state}
"""

_ADOPTED = """\
# What was there before this file: the deploy imports it by these ids and makes nothing anew. `ise-intune adopt` wrote
# this. `keeps` is what Entra has beyond what ISE needs; to be rid of one, take it away there and its line away here.
# `unmanaged` are arguments of Terraform's that no deploy touches. The block stays: once imported, it does nothing.
"""

# What each backend cannot do without, and a comment on it. Secrets come from the environment, never from here.
_STATE_COMMENTS: Mapping[str, str] = MappingProxyType(
    {
        "local": "# A file on this machine: for trying things. azurerm, pg, http or remote where others deploy too.",
        "azurerm": "# A blob in an Azure storage account. Sign-in is Entra's: no account key is needed.",
        "pg": "# PostgreSQL. Set PG_CONN_STR in the pipeline's environment.",
        "http": "# An HTTP server such as GitLab's. Set TF_HTTP_USERNAME and TF_HTTP_PASSWORD for the pipeline.",
        "remote": "# HCP Terraform. Set TF_TOKEN_app_terraform_io in the pipeline's environment.",
    }
)
STATE_REQUIRED: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "local": (),
        "azurerm": ("storage_account_name", "container_name"),
        "pg": (),
        "http": ("address", "lock_address", "unlock_address"),
        "remote": ("organization",),
    }
)


@dataclass(frozen=True)
class Found:
    """What goes into the file of an application that is there already: blocks as the file has them.

    `application` are further keys of that block, `certificates` whole entries by name.
    """

    client_id: str
    owners: Sequence[str]
    application: Mapping[str, Plain]
    extra: Sequence[Plain]
    certificates: Mapping[str, Plain]
    adopted: Mapping[str, Plain]
    exceptions: Sequence[Plain] = ()


@dataclass(frozen=True)
class NewEnvironment:
    """What goes into a new file; `certificates` are paths by entry name, `state_settings` stand beside `backend`.

    `found` is there for one that was adopted, and says more of the same.
    """

    name: str
    tenant_id: str
    deployer: str
    display_name: str
    certificates: Mapping[str, str]
    cloud: str = "global"
    profile: str = "minimal"
    admin_consent: str = "manual"
    release: str = "3.3"
    patch: int = 4
    ise_api: str = ""
    backend: str = "local"
    state_settings: Mapping[str, str] = field(default_factory=dict)
    found: Found | None = None


def environment_text(new: NewEnvironment) -> str:
    """Return the text of a new environment file. Every text in it reads back as exactly that text."""
    found = new.found
    owners, extra = (found.owners, found.extra) if found else ((), ())
    return _TEMPLATE.format(
        client_id=f"client_id: {found.client_id} # the application's, as ISE has it\n" if found else "",
        owners_comment="" if owners else " []",
        owners=_list_below(owners, 4),
        application=_lines_of(found.application, 2) if found else "",
        extra_comment="" if extra else " []",
        extra=_list_below(extra, 4),
        more="".join(_more(found)) if found else "",
        name=new.name,
        tenant_id=new.tenant_id,
        cloud=new.cloud,
        deployer=new.deployer,
        display_name=scalar_text(new.display_name),
        profile=new.profile,
        admin_consent=new.admin_consent,
        release=new.release,
        patch=new.patch,
        ise_api=f"  api: {scalar_text(new.ise_api)} # where certificates are fetched from\n" if new.ise_api else "",
        certificates=_lines_of(found.certificates, 2)[:-1] if found else _paths(new.certificates),
        state="\n".join(_state_lines(new)),
    )


def _paths(certificates: Mapping[str, str]) -> str:
    return "\n".join(f"  {scalar_text(entry)}: {scalar_text(path)}" for entry, path in certificates.items())


def _more(found: Found) -> Iterator[str]:
    yield f"\n{_ADOPTED}{_lines_of({'adopted': found.adopted}, 0)}"
    if found.exceptions:
        yield f"\n# Findings that somebody accepts until a day.\n{_lines_of({'exceptions': found.exceptions}, 0)}"


def _lines_of(keys: Mapping[str, Plain], indent: int) -> str:
    return "".join(f"{line}\n" for key, value in keys.items() for line in block(key, value, indent=indent))


def _list_below(values: Sequence[Plain], indent: int) -> str:
    """Return a list's lines below the line that its key is on."""
    return "".join(f"\n{line}" for line in [*block("", values, indent=indent - 2)][1:]) if values else ""


def _state_lines(new: NewEnvironment) -> list[str]:
    settings = {**dict.fromkeys(STATE_REQUIRED[new.backend], FILL_IN), **new.state_settings}
    lines = [f"  {scalar_text(key)}: {_setting(value)}" for key, value in settings.items()]
    return [_STATE_COMMENTS[new.backend], "state:", f"  backend: {new.backend}", *lines]


def _setting(value: str) -> str:
    return value if value in {"true", "false", FILL_IN} else scalar_text(value)
