"""A run sheet in words and in the order of work: the same for text, Markdown and HTML.

Texts from elsewhere are in parts of sentences and in `Fact.value`, raw: renderers make them harmless.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

from helpers.runsheet.sheet import State
from helpers.sentences.parts import Sentence, code, listed, name, say, strong
from helpers.trust_roots import FORMER_ROOTS, Purpose

if TYPE_CHECKING:
    from collections.abc import Iterator

    from helpers.runsheet.sheet import FormField, RunSheet, SheetCertificate
    from helpers.sentences.parts import Part
    from helpers.trust_roots import Root

FORM = "Administration > Network Resources > External MDM > Add"
TRUSTED = "Administration > System > Certificates > Trusted Certificates > Import"
SYSTEM = "Administration > System > Certificates > System Certificates"
GUID_LINE = "ID:Microsoft Endpoint Manager:GUID:{{DeviceId}}"
POLLING = (
    "`0` switches polling off. Any other value must be 240 minutes or more: Intune answers the question for all devices"
    " at most once in 4 hours, and with 503 in between."
)
NEVER_CLIENTS = (
    "Tick *Trust for authentication within ISE* alone. Never tick *Trust for client authentication and Syslog* for a"
    " public root: whoever has a certificate from anywhere below it could then authenticate as a device."
)
CISCO_SERVICES = (
    "If ISE does not use a root that it has, tick *Trust for authentication of Cisco Services* too; that one lets"
    " nobody in. (Not confirmed on a live ISE.)"
)


_NOTHING = Sentence(())
_MARKED = re.compile(r"`([^`]+)`|\*([^*]+)\*")


def own(text: str) -> Sentence:
    """Return words of our own as a sentence: `code` in backticks, *labels* of a portal between asterisks."""
    parts: list[str | Part] = []
    end = 0
    for marked in _MARKED.finditer(text):
        parts += [text[end : marked.start()], code(marked[1]) if marked[1] else strong(marked[2])]
        end = marked.end()
    return say(*parts, text[end:])


@dataclass(frozen=True)
class Fact:
    """One thing to compare or to copy. `copied` is true of what somebody will paste somewhere."""

    label: str
    value: str
    copied: bool = False


@dataclass(frozen=True)
class Item:
    """One step to tick off. `alarm` says what is wrong with it, `unconfirmed` what about it is not sure.

    `is_field` is true where the only fact is the value of the form's field `title`. `file` is a name and its content.
    """

    title: Sentence
    facts: tuple[Fact, ...] = ()
    note: Sentence = _NOTHING
    alarm: str = ""
    unconfirmed: str = ""
    is_field: bool = False
    file: tuple[str, str] | None = None


@dataclass(frozen=True)
class Section:
    """A part of the work. `place` is where in ISE's menu, or in another portal, it is done."""

    title: str
    place: str
    intro: Sentence
    items: tuple[Item, ...]
    notes: tuple[Sentence, ...] = ()


def sections(sheet: RunSheet) -> tuple[Section, ...]:
    """Return the whole sheet, first things first."""
    return (
        _before(sheet),
        _trust(sheet),
        _certificates(sheet),
        _form(sheet),
        _by_guid(),
        _afterwards(sheet),
    )


def items(sheet: RunSheet) -> list[Item]:
    """Return every step."""
    return list(chain.from_iterable(section.items for section in sections(sheet)))


def _before(sheet: RunSheet) -> Section:
    return Section(
        "Before you begin", "", own("What must be so before the first field is typed."), tuple(_preconditions(sheet))
    )


def _preconditions(sheet: RunSheet) -> Iterator[Item]:
    if sheet.ise:
        yield Item(
            own(f"Every node runs ISE {sheet.ise} or later"),
            note=own("This sheet is for that release. Every node that asks Intune must have its patch."),
        )
    else:
        yield Item(
            own("Every node runs ISE 3.3 or later, 3.2 with patch 4, or 3.1 with patch 8"),
            note=own("Nothing earlier works: Microsoft ended what it asks."),
            unconfirmed="the outputs do not name the release this was made for",
        )
    if sheet.consent_url:
        yield Item(
            own("An administrator of the tenant has consented"),
            (Fact("Page to open once", sheet.consent_url, copied=True),),
            note=own(
                "It takes the role *Privileged Role Administrator*: an Application Administrator may not consent to"
                " permissions of Microsoft Graph."
            ),
            # The page is at the host that issues the tokens.
            unconfirmed=next(field.unconfirmed for field in sheet.fields if field.label == "Token Issuing URL"),
        )
    yield Item(
        own("Every node's clock is right (NTP)"),
        note=own("Entra refuses a sign-in whose time is off by more than a few minutes (AADSTS700024)."),
    )
    hosts = ", ".join(f"`{host}`" for host in sheet.cloud.hosts)
    yield Item(
        own("Every node reaches Microsoft's hosts on port 443"),
        note=own(f"They are {hosts}, and one of Intune's own that ISE finds out. No inspection of TLS on the way."),
    )


def _trust(sheet: RunSheet) -> Section:
    former = (own(f"{each.name}: {each.until}.") for each in FORMER_ROOTS)
    return Section(
        "Import the trust roots",
        TRUSTED,
        own("ISE may have some already: compare the fingerprint. `ise-intune trust --format pem` prints them all."),
        tuple(map(_root, sheet.roots)),
        (own(NEVER_CLIENTS), own(CISCO_SERVICES), *former),
    )


def _root(root: Root) -> Item:
    must = root.purpose is Purpose.MUST
    return Item(
        own(root.name),
        (
            Fact("SHA-256", root.sha256, copied=True),
            Fact("SHA-1", root.certificate.sha1_hex),
            Fact("Expires", root.certificate.end_date[:10]),
        ),
        note=own("Must be there." if must else "Recommended: Microsoft's services may move below it at any time."),
        file=(f"{root.name.replace(' ', '-')}.pem", root.certificate.pem),
    )


def _certificates(sheet: RunSheet) -> Section:
    return Section(
        "Compare the certificate of every node",
        SYSTEM,
        own(
            "ISE signs in to Entra with the certificate that is used by *Admin* on each node. View it, and compare its"
            " fingerprint: it must be one of these."
        ),
        tuple(_presented(sheet, each) for each in sheet.certificates),
        tuple(_certificate_notes(sheet)),
    )


def _presented(sheet: RunSheet, certificate: SheetCertificate) -> Item:
    nodes = [strong(node) for node in certificate.nodes] or [strong("No node")]
    separated = [part for node in nodes for part in (", ", node)][1:]
    other = _or_another(sheet, certificate)
    verb = "may present" if other.parts else "presents" if len(nodes) == 1 else "present"
    return Item(
        say(*separated, f" {verb} ", name(certificate.common_name)),
        (
            Fact("ISE, SHA-256", certificate.sha256, copied=True),
            Fact("ISE, SHA-1", certificate.sha1, copied=True),
            Fact("Entra, Thumbprint", certificate.sha1, copied=True),
            Fact("customKeyIdentifier", certificate.sha1_base64, copied=True),
            Fact("Valid, UTC", f"{certificate.not_before:%Y-%m-%d %H:%M} to {certificate.not_after:%Y-%m-%d %H:%M}"),
            Fact("Declared as", certificate.entry),
        ),
        note=other,
        alarm=_alarm(certificate),
    )


def _or_another(sheet: RunSheet, certificate: SheetCertificate) -> Sentence:
    """Return what else its nodes may present: during a renewal both are registered."""
    others = [each for each in sheet.certificates if each != certificate and set(each.nodes) & set(certificate.nodes)]
    if not others:
        return _NOTHING
    nodes = tuple(sorted({node for each in others for node in each.nodes if node in certificate.nodes}))
    return say(*listed(nodes), " may present ", *listed(tuple(each.entry for each in others)), " instead.")


def _alarm(certificate: SheetCertificate) -> str:
    match certificate.state:
        case State.EXPIRED:
            return "It has expired: Entra refuses its signatures (AADSTS700027). Renew it."
        case State.NOT_YET_VALID:
            return "It is not valid yet: until then Entra refuses its signatures."
    return ""


def _certificate_notes(sheet: RunSheet) -> Iterator[Sentence]:
    if not sheet.certificates:
        yield own("No certificate is registered: no node can sign in. Add one, and deploy.")
    yield own(
        "ISE may write fingerprints in small letters, or with colons or spaces between the pairs: the digits count. Its"
        " API (`sha256Fingerprint`) and the portal of Entra write them without."
    )
    yield own(
        "Cisco's guide also compares the credential's displayName in the manifest with the common name. Terraform"
        " cannot set it, and sign-in goes by the thumbprint: a difference is no fault. (Not confirmed on a live ISE.)"
    )


def _form(sheet: RunSheet) -> Section:
    return Section(
        "Fill in the form",
        FORM,
        own("The fields under ISE's own labels and in its order."),
        tuple(map(_field, sheet.fields)),
        (
            own(f"*Polling Interval*: {POLLING}"),
            own(
                "The form also asks for a *Name*, which is yours to choose, and has a *Status*, *Enabled* at"
                " the end. What else your release shows stays as it is. (Not confirmed for every release.)"
            ),
        ),
    )


def _field(field: FormField) -> Item:
    return Item(own(field.label), (Fact("", field.value, copied=True),), unconfirmed=field.unconfirmed, is_field=True)


def _by_guid() -> Section:
    return Section(
        "Let ISE find devices by GUID",
        "Intune: the certificate profiles of the devices (SCEP, PKCS)",
        own(
            "MAC addresses change from network to network. With this line in the subject alternative name of a device's"
            " certificate, ISE asks Intune about the device itself."
        ),
        (
            Item(
                own("The profiles have this subject alternative name, of the type URI"),
                (Fact("Value", GUID_LINE, copied=True),),
                note=own("Devices take it over when their certificate is issued anew."),
            ),
        ),
    )


def _afterwards(sheet: RunSheet) -> Section:
    return Section("Check afterwards", "", own("Each proves one link more."), tuple(_checks(sheet)))


def _checks(sheet: RunSheet) -> Iterator[Item]:
    yield Item(
        own("*Test Connection* in the form succeeds, and the server is saved as *Enabled*"),
        note=own(
            "If ISE complains of certificates or its trust store, a root is missing or TLS is inspected on the way:"
            " `ise-intune trust --probe` shows it."
        ),
    )
    yield Item(
        own("Entra's sign-in log shows every node"),
        (Fact("Application", sheet.client_id, copied=True),),
        note=own(
            "Entra admin center: Enterprise applications > the application > Sign-in logs > Service principal"
            " sign-ins. The thumbprint of each sign-in says which certificate it was."
        ),
    )
    yield Item(own("A compliant device gets in, and another does not"), note=own("Try one of each, on every node."))
    yield Item(
        own("The chain is proven from the outside"),
        (Fact("Command", f"ise-intune verify {sheet.name}", copied=True),),
        note=own("It acts as ISE does, and names the link that is broken."),
    )
    yield Item(
        own("Somebody is told before a certificate ends"),
        (Fact("Command", f"ise-intune certificate expiry {sheet.name}", copied=True),),
        note=own("An expired certificate breaks the integration without a word from ISE."),
    )
