"""Certificates on an application: what Graph takes, what it shows, and what it refuses (provider.md §2)."""

from __future__ import annotations

import base64
import hashlib
import itertools
import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from tests.asking_graph import Graph, filled_world
from tests.making_certificates import ec_key, make_certificate, private_keys, rsa_key, to_pem

if TYPE_CHECKING:
    from pathlib import Path

START = datetime(2026, 12, 1, 8, 30, tzinfo=UTC)
END = datetime(2027, 12, 1, 8, 30, tzinfo=UTC)
DER = make_certificate("psn-01.example.net", not_before=START, not_after=END)
SUCCESSOR = make_certificate("psn-01.example.net", key=rsa_key("next"), not_before=START, not_after=END)
THUMBPRINT = hashlib.sha1(DER).hexdigest().upper()  # noqa: S324 — Entra's name for a certificate
KEY_ID = "0c0ffee0-1111-5111-8111-111111111111"
OTHER_ID = "0c0ffee0-2222-5222-8222-222222222222"


def base64_of(content: bytes) -> str:
    return base64.b64encode(content).decode()


def entry(content: bytes = DER, **changes: object) -> dict[str, Any]:
    """Return a new entry as a client sends it; a change to None leaves the property out."""
    sent = {"keyId": KEY_ID, "key": base64_of(content), "type": "AsymmetricX509Cert", "usage": "Verify", **changes}
    return {name: value for name, value in sent.items() if value is not None}


class Application:
    """One application and its certificates."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.path = f"/v1.0/applications/{graph.make('/v1.0/applications', displayName='ISE')['id']}"

    def send(self, *entries: dict[str, Any]) -> None:
        """Replace the certificates."""
        self.graph.change(self.path, keyCredentials=list(entries))

    def refusal(self, *entries: dict[str, Any]) -> tuple[int, str]:
        """Return how Graph refuses these certificates."""
        return self.graph.refusal("PATCH", self.path, {"keyCredentials": list(entries)})

    def entries(self) -> list[dict[str, Any]]:
        """Return what anybody sees."""
        entries: list[dict[str, Any]] = self.graph.get(self.path)["keyCredentials"]
        return entries

    def keys(self) -> list[str]:
        """Return the certificates themselves."""
        shown = self.graph.get(self.path, select="keyCredentials")
        return [entry["key"] for entry in shown["keyCredentials"]]


@pytest.fixture
def application(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Application:
    return Application(Graph(filled_world(tmp_path, tmp_path_factory)))


def test_what_is_left_out_comes_from_the_certificate(application: Application) -> None:
    application.send({"key": base64_of(DER)})
    (shown,) = application.entries()
    assert uuid.UUID(shown.pop("keyId")).version != 4
    assert shown == {
        "customKeyIdentifier": THUMBPRINT,
        "displayName": "CN=psn-01.example.net",
        "endDateTime": "2027-12-01T08:30:00Z",
        "key": None,
        "startDateTime": "2026-12-01T08:30:00Z",
        "type": "AsymmetricX509Cert",
        "usage": "Verify",
    }


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(DER, id="DER, as portal and scripts send"),
        pytest.param(to_pem(DER), id="PEM text, as the provider sends"),
        pytest.param(to_pem(DER, newline="\r\n"), id="PEM text from Windows"),
    ],
)
def test_the_certificate_is_kept_as_der_whatever_form_it_came_in(application: Application, content: bytes) -> None:
    application.send(entry(content))
    assert application.keys() == [base64_of(DER)]


def test_a_certificate_may_end_in_a_byte_that_is_white_space_in_a_text(application: Application) -> None:
    """Its last byte is the signature's, so one in 43 does."""
    ders = (make_certificate(serial_number=number, not_before=START, not_after=END) for number in itertools.count(1))
    der = next(der for der in ders if der[-1:].isspace())
    application.send(entry(der))
    assert application.keys() == [base64_of(der)]


def test_the_certificate_is_shown_for_one_application_that_is_asked_for_it(application: Application) -> None:
    application.send(entry())
    assert [shown["key"] for shown in application.entries()] == [None]
    (listed,) = application.graph.values("/v1.0/applications", filter="displayName eq 'ISE'", select="keyCredentials")
    assert [shown["key"] for shown in listed["keyCredentials"]] == [None]
    assert application.keys() == [base64_of(DER)]


def test_a_patch_repeats_what_is_there_and_adds_to_it(application: Application) -> None:
    application.send(entry())
    (echoed,) = application.entries()
    application.send(echoed, entry(SUCCESSOR, keyId=OTHER_ID))
    assert application.keys() == [base64_of(DER), base64_of(SUCCESSOR)]


def test_what_a_patch_leaves_out_is_taken_away_and_the_order_is_as_sent(application: Application) -> None:
    application.send(entry(), entry(SUCCESSOR, keyId=OTHER_ID))
    first, second = application.entries()
    application.send(second, first)
    assert application.entries() == [second, first]
    application.send(second)
    assert application.entries() == [second]


def test_a_patch_of_something_else_leaves_certificates_alone(application: Application) -> None:
    application.send(entry())
    application.graph.change(application.path, notes="unrelated")
    assert application.keys() == [base64_of(DER)]


def test_repeating_a_certificate_with_its_bytes_is_no_change(application: Application) -> None:
    application.send(entry())
    (echoed,) = application.entries()
    application.send({**echoed, "key": base64_of(to_pem(DER)), "keyId": KEY_ID.upper()})
    assert application.entries() == [echoed]


@pytest.mark.parametrize(
    "edit",
    [
        pytest.param({"endDateTime": "2027-06-01T00:00:00Z"}, id="end date"),
        pytest.param({"startDateTime": "2027-01-01T00:00:00Z"}, id="start date"),
        pytest.param({"usage": "Sign"}, id="usage"),
        pytest.param({"displayName": "another"}, id="display name"),
        pytest.param({"customKeyIdentifier": "AAAA"}, id="identifier"),
        pytest.param({"key": base64_of(SUCCESSOR)}, id="bytes swapped under the same key id"),
    ],
)
def test_an_existing_certificate_cannot_be_edited(application: Application, edit: dict[str, str]) -> None:
    application.send(entry())
    (echoed,) = application.entries()
    assert application.refusal({**echoed, **edit}) == (400, "Request_BadRequest")
    assert application.entries() == [echoed]


def test_the_same_instant_written_otherwise_is_no_edit(application: Application) -> None:
    application.send(entry())
    (echoed,) = application.entries()
    application.send({**echoed, "endDateTime": "2027-12-01T09:30:00.0000000+01:00"})
    assert application.entries() == [echoed]


def test_a_key_id_that_is_still_there_cannot_be_added_again(application: Application) -> None:
    application.send(entry())
    (echoed,) = application.entries()
    assert application.refusal(echoed, entry(SUCCESSOR)) == (400, "Request_BadRequest")


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        pytest.param(entry(key=None), "Request_BadRequest", id="a new entry without key"),
        pytest.param(
            entry(endDateTime="2027-12-01T08:30:01Z"), "KeyCredentialsInvalidEndDate", id="a second beyond not_after"
        ),
        pytest.param(
            entry(endDateTime="2026-12-01T08:30:00Z"), "KeyCredentialsInvalidEndDate", id="an end before its start"
        ),
        pytest.param(
            entry(startDateTime="2026-11-30T00:00:00Z"), "KeyCredentialsInvalidStartDate", id="before not_before"
        ),
        pytest.param(entry(endDateTime="soon"), "Request_BadRequest", id="a date that is none"),
        pytest.param(entry(b"not a certificate"), "KeyCredentialsInvalidKey", id="no certificate"),
        pytest.param(entry(key="%%%"), "KeyCredentialsInvalidKey", id="no base64"),
        pytest.param(
            entry(to_pem(DER) + private_keys()["pkcs8-pem"]), "KeyCredentialsInvalidKey", id="a private key beside it"
        ),
        pytest.param(
            entry(make_certificate(key=ec_key(), not_before=START, not_after=END)),
            "Request_BadRequest",
            id="elliptic curve",
        ),
        pytest.param(
            entry(make_certificate(key=rsa_key("small", 1024), not_before=START, not_after=END)),
            "Request_BadRequest",
            id="RSA of 1024 bits",
        ),
        pytest.param(entry(type="Symmetric"), "Request_BadRequest", id="a symmetric key"),
        pytest.param(entry(usage="Everything"), "Request_BadRequest", id="an unknown usage"),
        pytest.param(entry(displayName="x" * 91), "Request_BadRequest", id="a display name of 91 characters"),
    ],
)
def test_a_certificate_that_entra_cannot_use_is_refused(
    application: Application, sent: dict[str, Any], code: str
) -> None:
    assert application.refusal(sent) == (400, code)
    assert application.entries() == []


def test_an_end_date_before_the_certificates_own_is_kept(application: Application) -> None:
    application.send(entry(endDateTime="2027-06-01T00:00:00Z"))
    assert [shown["endDateTime"] for shown in application.entries()] == ["2027-06-01T00:00:00Z"]


def test_the_empty_type_that_the_provider_sends_becomes_the_only_one_there_is(application: Application) -> None:
    application.send(entry(type=""))
    assert [shown["type"] for shown in application.entries()] == ["AsymmetricX509Cert"]


def test_an_identifier_that_was_sent_is_kept_as_it_is(application: Application) -> None:
    application.send(entry(customKeyIdentifier="ieF43L8nkyw/PEHjWvj+PkWebXk="))
    assert [shown["customKeyIdentifier"] for shown in application.entries()] == ["ieF43L8nkyw/PEHjWvj+PkWebXk="]


def test_a_service_principal_has_certificates_of_its_own(application: Application) -> None:
    graph = application.graph
    app_id = graph.get(application.path)["appId"]
    principal = graph.make("/v1.0/servicePrincipals", appId=app_id)
    graph.change(f"/v1.0/servicePrincipals/{principal['id']}", keyCredentials=[entry()])
    path = f"/v1.0/servicePrincipals(appId='{app_id}')"
    assert [shown["customKeyIdentifier"] for shown in graph.get(path)["keyCredentials"]] == [THUMBPRINT]
    assert application.entries() == []
