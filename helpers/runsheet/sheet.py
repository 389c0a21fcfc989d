"""The model of a run sheet: facts, without a word about how they are shown."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from helpers.clouds import Cloud
    from helpers.ise_releases import IseRelease
    from helpers.sentences.parts import Sentence
    from helpers.trust_roots import Root


class State(StrEnum):
    """Where a certificate stands in its life when the sheet is made."""

    VALID = "valid"
    EXPIRED = "expired"
    NOT_YET_VALID = "not yet valid"


@dataclass(frozen=True)
class FormField:
    """A field of ISE's form. `unconfirmed` says why its value is not sure; empty for one that is."""

    label: str
    value: str
    unconfirmed: str = ""


@dataclass(frozen=True)
class SheetCertificate:
    """A certificate that may sign in. `entry`, `nodes` and `common_name` are texts from elsewhere.

    `sha1` and `sha256` are upper-case hex, `sha1_base64` is the manifest's `customKeyIdentifier`; dates are UTC.
    """

    entry: str
    nodes: tuple[str, ...]
    common_name: str
    sha1: str
    sha1_base64: str
    sha256: str
    key_id: str
    not_before: datetime
    not_after: datetime
    state: State


@dataclass(frozen=True)
class RunSheet:
    """Everything that one deployment's sheet says. `title` is the application's display name, or the stack's name.

    `ise` is None where neither outputs nor file name the release. `consent_url` is empty where the deploy consents.
    `warnings` are what does not fit together; `digest` is of all that is to be typed, imported and compared.
    """

    name: str
    title: str
    cloud: Cloud
    tenant_id: str
    client_id: str
    ise: IseRelease | None
    consent_url: str
    fields: tuple[FormField, ...]
    certificates: tuple[SheetCertificate, ...]
    roots: tuple[Root, ...]
    warnings: tuple[Sentence, ...]
    made: datetime
    digest: str

    @property
    def nodes(self) -> dict[str, tuple[SheetCertificate, ...]]:
        """The certificates that each node may present, by node, sorted."""
        names = sorted({node for each in self.certificates for node in each.nodes})
        return {name: tuple(each for each in self.certificates if name in each.nodes) for name in names}

    @property
    def locked_out(self) -> tuple[str, ...]:
        """The nodes none of whose certificates is valid: they cannot sign in."""
        return tuple(
            node for node, usable in self.nodes.items() if all(each.state is not State.VALID for each in usable)
        )
