"""Secrets and keys added and removed by an action: told once, and proven where Graph asks for proof."""

from __future__ import annotations

import base64
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import jwt
import pytest

from sandbox.identities import READER
from tests.a_tenant import a_signer
from tests.asking_graph import NOW, Graph, filled_world

if TYPE_CHECKING:
    from pathlib import Path

    from tests.a_tenant import Signer

AUDIENCE = "00000002-0000-0000-c000-000000000000"
FIRST, SECOND = (a_signer(name, start=NOW - timedelta(days=9)) for name in ("psn-01", "psn-02"))
COLLECTIONS = ("applications", "servicePrincipals")
NO_PROOF = (400, "Authentication_MissingOrMalformed")


@dataclass(frozen=True)
class Acting:
    """An application or its service principal, and its actions."""

    graph: Graph
    path: str
    id: str

    def act(self, action: str, **body: object) -> Any:  # noqa: ANN401 — any JSON
        """Return what an action answers."""
        answer = self.graph.ask("POST", f"{self.path}/{action}", body)
        assert answer.status_code in (200, 204), answer.text
        return answer.json() if answer.content else None

    def refusal(self, action: str, **body: object) -> tuple[int, str]:
        """Return how an action is refused."""
        return self.graph.refusal("POST", f"{self.path}/{action}", body)

    def entries(self, kind: str) -> list[dict[str, Any]]:
        """Return the credentials of a kind as anybody sees them."""
        entries: list[dict[str, Any]] = self.graph.get(self.path)[kind]
        return entries

    def proof(self, signer: Signer = FIRST, **claims: object) -> str:
        """Return a proof that `signer` can sign for this object, with some claims as they should not be."""
        start = int(NOW.timestamp())
        right = {"aud": AUDIENCE, "iss": self.id, "nbf": start, "exp": start + 600}
        return jwt.encode({**right, **claims}, signer.key, algorithm="RS256")


@pytest.fixture(params=COLLECTIONS)
def acting(request: pytest.FixtureRequest, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Acting:
    graph = Graph(filled_world(tmp_path, tmp_path_factory))
    application = graph.make("/v1.0/applications", displayName="ISE")
    principal = graph.make("/v1.0/servicePrincipals", appId=application["appId"])
    identifier = (application if request.param == "applications" else principal)["id"]
    return Acting(graph, f"/v1.0/{request.param}/{identifier}", identifier)


def new_key(signer: Signer) -> dict[str, str]:
    return {"type": "AsymmetricX509Cert", "usage": "Verify", "key": base64.b64encode(signer.der).decode()}


def test_a_secret_is_told_once_and_then_only_hinted_at(acting: Acting) -> None:
    made = acting.act("addPassword", passwordCredential={"displayName": "for a script"})
    (shown,) = acting.entries("passwordCredentials")
    assert shown == {**shown, "keyId": made["keyId"], "displayName": "for a script", "secretText": None}
    assert made["secretText"].startswith(shown["hint"])
    assert len(made["secretText"]) > 30


def test_a_secret_lasts_two_years_unless_its_end_is_said(acting: Acting) -> None:
    assert acting.act("addPassword")["endDateTime"].startswith("2029-01-14")
    end = "2027-02-01T00:00:00Z"
    assert acting.act("addPassword", passwordCredential={"endDateTime": end})["endDateTime"].startswith("2027-02-01")


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param({"endDateTime": "2026-01-01T00:00:00Z"}, id="an end before its beginning"),
        pytest.param({"endDateTime": "soon"}, id="an end that is no time"),
        pytest.param({"secretText": "mine"}, id="a secret of one's own"),
    ],
)
def test_a_secret_that_cannot_be_is_refused(acting: Acting, sent: dict[str, str]) -> None:
    assert acting.refusal("addPassword", passwordCredential=sent)[0] == 400
    assert acting.entries("passwordCredentials") == []


def test_a_secret_is_removed_by_its_id(acting: Acting) -> None:
    kept, gone = acting.act("addPassword"), acting.act("addPassword")
    acting.act("removePassword", keyId=gone["keyId"].upper())
    assert [entry["keyId"] for entry in acting.entries("passwordCredentials")] == [kept["keyId"]]
    assert acting.refusal("removePassword", keyId=gone["keyId"]) == (400, "Request_BadRequest")


def test_who_holds_a_key_rolls_it(acting: Acting) -> None:
    acting.graph.change(acting.path, keyCredentials=[new_key(FIRST)])
    (old,) = acting.entries("keyCredentials")
    made = acting.act("addKey", keyCredential=new_key(SECOND), passwordCredential=None, proof=acting.proof())
    assert made["key"] is None
    acting.act("removeKey", keyId=old["keyId"], proof=acting.proof(SECOND))
    assert [entry["keyId"] for entry in acting.entries("keyCredentials")] == [made["keyId"]]


@pytest.mark.parametrize(
    ("signer", "claims"),
    [
        pytest.param(SECOND, {}, id="signed by another key"),
        pytest.param(FIRST, {"iss": "somebody"}, id="for another object"),
        pytest.param(FIRST, {"aud": "https://graph.microsoft.com"}, id="for another audience"),
        pytest.param(FIRST, {"exp": int(NOW.timestamp()) + 601}, id="for longer than ten minutes"),
        pytest.param(FIRST, {"nbf": int(NOW.timestamp()) - 700, "exp": int(NOW.timestamp()) - 100}, id="of yesterday"),
    ],
)
def test_a_key_is_added_and_removed_with_proof_alone(acting: Acting, signer: Signer, claims: dict[str, object]) -> None:
    acting.graph.change(acting.path, keyCredentials=[new_key(FIRST)])
    proof = acting.proof(signer, **claims)
    assert acting.refusal("addKey", keyCredential=new_key(SECOND), proof=proof) == NO_PROOF
    assert acting.refusal("removeKey", keyId=acting.entries("keyCredentials")[0]["keyId"], proof=proof) == NO_PROOF
    assert acting.refusal("addKey", keyCredential=new_key(SECOND)) == NO_PROOF


def test_without_a_valid_certificate_nothing_proves_anything(acting: Acting) -> None:
    assert acting.refusal("addKey", keyCredential=new_key(SECOND), proof=acting.proof()) == NO_PROOF
    acting.graph.change(acting.path, keyCredentials=[new_key(FIRST)])
    moment = NOW + timedelta(days=400)
    later = replace(acting, graph=acting.graph.at(moment))
    start = int(moment.timestamp())
    proof = acting.proof(nbf=start, exp=start + 600)
    assert later.refusal("addKey", keyCredential=new_key(SECOND), proof=proof) == NO_PROOF


def test_an_application_rolls_its_own_key_without_permission_but_gives_itself_no_secret(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    graph = Graph(filled_world(tmp_path, tmp_path_factory))
    path = f"/v1.0/applications(appId='{READER.client_id}')"
    graph.change(path, keyCredentials=[new_key(FIRST)])
    acting = Acting(graph, path, graph.get(path)["id"])
    itself = replace(graph, app_id=READER.client_id, object_id=READER.object_id, roles=())
    body = {"keyCredential": new_key(SECOND), "proof": acting.proof()}
    assert itself.ask("POST", f"{path}/addKey", body).status_code == 200
    assert itself.refusal("POST", f"{path}/addPassword", {}) == (403, "Authorization_RequestDenied")
