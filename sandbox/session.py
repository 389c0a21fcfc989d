"""Being inside a sandbox: served by us or by another, with programs, a provider and a sign-in."""

from __future__ import annotations

import contextlib
import json
import os
import shlex
import shutil
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from helpers.clouds import CLOUDS
from helpers.errors import InputError, SetupError
from sandbox.before_terraform import is_on_loopback
from sandbox.endpoint import is_served, joined
from sandbox.environment import Programs, SignIn, inside
from sandbox.folder import write_private
from sandbox.identities import PIPELINES, TENANTS
from sandbox.ise.accounts import ADMINISTRATOR, accounts
from sandbox.provider_choice import Surroundings, choose, cli_configuration

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from sandbox.endpoint import Endpoint
    from sandbox.folder import SandboxFolder
    from sandbox.identities import SandboxTenant
    from sandbox.provider_choice import Choice

POSTGRESQL_VARIABLE = "ISE_INTUNE_SANDBOX_PG_CONN_STR"

_START_SECONDS = 30.0
_WAITING = "waiting for what still runs in this sandbox, Terraform or who joined; Ctrl-C leaves it without the sandbox"


@dataclass(frozen=True)
class Wishes:
    """What the command line asks for: names as they were typed."""

    provider: Choice
    pipeline: str
    tenant: str
    declared_state: bool = False


@contextlib.contextmanager
def entered(
    folder: SandboxFolder, wishes: Wishes, *, cache: Path, say: Callable[[str], None]
) -> Iterator[dict[str, str]]:
    """Give the environment of a command inside the sandbox, which is served while the context lasts.

    Raises:
        InputError, SetupError: something wished for cannot be had, or something is in the way.
    """
    # First what can be wrong with the wishes, and what needs the user's own network.
    find_tenant(wishes.tenant)
    chosen = programs(folder, wishes, cache=cache, say=say)
    with server_of(folder, say=say) as endpoint:
        yield inside(os.environ, folder=folder, endpoint=endpoint, sign_in=sign_in(folder, wishes), programs=chosen)


@contextlib.contextmanager
def server_of(folder: SandboxFolder, *, say: Callable[[str], None]) -> Iterator[Endpoint]:
    """Join the folder's server, or be it while the context lasts.

    Raises:
        SetupError: a server is there and does not answer, or could not be started.
    """
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        with joined(folder) as endpoint:
            if endpoint is not None:
                yield endpoint
                return
        if not is_served(folder):
            # Imported here: who joins a server loads none of it.
            from sandbox.serving import serving

            with serving(folder, on_waiting=lambda: say(_WAITING)) as server:
                yield server.endpoint
                return
        # Another command is about to serve, or about to stop.
        time.sleep(0.05)
    raise SetupError(f"{folder.path}: the process that serves this sandbox does not say where; end it and try again")


def programs(folder: SandboxFolder, wishes: Wishes, *, cache: Path, say: Callable[[str], None]) -> Programs:
    """Choose the provider, say which, and put `terraform` before the real one.

    Raises:
        InputError, SetupError: see `provider_choice.choose`.
    """
    postgresql = _postgresql(os.environ) if wishes.declared_state else ""
    terraform = real_terraform(os.environ)
    around = Surroundings(environment=os.environ, terraform=terraform, cache=cache, folder=folder, say=say)
    provider = choose(wishes.provider, around)
    # Even to who asked for quiet: what a deploy proves depends on it.
    print(provider.said, file=sys.stderr, flush=True)  # noqa: T201
    script = Path(__file__).with_name("before_terraform.py")
    # -I and -S: nothing of the caller's is loaded, and it starts in a tenth of the time.
    line = shlex.join([sys.executable, "-I", "-S", str(script)])
    write_private(folder.programs / "terraform", f'#!/bin/sh\nexec {line} "$@"\n', mode=0o700)
    return Programs(
        terraform=terraform,
        provider=provider.label,
        cli_config=cli_configuration(provider, folder),
        declared_state=wishes.declared_state,
        postgresql=postgresql,
    )


def _postgresql(environment: Mapping[str, str]) -> str:
    """Return the address of the PostgreSQL that is meant for sandboxes; empty where none is.

    Its variable is not Terraform's own: that one may name the database of a real deployment.

    Raises:
        InputError: it is not on this machine. What was set is not repeated: it holds a password.
    """
    address = environment.get(POSTGRESQL_VARIABLE, "")
    if address and not is_on_loopback(address):
        remedy = "write postgres://USER:PASSWORD@127.0.0.1:PORT/DATABASE?sslmode=disable"
        raise InputError(POSTGRESQL_VARIABLE, "names no PostgreSQL on loopback, where a sandbox stays", remedy)
    return address


def real_terraform(environment: Mapping[str, str]) -> Path | None:
    """Return the Terraform that the user's environment means, even from inside a sandbox."""
    outer = environment.get("ISE_INTUNE_SANDBOX_TERRAFORM")
    if outer:
        return Path(outer)
    # Set-up puts one into the project's environment only where that on PATH will not do.
    path = os.pathsep.join([str(Path(sys.prefix) / "bin"), environment.get("PATH", os.defpath)])
    found = shutil.which(environment.get("TERRAFORM_BINARY_NAME") or "terraform", path=path)
    return Path(found).absolute() if found else None


def sign_in(folder: SandboxFolder, wishes: Wishes) -> SignIn:
    """Return how the wished pipeline signs in at the wished tenant, as the running server's world knows it.

    Raises:
        InputError: there is no such tenant.
        SetupError: the sandbox is served by an older version, which does not know the pipeline.
    """
    pipeline = next(known for known in PIPELINES if known.name == wishes.pipeline)
    secrets = json.loads(folder.secrets.read_text(encoding="utf-8"))
    if pipeline.client_id not in secrets:
        problem = f"an older version serves this sandbox, without the {pipeline.name}"
        raise SetupError(f"{folder.path}: {problem}; end the command that serves it and try again")
    tenant = find_tenant(wishes.tenant)
    ise = accounts(folder.path)[ADMINISTRATOR]
    return SignIn(
        pipeline=pipeline,
        tenant_id=tenant.id,
        cloud=CLOUDS[tenant.cloud],
        client_secret=secrets[pipeline.client_id],
        ise_user=ise.username,
        ise_password=ise.password,
    )


def find_tenant(stated: str) -> SandboxTenant:
    """Return a tenant of the sandbox by its id or its name.

    Raises:
        InputError: there is no such tenant.
    """
    for tenant in TENANTS:
        if stated.lower() in {tenant.id, tenant.name.lower()}:
            return tenant
    known = ", ".join(f"{tenant.name} ({tenant.id})" for tenant in TENANTS)
    raise InputError("--tenant", f"the sandbox has no tenant {stated!r}", f"there are: {known}")
