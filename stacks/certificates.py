"""One resource for each certificate entry, under the entry's name. Rules and why: provider.md §3."""

from __future__ import annotations

from typing import TYPE_CHECKING

from helpers.certificates.certificate import KEY_ENCODING, KEY_TYPE
from stacks.framework import ApplicationCertificate, TerraformResourceLifecycle

if TYPE_CHECKING:
    from helpers.declaration.adopted import Adopted
    from helpers.declaration.declaration import CertificateEntry
    from stacks.framework import TerraformStack

# Entra never gives the bytes back: after an import Terraform knows neither, and would replace the credential.
_NEVER_READ = ["value", "encoding"]


def add_certificate(
    stack: TerraformStack, entry: CertificateEntry, *, application_id: str, adopted: Adopted | None = None
) -> ApplicationCertificate:
    """Let ISE sign in with the entry's certificate. `application_id` is the application's resource id.

    One that was on the `adopted` application already is imported under its key id, and its bytes are left alone.
    """
    certificate, was_there = entry.certificate, entry.adopted is not None
    resource = ApplicationCertificate(
        stack,
        _construct_id(entry.name),
        application_id=application_id,
        # Left out, the provider replaces the certificate on every plan.
        type=KEY_TYPE,
        encoding=KEY_ENCODING,
        value=certificate.pem,
        # Follows from the certificate: a random one would change with each re-creation, and Graph refuses an id that
        # is still there.
        key_id=entry.key_id,
        # Both dates, in UTC, without fraction: another spelling is replaced on every plan, a later end is refused.
        start_date=None if was_there else certificate.start_date,
        end_date=None if was_there else certificate.end_date,
        # Every argument forces replacement; the default order would leave ISE without a credential for 20 seconds.
        lifecycle=TerraformResourceLifecycle(
            create_before_destroy=True, ignore_changes=_NEVER_READ if was_there else None
        ),
    )
    if adopted and was_there:
        resource.import_from(f"{adopted.application}/certificate/{entry.key_id}")
    if entry.formerly:
        # Moved, not made anew: Entra refuses a second credential with the same key id.
        resource.move_from_id(f"{ApplicationCertificate.TF_RESOURCE_TYPE}.{_construct_id(entry.formerly)}")
    return resource


def _construct_id(entry_name: str) -> str:
    """Return the id, and so the address, of an entry's resource."""
    return f"certificate-{entry_name}"
