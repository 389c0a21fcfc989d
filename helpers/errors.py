"""Every error this project raises on purpose.

IseIntuneError                 caught once, in the command line; exit code 1
├── InputError                 one input that cannot be used: what, why, remedy
│   └── PrivateKeyFound        a private key where only a certificate belongs
├── DeclarationErrors          every mistake of one or more environment files at once
├── ServiceError               a remote service said no, or said nothing
│   ├── Refused                it said no, with an HTTP status
│   │   └── SignInRefused      Entra gave no token (clients.entra_refusals)
│   └── Unreachable            it could not be asked
└── SetupError                 this machine lacks something
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from helpers.plain_text import one_line

if TYPE_CHECKING:
    from collections.abc import Sequence


class IseIntuneError(Exception):
    """The base of all; `str()` is the text a person reads, safe for a terminal and free of secrets."""


@dataclass
class InputError(IseIntuneError):
    """One input cannot be used.

    `subject` names the input (a file, an option, a ZIP member), `cause` says what is wrong with it, `remedy` what to
    do. Control characters and line breaks of any of the three are made visible: text from elsewhere forges no line.
    """

    subject: str
    cause: str
    remedy: str

    def __str__(self) -> str:
        return one_line(f"{self.subject}: {self.cause}; {self.remedy}")


class PrivateKeyFound(InputError):
    """A private key stands in the input. The message never carries any of it."""


@dataclass(frozen=True)
class Mistake:
    """One mistake in an environment file: where it is, which key, why, and what to do.

    `line` counts from 1; 0 where the mistake belongs to the whole file. `key` is dotted, as in `ise.release`.
    """

    file: str
    line: int
    key: str
    cause: str
    remedy: str

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}" if self.line else self.file
        key = f" {self.key}:" if self.key else ""
        return one_line(f"{where}:{key} {self.cause}; {self.remedy}")


@dataclass
class DeclarationErrors(IseIntuneError):
    """All mistakes found in the environment files that were read, in file and line order."""

    mistakes: Sequence[Mistake] = field(default_factory=tuple)

    def __str__(self) -> str:
        return "\n".join(str(mistake) for mistake in self.mistakes)


@dataclass
class ServiceError(IseIntuneError):
    """A remote service refused or did not answer: which, what it said, what that asks of whom."""

    service: str
    cause: str
    remedy: str

    def __str__(self) -> str:
        return one_line(f"{self.service}: {self.cause}; {self.remedy}")


@dataclass
class Refused(ServiceError):
    """The service said no. `status` is HTTP's."""

    status: int = 0


class Obstacle(StrEnum):
    """What keeps a host from being asked."""

    NAME = "name"
    CONNECTION = "connection"
    PROXY = "proxy"
    TIME = "time"
    TLS = "tls"
    TRUST = "trust"
    OTHER = "other"


@dataclass
class Unreachable(ServiceError):
    """The service could not be asked, and what is in the way."""

    obstacle: Obstacle = Obstacle.OTHER


class SetupError(IseIntuneError):
    """This machine lacks something; the message says what and where to get it."""
