"""Sentences: what a reviewer reads of each difference, word for word, and what hostile names do to it: nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from helpers.certificates.certificate import Certificate
from helpers.comparing import (
    CertificateEntryAdded,
    CertificateEntryRemoved,
    CertificateEntryRenamed,
    CertificateEntrySwapped,
    CertificateNodesChanged,
    CredentialAdded,
    CredentialChanged,
    CredentialRemoved,
    Difference,
    NotCompared,
    PermissionAdded,
    PermissionRemoved,
    Surface,
    TermChanged,
    ValueAdded,
    ValueChanged,
    ValueRemoved,
    differences,
)
from helpers.declaration.declaration import CertificateEntry
from helpers.model import Credential, CredentialKind, Holder, NotSeen, Permission, PermissionType, Seen
from helpers.permissions import INTUNE_API, MICROSOFT_GRAPH, find_api, find_permission
from helpers.sentences import Mark, Part, Sentence, sentence
from tests.making_certificates import make_certificate, rsa_key

if TYPE_CHECKING:
    from collections.abc import Callable

    from helpers.comparing.declarations import EntryDifference

_APPLICATION, _DELEGATED = PermissionType.APPLICATION, PermissionType.DELEGATED
_START, _END = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 12, 31, tzinfo=UTC)
GOLDEN = Path(__file__).parent / "golden" / "sentences.txt"
ISE = "Cisco ISE"
OWNER = "00000000-aaaa-bbbb-cccc-dddddddddddd"
UNKNOWN = "01234567-89ab-cdef-0123-456789abcdef"
HOSTILE = "**x**<script>\x1b[31m\n| `y` [z](https://evil.example)"


def graph(name: str, type_: PermissionType = _APPLICATION) -> Permission:
    return find_permission(find_api(MICROSOFT_GRAPH), name, type_)


def intune(name: str) -> Permission:
    return find_permission(find_api(INTUNE_API), name, _APPLICATION)


@cache
def certificate(common_name: str = "psn-01.example.net") -> Certificate:
    return Certificate(make_certificate(common_name, key=rsa_key(), not_before=_START, not_after=_END, serial_number=1))


def entry(name: str, *nodes: str, common_name: str = "psn-01.example.net", formerly: str = "") -> CertificateEntry:
    file = f"certificates/{name}.pem"
    return CertificateEntry(name, file, nodes or (name,), certificate(common_name), formerly)


def credential(kind: CredentialKind = CredentialKind.CERTIFICATE, holder: Holder = Holder.APPLICATION) -> Credential:
    return Credential(kind, holder, "key-1", Seen("AA"), _START, _END)


SECRET = replace(credential(CredentialKind.SECRET), fingerprint=NotSeen("a secret has none"))

PERMISSIONS: dict[str, Difference | TermChanged] = {
    "more than ISE needs": PermissionAdded(Surface.REQUESTED, graph("Directory.Read.All")),
    "what ISE needs": PermissionAdded(Surface.REQUESTED, intune("get_device_compliance")),
    "of no use": PermissionAdded(Surface.GRANTED, graph("AppRoleAssignment.ReadWrite.All")),
    "delegated": PermissionAdded(Surface.REQUESTED, graph("openid", _DELEGATED)),
    "not reviewed": PermissionAdded(
        Surface.REQUESTED, Permission(find_api(MICROSOFT_GRAPH).app_id, "Mail.ReadWrite", _DELEGATED)
    ),
    "unknown": PermissionAdded(Surface.REQUESTED, Permission("an-api", UNKNOWN, _APPLICATION)),
    "of the wrong application": PermissionAdded(
        Surface.REQUESTED, Permission("0000000a-0000-0000-c000-000000000000", "an-id", _APPLICATION)
    ),
    "needed, no longer granted": PermissionRemoved(Surface.GRANTED, graph("Application.Read.All")),
    "replaceable, no longer asked for": PermissionRemoved(Surface.REQUESTED, graph("Directory.Read.All")),
    "not needed, no longer granted": PermissionRemoved(Surface.GRANTED, graph("User.Read", _DELEGATED)),
}

CREDENTIALS: dict[str, Difference | TermChanged] = {
    "certificate": CredentialAdded(Surface.CREDENTIALS, credential()),
    "certificate whose bytes nobody saw": CredentialAdded(
        Surface.CREDENTIALS, replace(credential(), fingerprint=NotSeen("Graph left them out"))
    ),
    "secret": CredentialAdded(Surface.CREDENTIALS, replace(SECRET, holder=Holder.SERVICE_PRINCIPAL)),
    "federated": CredentialAdded(
        Surface.CREDENTIALS,
        replace(credential(CredentialKind.FEDERATED), not_before=None, not_after=None),
    ),
    "key of another kind": CredentialAdded(
        Surface.CREDENTIALS, replace(SECRET, kind=CredentialKind.OTHER_KEY, holder=Holder.SERVICE_PRINCIPAL)
    ),
    "secret removed": CredentialRemoved(Surface.CREDENTIALS, SECRET),
    "other bytes under the same key id": CredentialChanged(
        Surface.CREDENTIALS, credential(), replace(credential(), fingerprint=Seen("BB"))
    ),
}

VALUES: dict[str, Difference | TermChanged] = {
    "owner": ValueAdded(Surface.APPLICATION_OWNERS, OWNER),
    "owner of the service principal": ValueRemoved(Surface.SERVICE_PRINCIPAL_OWNERS, OWNER),
    "redirect URI": ValueAdded(Surface.REDIRECT_URIS, "https://a.example"),
    "identifier URI": ValueAdded(Surface.IDENTIFIER_URIS, "api://a"),
    "tenant": ValueChanged(Surface.TENANT, "a", "b"),
    "client id": ValueChanged(Surface.CLIENT_ID, "a", "b"),
    "application made anew": ValueChanged(Surface.APPLICATION_OBJECT, "a", "b"),
    "service principal made anew": ValueChanged(Surface.SERVICE_PRINCIPAL_OBJECT, "a", "b"),
    "display name": ValueChanged(Surface.DISPLAY_NAME, "ISE", ""),
    "notes": ValueChanged(Surface.NOTES, "a", "b"),
    "reference": ValueChanged(Surface.SERVICE_MANAGEMENT_REFERENCE, "", "CMDB-1"),
    "audience": ValueChanged(Surface.SIGN_IN_AUDIENCE, "AzureADMyOrg", "AzureADMultipleOrgs"),
    "audience of a kind not known": ValueChanged(Surface.SIGN_IN_AUDIENCE, "New", "AzureADMyOrg"),
    "public client": ValueChanged(Surface.PUBLIC_CLIENT, "false", "true"),
    "no public client": ValueChanged(Surface.PUBLIC_CLIENT, "true", "false"),
    "disabled": ValueChanged(Surface.SERVICE_PRINCIPAL_ENABLED, "true", "false"),
    "enabled": ValueChanged(Surface.SERVICE_PRINCIPAL_ENABLED, "false", "true"),
    "application deleted": ValueChanged(Surface.APPLICATION, "present", "deleted"),
    "application gone": ValueChanged(Surface.APPLICATION, "present", "absent"),
    "application restored": ValueChanged(Surface.APPLICATION, "deleted", "present"),
    "service principal gone": ValueChanged(Surface.SERVICE_PRINCIPAL, "present", "absent"),
    "deactivated": ValueChanged(Surface.APPLICATION_ENABLED, "true", "false"),
    "active": ValueChanged(Surface.APPLICATION_ENABLED, "false", "true"),
    "app role": ValueAdded(Surface.APP_ROLES, "Devices.Read for Application"),
    "scope": ValueAdded(Surface.SCOPES, "user_impersonation"),
    "authorized client": ValueAdded(Surface.AUTHORIZED_CLIENTS, OWNER),
    "setting": ValueAdded(Surface.APPLICATION_SETTINGS, "groupMembershipClaims: All"),
    "no setting": ValueRemoved(Surface.APPLICATION_SETTINGS, "groupMembershipClaims: All"),
    "setting of the service principal": ValueAdded(
        Surface.SERVICE_PRINCIPAL_SETTINGS, "preferredSingleSignOnMode: saml"
    ),
    "directory role": ValueAdded(Surface.DIRECTORY_ROLES, f"{OWNER} Global Reader on /"),
    "group": ValueAdded(Surface.GROUPS, f"{OWNER} Network team"),
    "no group": ValueRemoved(Surface.GROUPS, f"{OWNER} Network team"),
    "owned object": ValueAdded(Surface.OWNED_OBJECTS, f"{OWNER} application Payroll"),
    "policy": ValueAdded(Surface.POLICIES, f"{OWNER} tokenLifetimePolicy Long tokens"),
    "grant for a user": ValueAdded(Surface.GRANTED_TO_USERS, f"User.Read on Microsoft Graph for user {OWNER}"),
    "not compared": NotCompared(Surface.CREDENTIALS, "403"),
}

DECISIONS: dict[str, Difference | TermChanged] = {
    "the pipeline consents": TermChanged("permissions.admin_consent", "manual", "terraform"),
    "an administrator consents": TermChanged("permissions.admin_consent", "terraform", "manual"),
    "profile": TermChanged("permissions.profile", "minimal", "support-tip-2020"),
    "profile of another release": TermChanged("permissions.profile", "minimal", "new"),
    "a reason": TermChanged("permissions.extra: User.Read (delegated) on Microsoft Graph", "", "asked by the team"),
    "another reason": TermChanged("permissions.extra: X", "a", "b"),
    "no reason": TermChanged("permissions.extra: X", "a", ""),
    "exception": TermChanged("exceptions: secret about key-1", "", "until 2027-01-31: migration"),
    "exception prolonged": TermChanged("exceptions: secret about key-1", "until 2026-01-31: a", "until 2027-01-31: b"),
    "exception ended": TermChanged("exceptions: secret about key-1", "until 2026-01-31: a", ""),
    "revoked": TermChanged("revoked: AA", "", "psn-01, 2026-05-01: stolen"),
    "revoked otherwise": TermChanged(
        "revoked: AA", "with its key (SHA-256 BB); psn-01: stolen", "without its key; psn-01: stolen"
    ),
    "no longer revoked": TermChanged("revoked: AA", "psn-01, 2026-05-01: stolen", ""),
    "unaudited": TermChanged("unaudited: credentials", "", "too slow"),
    "audited": TermChanged("unaudited: credentials", "too slow", ""),
    "release": TermChanged("ise", "ISE 3.3", "ISE 3.4"),
    "deployer": TermChanged("deployer", "a", "b"),
    "API named": TermChanged("ise.api", "", "https://pan.example.net"),
    "state": TermChanged("state", "backend: local", "backend: pg"),
    "kept": TermChanged("adopted.keeps.redirect_uris: https://ise.example/x: y", "", "kept"),
    "no longer kept": TermChanged("adopted.keeps.public_client: true", "kept", ""),
    "a decision of another release": TermChanged("new", "a", ""),
}
CERTIFICATES: dict[str, Callable[[], EntryDifference]] = {
    "certificate entry": lambda: CertificateEntryAdded(entry("psn-01")),
    "certificate entry removed": lambda: CertificateEntryRemoved(entry("shared", "psn-01", "psn-02", "psn-03")),
    "certificate entry renamed": lambda: CertificateEntryRenamed(entry("old"), entry("new")),
    "certificate entry renamed with formerly": lambda: CertificateEntryRenamed(
        entry("old"), entry("new", formerly="old")
    ),
    "certificate entry swapped": lambda: CertificateEntrySwapped(entry("psn-01"), entry("psn-01", common_name="other")),
    "certificate entry of more nodes": lambda: CertificateNodesChanged(
        entry("shared", "psn-01"), entry("shared", "psn-01", "psn-02")
    ),
}
SAID = {**PERMISSIONS, **CREDENTIALS, **VALUES, **DECISIONS}


@cache
def expected() -> dict[str, str]:
    """Read the sentences by case: a line with the case, one with its sentence, an empty one."""
    blocks = GOLDEN.read_text(encoding="utf-8").strip().split("\n\n")
    return dict(block.split("\n") for block in blocks)


def comparable(said: Sentence) -> str:
    """Return a sentence with thumbprints, which differ at every run, by the name of their certificate."""
    text = str(said)
    for common_name in ("psn-01.example.net", "other"):
        text = text.replace(certificate(common_name).sha1_hex, f"<of {common_name}>")
    return text


def test_the_sentences_on_record_are_those_of_the_cases_here() -> None:
    assert list(expected()) == [*SAID, *CERTIFICATES]


@pytest.mark.parametrize("case", SAID)
def test_a_difference_is_said(case: str) -> None:
    assert comparable(sentence(SAID[case], application=ISE)) == expected()[case]


@pytest.mark.parametrize("case", CERTIFICATES)
def test_a_certificate_is_said_by_entry_common_name_sha_1_and_dates(case: str) -> None:
    assert comparable(sentence(CERTIFICATES[case](), application=ISE)) == expected()[case]


def test_a_credential_of_an_environment_file_goes_by_the_name_it_has_there() -> None:
    known = replace(credential(), fingerprint=Seen(certificate().sha256_hex))
    said = sentence(CredentialRemoved(Surface.CREDENTIALS, known), application=ISE, entries=[entry("psn-01")])
    assert comparable(said) == (
        "The application Cisco ISE loses a certificate: psn-01, psn-01.example.net (SHA-1 <of psn-01.example.net>,"
        " valid from 2026-01-01 to 2027-12-31), key id key-1. Nobody can sign in with it any more."
    )


def test_every_kind_of_difference_has_a_sentence() -> None:
    named = vars(differences).values()
    kinds = {each for each in named if isinstance(each, type) and each.__module__ == differences.__name__}
    said = {type(difference) for difference in SAID.values()} | {type(make()) for make in CERTIFICATES.values()}
    assert kinds - {Difference, Surface} == said


@pytest.mark.parametrize("surface", Surface)
def test_every_surface_can_be_said_not_to_be_compared(surface: Surface) -> None:
    assert str(sentence(NotCompared(surface, "why"), application=ISE)).startswith("Not compared: ")


def test_a_difference_nobody_wrote_a_sentence_for_is_never_dropped() -> None:
    with pytest.raises(TypeError, match="no sentence for Difference"):
        sentence(Difference(Surface.TENANT), application=ISE)


def test_where_the_deploy_consents_nobody_is_said_to_be_asked() -> None:
    asked = PermissionAdded(Surface.REQUESTED, graph("Directory.Read.All"))
    said = str(sentence(asked, application=ISE, consent="terraform"))
    assert said.endswith(" The deploy grants it; nobody is asked.")
    assert "consent by" not in said
    granted = PermissionAdded(Surface.GRANTED, graph("Directory.Read.All"))
    assert sentence(granted, application=ISE, consent="terraform") == sentence(granted, application=ISE)


def test_what_matters_is_marked_and_names_are_kept_apart_from_our_words() -> None:
    said = sentence(PermissionAdded(Surface.REQUESTED, graph("Directory.Read.All")), application=ISE)
    assert said.parts[:4] == (
        Part("The application "),
        Part("Cisco ISE", Mark.NAME),
        Part(" gains "),
        Part("Directory.Read.All", Mark.STRONG),
    )
    assert Part("Application.Read.All", Mark.STRONG) in said.parts


@pytest.mark.parametrize("difference", SAID.values(), ids=SAID)
def test_a_hostile_name_stays_in_its_part_raw_for_the_renderer_and_is_harmless_as_text(
    difference: Difference | TermChanged,
) -> None:
    if isinstance(difference, ValueChanged) and difference.surface is Surface.DISPLAY_NAME:
        difference = replace(difference, before=HOSTILE)
    said = sentence(difference, application=HOSTILE)
    assert [part.mark for part in said.parts if HOSTILE in part.text] == [Mark.NAME]
    assert str(said).isprintable()


HOSTILE_VALUES: list[Difference | TermChanged] = [
    ValueAdded(Surface.REDIRECT_URIS, HOSTILE),
    ValueChanged(Surface.NOTES, "", HOSTILE),
    ValueChanged(Surface.SIGN_IN_AUDIENCE, "AzureADMyOrg", HOSTILE),
    NotCompared(Surface.NOTES, HOSTILE),
    PermissionAdded(Surface.REQUESTED, Permission("an-api", HOSTILE, _APPLICATION)),
    CredentialAdded(Surface.CREDENTIALS, replace(credential(), key_id=HOSTILE)),
    CredentialAdded(Surface.CREDENTIALS, replace(credential(), fingerprint=NotSeen(HOSTILE))),
    TermChanged(f"exceptions: {HOSTILE}", "", "until 2027-01-01: why"),
    TermChanged("permissions.extra: X", "", HOSTILE),
    TermChanged("permissions.profile", "minimal", HOSTILE),
]


@pytest.mark.parametrize("difference", HOSTILE_VALUES)
def test_a_hostile_value_is_a_part_of_its_own(difference: Difference | TermChanged) -> None:
    said = sentence(difference, application=ISE)
    assert [part.text for part in said.parts if HOSTILE in part.text] == [HOSTILE]
    assert str(said).isprintable()


def test_a_long_text_is_cut_and_says_by_how_much() -> None:
    said = str(sentence(ValueChanged(Surface.NOTES, "", "n" * 1024), application=ISE))
    assert said == f"The notes of Cisco ISE: “{'n' * 200}… (824 more characters)”, before nothing."
