"""Rules over who may sign in as the application, and with what; and over who no longer can."""

from __future__ import annotations

from typing import TYPE_CHECKING

from helpers.comparing import CredentialAdded, CredentialChanged, CredentialRemoved, subject_of
from helpers.findings import Severity
from helpers.model import CredentialKind, Holder, Seen
from helpers.rules.rule import Found, Rule

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from helpers.model import Credential
    from helpers.rules.rule import Case


def _credential(
    kind: CredentialKind, what: str, remedy: str, *, unless: Callable[[Credential, Case], bool] = lambda *_: False
) -> Callable[[Case], Iterator[Found]]:
    def look(case: Case) -> Iterator[Found]:
        for difference in case.differences:
            if not isinstance(difference, CredentialAdded) or difference.credential.kind is not kind:
                continue
            credential = difference.credential
            if not unless(credential, case):
                holder = credential.holder.replace("_", " ")
                expired = _has_expired(credential, case)
                said = f"{what} on the {holder}{', expired by now' if expired else ''}"
                yield Found(subject_of(difference), said, remedy, severity=Severity.MEDIUM if expired else None)

    return look


def _has_expired(credential: Credential, case: Case) -> bool:
    """Say whether nobody signs in with it any more: it was somebody's doing all the same."""
    return credential.not_after is not None and credential.not_after < case.now


def _is_declared(credential: Credential, case: Case) -> bool:
    """Say whether a certificate entry explains a credential: by its bytes, or by its key id where nobody saw those.

    None is declared on a service principal, whoever's certificate it is.
    """
    if case.after is None or credential.holder is not Holder.APPLICATION:
        return False
    declared = case.after.certificates
    if isinstance(credential.fingerprint, Seen):
        return credential.fingerprint.items in {entry.certificate.sha256_hex for entry in declared}
    return credential.key_id in {entry.key_id for entry in declared}


def _changed(case: Case) -> Iterator[Found]:
    for difference in case.differences:
        if isinstance(difference, CredentialChanged):
            key_id = difference.before.key_id
            what = f"key id {key_id} stays, but what is behind it is another"
            yield Found(subject_of(difference), what, "find out who did it; remove the credential and deploy again")


def _missing(case: Case) -> Iterator[Found]:
    for difference in case.differences:
        if not isinstance(difference, CredentialRemoved) or case.after is None:
            continue
        credential = difference.credential
        if credential.kind is CredentialKind.CERTIFICATE and _is_declared(credential, case):
            entry = next(
                each
                for each in case.after.certificates
                if each.key_id == credential.key_id or credential.fingerprint == Seen(each.certificate.sha256_hex)
            )
            what = f"certificate {entry.name} is gone: {', '.join(entry.nodes)} can no longer sign in"
            path = ("certificates", entry.name)
            yield Found(subject_of(difference), what, "deploy again, or take the entry out if this was meant", path)


RULES = (
    Rule(
        "credential-secret",
        Severity.HIGH,
        "a client secret on the application or its service principal",
        "ISE signs in with certificates. A secret is a second key that anyone can copy, and no node holds it.",
        _credential(CredentialKind.SECRET, "a client secret appears", "remove it; ISE uses its nodes' certificates"),
    ),
    Rule(
        "credential-federated",
        Severity.HIGH,
        "a federated credential on the application",
        "Whoever the named issuer vouches for signs in as ISE, without any certificate.",
        _credential(CredentialKind.FEDERATED, "a federated credential appears", "remove it; ISE cannot use one"),
    ),
    Rule(
        "credential-other-key",
        Severity.HIGH,
        "a key that is no certificate for sign-in: a symmetric one, or one that signs",
        "ISE has no use for it. Somebody may sign in with it, or make tokens that others trust.",
        _credential(CredentialKind.OTHER_KEY, "a key of another kind appears", "find out what it is for; remove it"),
    ),
    Rule(
        "certificate-foreign",
        Severity.HIGH,
        "a certificate that no entry declares, or any on the service principal",
        "Whoever holds its private key is ISE from anywhere. On the service principal the app registration hides it.",
        _credential(
            CredentialKind.CERTIFICATE,
            "a certificate appears that no entry declares",
            "find out whose it is; remove it, or declare it",
            unless=_is_declared,
        ),
    ),
    Rule(
        "certificate-missing",
        Severity.HIGH,
        "a declared certificate that is no longer there",
        "Entra no longer knows the node that presents it (AADSTS700027), and the devices it serves are kept out.",
        _missing,
    ),
    Rule(
        "credential-changed",
        Severity.HIGH,
        "another certificate, or other dates, behind a key id that stays",
        "A key id says nothing about the key behind it; Terraform does not look.",
        _changed,
    ),
)
