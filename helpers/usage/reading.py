"""Records of the two logs that name the key of a sign-in, read leniently and each once.

Both are Graph's beta: `signIn` and `appCredentialSignInActivity`. Nothing here raises: what cannot be understood is
counted, because a row that nobody could read may be the one that matters.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from helpers.shapes import Misshapen, mapping, moment, text, texts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime, timedelta

T = TypeVar("T")

_SERVICE_PRINCIPAL = "servicePrincipal"
# Samples of the report say `-8:00` where ISO 8601 wants two digits.
_ONE_DIGIT_OFFSET = re.compile(r"(?<=[+-])(?=\d:\d\d$)")


@dataclass(frozen=True)
class SignIn:
    """One request for a token, UTC. `error` is 0 for a success, else the number of an AADSTS code.

    `key_id` is that of the key, secret or federated credential, in lower case; empty where the log does not state it.
    """

    when: datetime
    error: int
    key_id: str
    address: str = ""
    resource: str = ""

    @property
    def succeeded(self) -> bool:
        """Whether a token was issued."""
        return self.error == 0


@dataclass(frozen=True)
class Reported:
    """The last use of a key as the activity report has it. `origin` is `application`, `servicePrincipal` or empty.

    `lives` is how long the key is valid at all, None where the report does not say.
    """

    key_id: str
    last: datetime
    origin: str = ""
    lives: timedelta | None = None


@dataclass(frozen=True)
class Rows(Generic[T]):
    """What was understood, newest first, and how many rows were not."""

    rows: tuple[T, ...] = ()
    strange: int = 0


def read_sign_ins(
    records: Iterable[object], client_id: str, *, since: datetime | None = None, until: datetime | None = None
) -> Rows[SignIn]:
    """Return an application's own sign-ins. A retried publication comes twice, under one `id`.

    A row from outside the window that was asked for, where one is given, is not understood: it would make the log seem
    to reach back, or to be alive.
    """
    by_id: dict[object, object] = {}
    for number, record in enumerate(records):
        identifier = record.get("id") if isinstance(record, dict) else None
        by_id.setdefault(identifier if isinstance(identifier, str) and identifier else number, record)
    read = _read(by_id.values(), lambda record: _sign_in(record, client_id.lower()))
    rows = [each for each in read.rows if (not since or each.when >= since) and (not until or each.when <= until)]
    strange = read.strange + len(read.rows) - len(rows)
    return Rows(tuple(sorted(rows, key=lambda each: each.when, reverse=True)), strange)


def read_activities(records: Iterable[object], client_id: str) -> Rows[Reported]:
    """Return the newest use of each of an application's keys; a key that was never used has no date, or no row."""
    read = _read(records, lambda record: _activity(record, client_id.lower()))
    newest: dict[str, Reported] = {}
    for each in read.rows:
        known = newest.setdefault(each.key_id, each)
        if each.last > known.last:
            newest[each.key_id] = each
    return Rows(tuple(sorted(newest.values(), key=lambda each: each.last, reverse=True)), read.strange)


def _read(records: Iterable[object], one: Callable[[dict[str, Any]], T | None]) -> Rows[T]:
    rows: list[T] = []
    strange = 0
    for record in records:
        try:
            found = one(mapping(record, "the row"))
        except Misshapen:
            strange += 1
            continue
        rows += [] if found is None else [found]
    return Rows(tuple(rows), strange)


def _sign_in(record: dict[str, Any], client_id: str) -> SignIn | None:
    """Return a sign-in; None for one of another application, or of a person."""
    kinds = texts(record.get("signInEventTypes"), "`signInEventTypes`")
    if _is_of_another(record, client_id) or (kinds and _SERVICE_PRINCIPAL not in kinds):
        return None
    return SignIn(
        when=_moment(record.get("createdDateTime"), "`createdDateTime`"),
        error=_number(mapping(record.get("status"), "`status`").get("errorCode")),
        key_id=_text(record, "servicePrincipalCredentialKeyId").lower()
        or _text(record, "federatedCredentialId").lower(),
        address=_text(record, "ipAddress"),
        resource=_text(record, "resourceDisplayName"),
    )


def _activity(record: dict[str, Any], client_id: str) -> Reported | None:
    activity = mapping(record.get("signInActivity"), "`signInActivity`")
    if _is_of_another(record, client_id) or not activity.get("lastSignInDateTime"):
        return None
    key_id = _text(record, "keyId").lower()
    if not key_id:
        raise Misshapen("`keyId` is empty")
    last = _moment(activity["lastSignInDateTime"], "`lastSignInDateTime`")
    return Reported(key_id, last, _text(record, "credentialOrigin"), _lifetime(record))


def _lifetime(record: dict[str, Any]) -> timedelta | None:
    """Return how long a key is valid; examples call its end `expirationDate`."""
    ends = record.get("expirationDateTime") or record.get("expirationDate")
    if not ends or not record.get("createdDateTime"):
        return None
    return _moment(ends, "`expirationDateTime`") - _moment(record["createdDateTime"], "`createdDateTime`")


def _is_of_another(record: dict[str, Any], client_id: str) -> bool:
    return _text(record, "appId").lower() not in ("", client_id)


def _text(record: dict[str, Any], name: str) -> str:
    """Return a text; samples show both an empty one and null for what is not stated."""
    return text(record.get(name), f"`{name}`").strip()


def _moment(value: object, where: str) -> datetime:
    found = moment(_ONE_DIGIT_OFFSET.sub("0", text(value, where).strip()), where)
    if found is None:
        raise Misshapen(f"{where} is not there")
    return found


def _number(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise Misshapen("`errorCode` is no number")
    try:
        return int(value)
    except ValueError:
        raise Misshapen("`errorCode` is no number") from None
