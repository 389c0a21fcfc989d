"""What is in Entra for an environment and in no state: a killed deploy made it, or the state was lost.

Nothing here asks. The state comes as Terraform's JSON, Entra's side as `Documents`; what is missing in one and there in
the other is what the environment file has to import. Ids of imports: graph-audit.md §E.1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from helpers.adopting.consents import grants_for, of_type, roles_for
from helpers.certificates import KEY_TYPE, KEY_USAGE
from helpers.declaration.adopted import AdoptedCertificate, AdoptedGrant, AdoptedRole, pinned
from helpers.errors import InputError, ServiceError
from helpers.model import PermissionType, stated
from helpers.observing.credentials import sha256_of
from helpers.observing.documents import Unread
from helpers.observing.values import identifier, members
from helpers.permissions import api_name, permission_name
from helpers.reviewing.terraform.credentials import entry_name
from helpers.reviewing.terraform.resource import APPLICATION, CERTIFICATE
from helpers.reviewing.terraform.shapes import load_json
from helpers.shapes import Misshapen, mapping, moment, objects, text
from helpers.terms import AdminConsent

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from helpers.declaration.declaration import CertificateEntry, Declaration
    from helpers.observing.documents import Document, Documents, Listing

_READ_IT = "give what `terraform show -json` prints in the stack's folder"
_LOOK_AGAIN = "sign in as who may read it (`ise-intune drift --permissions`), and try again"


class ForeignCertificate(InputError):
    """Another certificate stands under a key id that is ours: whoever holds its key signs in as ISE."""


@dataclass(frozen=True)
class Managed:
    """What a state holds. `ids` are Terraform's, by address, in lower case and without a leading slash.

    `client_id` is that of the application, empty where the state has none.
    """

    ids: frozenset[tuple[str, str]]
    client_id: str = ""

    @property
    def application(self) -> str:
        """The application's object id; empty where the state has none."""
        found = (id_ for address, id_ in self.ids if address.startswith(f"{APPLICATION}."))
        return next(found, "").rpartition("/")[2]

    def has(self, id_: str) -> bool:
        """Say whether an object is in the state, under whatever address."""
        return id_.lower() in {known for _, known in self.ids}

    def of_entry(self, name: str) -> frozenset[str]:
        """Return the ids of the credentials that stand under a certificate entry's address."""
        return frozenset(id_ for address, id_ in self.ids if _is_certificate(address) and entry_name(address) == name)


@dataclass(frozen=True)
class Orphans:
    """What is in Entra and in no state, as an environment file's `adopted` names it.

    `application` and `service_principal` are object ids, the latter empty where there is none; `new` says whether the
    state lacks them. `certificates` are by entry. `notes` are sentences about what is left as it is.
    """

    application: str
    service_principal: str
    new: tuple[str, ...]
    certificates: Mapping[str, AdoptedCertificate]
    roles: tuple[AdoptedRole, ...]
    grants: tuple[AdoptedGrant, ...]
    notes: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.new or self.certificates or self.roles or self.grants)


def managed(content: str, *, name: str) -> Managed:
    """Return what a state holds, from its JSON (`terraform show -json`). Raises `InputError` for anything else."""
    document = load_json(content, name=name, remedy=_READ_IT)
    try:
        root = mapping(mapping(document.get("values"), "values").get("root_module"), "root_module")
        resources = [each for each in _resources(root) if each.get("mode") == "managed"]
        ids = frozenset((text(each.get("address"), "an address"), _id_of(each)) for each in resources)
        applications = [each for each in resources if each.get("type") == APPLICATION]
        client_ids = [
            text(mapping(each.get("values"), "values").get("client_id"), "client_id") for each in applications
        ]
    except Misshapen as error:
        raise InputError(name, f"is not as Terraform writes a state: {error}", _READ_IT) from None
    return Managed(ids, next(iter(client_ids), "").lower())


def orphans(declaration: Declaration, state: Managed, documents: Documents) -> Orphans:
    """Return what there is of an environment in Entra and in no state; `documents` have the certificates' bytes.

    Raises `ForeignCertificate`, `ServiceError` where something was not read that might have to be imported, and
    `InputError` where the application is gone.
    """
    application = _there(documents.application, f"application {documents.client_id}")
    if application is None:
        raise _gone(declaration, documents.client_id)
    principal = _there(documents.service_principal, "service principal")
    try:
        object_id = identifier(application)
        principal_id = identifier(principal) if principal else ""
        known = {
            f"applications/{object_id}": "the application",
            f"serviceprincipals/{principal_id}": "its service principal",
        }
        new = tuple(what for id_, what in known.items() if not id_.endswith("/") and not state.has(id_))
        certificates, notes = _certificates(declaration, state, documents, object_id)
        by_code = declaration.terms.admin_consent is AdminConsent.TERRAFORM and bool(principal_id)
        roles = tuple(_roles(declaration, state, documents)) if by_code else ()
        grants = tuple(_grants(declaration, state, documents)) if by_code else ()
    except Misshapen as error:
        raise ServiceError("Microsoft Graph", f"answered not as it should: {error}", "try again") from None
    return Orphans(object_id, principal_id, new, certificates, roles, grants, notes)


def in_words(declaration: Declaration, found: Orphans) -> Iterator[str]:
    """Yield, for a person, what is in Entra and in no state."""
    yield from found.new
    for name, certificate in found.certificates.items():
        yield f"the certificate {name}: key id {certificate.key_id}, and the bytes of its file"
    requested = {
        each.id: each for each in of_type(stated(declaration.integration.requested), PermissionType.APPLICATION)
    }
    for role in found.roles:
        yield f"consent to {permission_name(requested[role.permission])} ({api_name(requested[role.permission].api)})"
    for grant in found.grants:
        yield f"consent to delegated permissions on {api_name(grant.api)}"


def _resources(module: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    yield from objects(module.get("resources"), "resources")
    for child in objects(module.get("child_modules"), "child_modules"):
        yield from _resources(child)


def _id_of(resource: Mapping[str, Any]) -> str:
    return text(mapping(resource.get("values"), "values").get("id"), "an id").lower().lstrip("/")


def _is_certificate(address: str) -> bool:
    return address.startswith(f"{CERTIFICATE}.")


def _there(document: Document | Unread | None, what: str) -> Document | None:
    """Return an object that was read, None where there is none. Raises `ServiceError` for one that was not read."""
    if isinstance(document, Unread):
        raise _unread(what, document)
    return document


def _listed(listing: Listing | None, what: str) -> tuple[Document, ...]:
    if isinstance(listing, Unread):
        raise _unread(what, listing)
    return listing or ()


def _unread(what: str, why: Unread) -> ServiceError:
    return ServiceError("Microsoft Graph", f"{what}: not read: {why.reason}", _LOOK_AGAIN)


def _gone(declaration: Declaration, client_id: str) -> InputError:
    cause = f"its application {client_id} is in the state, and is not in Entra any more"
    remedy = (
        "restore it there (App registrations > Deleted applications), or have the deploy make everything anew: "
        "`terraform state rm` for each of `terraform state list` in the stack's folder"
    )
    return InputError(declaration.name, cause, remedy)


def _certificates(
    declaration: Declaration, state: Managed, documents: Documents, object_id: str
) -> tuple[dict[str, AdoptedCertificate], tuple[str, ...]]:
    """Return the declared certificates that are on the application and in no state, and what is said of others."""
    shown = _listed(documents.key_credentials, "the bytes of certificates")
    on_it = members(_there(documents.application, "application") or {}, "keyCredentials")
    found, notes = {}, []
    for entry in declaration.certificates:
        id_ = f"{object_id}/certificate/{entry.key_id}"
        held = [key for key in on_it if identifier(key, "keyId") == entry.key_id]
        if entry.adopted or not held or state.has(id_):
            continue
        known = state.of_entry(entry.name)
        if known:
            notes.append(_swapped(entry, next(iter(sorted(known))).rpartition("/")[2]))
            continue
        bytes_of = [key for key in shown if identifier(key, "keyId") == entry.key_id]
        found[entry.name] = _adopted(entry, bytes_of or held, declaration)
    return found, tuple(notes)


def _swapped(entry: CertificateEntry, known: str) -> str:
    return (
        f"{entry.name}: the state has another certificate under this name (key id {known}), and this one (key id "
        f"{entry.key_id}) is on the application already: take it away there (Certificates & secrets) and deploy again"
    )


def _adopted(entry: CertificateEntry, keys: list[Document], declaration: Declaration) -> AdoptedCertificate:
    """Return an entry's credential as it is imported, held to the file's certificate by its bytes."""
    certificate = entry.certificate
    for key in keys:
        if key.get("key") is None:
            raise _unread(f"the certificate {entry.name}", Unread("Graph showed it without its bytes"))
        if (key.get("type"), key.get("usage")) != (KEY_TYPE, KEY_USAGE) or _sha256(key) != certificate.sha256_hex:
            raise _foreign(entry, declaration)
    begins, ends = (moment(keys[0].get(name), f"`{name}`") for name in ("startDateTime", "endDateTime"))
    return pinned(certificate, entry.key_id, not_before=begins, not_after=ends)


def _sha256(key: Document) -> str:
    try:
        return sha256_of(key)
    except Misshapen:
        return ""


def _foreign(entry: CertificateEntry, declaration: Declaration) -> ForeignCertificate:
    cause = (
        f"another certificate stands on the application under its key id {entry.key_id}: somebody put it there who is "
        "not the deploy, and can sign in as ISE"
    )
    remedy = (
        f"nothing was imported; see who it was (`ise-intune drift {declaration.name} --deep`), take it away "
        "(Certificates & secrets), then deploy"
    )
    return ForeignCertificate(f"{declaration.file}: {entry.name}", cause, remedy)


def _roles(declaration: Declaration, state: Managed, documents: Documents) -> Iterator[AdoptedRole]:
    """Yield the assignments of declared application permissions that are in no state, nor in the file."""
    assignments = _listed(documents.app_role_assignments, "application permissions granted")
    adopted = declaration.adopted.roles if declaration.adopted else ()
    named = {each.permission for each in adopted}
    for each in roles_for(stated(declaration.integration.requested), assignments, documents):
        known = state.has(f"servicePrincipals/{each.resource}/appRoleAssignedTo/{each.assignment}")
        if not known and each.permission not in named:
            yield each


def _grants(declaration: Declaration, state: Managed, documents: Documents) -> Iterator[AdoptedGrant]:
    """Yield the grants for everybody, on APIs of declared delegated permissions, that are in no state, nor the file."""
    requested = of_type(stated(declaration.integration.requested), PermissionType.DELEGATED)
    # Who deploys may not read them, and need not where none is asked for.
    grants = _listed(documents.delegated_grants, "delegated permissions granted") if requested else ()
    named = {each.api for each in declaration.adopted.grants} if declaration.adopted else set[str]()
    for each in grants_for(requested, grants, documents):
        known = state.has(f"oauth2PermissionGrants/{each.grant}") or state.has(each.grant)
        if not known and each.api not in named:
            yield each
