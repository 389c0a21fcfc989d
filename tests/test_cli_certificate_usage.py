"""`ise-intune certificate usage` on the sandbox: what it says of each key, its exit codes, and the guard it feeds."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from cli.certificate import looking
from clients.graph import Directories
from clients.graph.identities import USAGE
from sandbox.faults import Fault
from sandbox.identities import TENANTS
from sandbox.sign_ins import PastSignIns, keep_past
from tests.commanding import say
from tests.drifting import NAME, a_fleet
from tests.making_certificates import make_certificate, rsa_key, to_pem
from tests.schemas import validator

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.commanding import Said
    from tests.drifting import Fleet

SCHEMA = validator(json.loads((Path(__file__).parent.parent / "docs" / "usage.schema.json").read_bytes()))
OLD, NEW, PAN = "psn-01", "psn-01-2027", "pan"
CERTIFICATES = {
    PAN: "certificates/pan.pem",
    OLD: "certificates/psn-01.pem",
    NEW: {"file": "certificates/psn-01-2027.pem", "nodes": ["psn-01"]},
}


class Desk:
    """Somebody who retires psn-01's old certificate: the node has had a new one for eleven days."""

    def __init__(self, fleet: Fleet, capsys: pytest.CaptureFixture[str]) -> None:
        self.fleet, self._capsys = fleet, capsys
        self.client_id = fleet.deployments[NAME].client_id
        self.key_ids = {each.name: each.key_id for each in fleet.deployments[NAME].declaration.certificates}

    def signs_in(self, entry: str, *days: float, **more: Any) -> None:  # noqa: ANN401 — the fields of past sign-ins
        """Let a node have signed in so many days ago, with an entry's certificate; `` for none that is stated."""
        now = self.fleet.day()
        past = {
            "tenant_id": TENANTS[0].id,
            "app_id": self.client_id,
            "at": tuple((now - timedelta(days=each)).isoformat() for each in days),
            "key_id": self.key_ids.get(entry, ""),
        }
        keep_past(self.fleet.sandbox.world, PastSignIns(**{**past, **more}))

    def usage(self, *arguments: str) -> Said:
        """Run the verb with the outputs of the deploy."""
        place = ("--outputs", str(self.fleet.outputs))
        return self.run("usage", NAME, *place, *arguments)

    def run(self, *arguments: str) -> Said:
        """Run a verb of `certificate`."""
        return say(self._capsys, "--root", str(self.fleet.folder), "certificate", *arguments)

    def look(self, *arguments: str) -> tuple[Said, dict[str | None, Any]]:
        """Run the verb; return what it said, and in JSON each key's part by its entry."""
        said = self.usage("--format", "json", *arguments)
        SCHEMA.validate(said.json)
        return said, {each["entry"]: each for each in said.json["keys"]}

    def take_off(self, entry: str) -> None:
        """Take a certificate off the application, as a deploy does."""
        store, application = self.fleet.sandbox.world.store, self.fleet.deployments[NAME].application
        document = store.get(TENANTS[0].id, "application", application)
        assert document is not None
        kept = [each for each in document["keyCredentials"] if each["keyId"] != self.key_ids[entry]]
        store.put(TENANTS[0].id, "application", application, {**document, "keyCredentials": kept})


@pytest.fixture
def desk(
    tmp_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Desk:
    fleet = a_fleet(tmp_path, tmp_path_factory)
    lasting = make_certificate("psn-01", key=rsa_key(NEW), not_after=datetime.now(UTC) + timedelta(days=900))
    (fleet.environments / "certificates").mkdir(parents=True)
    (fleet.environments / "certificates" / f"{NEW}.pem").write_bytes(to_pem(lasting))
    fleet.deploy(certificates=CERTIFICATES)
    fleet.enter(monkeypatch)
    monkeypatch.setattr(looking, "Directories", partial(Directories, ways=fleet.sandbox.ways))
    monkeypatch.chdir(tmp_path)
    made = Desk(fleet, capsys)
    made.signs_in(PAN, 29, 8, 0.1)
    made.signs_in(OLD, 20, 12)
    made.signs_in(NEW, 11, 0.2)
    return made


def test_an_old_certificate_that_nobody_presents_is_unused_and_goes_for_that_reason(desk: Desk) -> None:
    file = desk.fleet.folder / "usage.json"
    said = desk.usage("--format", "json", "--output", str(file))
    assert (said.code, said.err) == (0, "")
    document = json.loads(file.read_bytes())
    SCHEMA.validate(document)
    told = {each["entry"]: (each["verdict"], each["origin"]) for each in document["keys"]}
    assert told == {
        PAN: ("in use", "application"),
        OLD: ("unused", "application"),
        NEW: ("in use", "application"),
    }
    assert desk.run("remove", NAME, PAN, "--evidence", str(file)).code == 1
    said = desk.run("remove", NAME, OLD, "--evidence", str(file))
    assert said.code == 0
    assert "entry psn-01 taken out: unused since " in said.err


def test_with_the_permissions_of_its_identity_everything_can_be_told(desk: Desk) -> None:
    desk.fleet.may(*USAGE.permissions)
    said, _ = desk.look()
    assert (said.code, said.json["unchecked"]) == (0, [])


def test_an_old_certificate_that_a_node_went_back_to_is_found(desk: Desk) -> None:
    desk.signs_in(OLD, 3)
    said, keys = desk.look()
    assert (said.code, keys[OLD]["verdict"]) == (2, "in use")
    (found,) = said.json["found"]
    assert (found["id"], found["subject"], found["environment"]) == ("certificate-still-used", OLD, NAME)


def test_one_entry_alone_can_be_asked_for_by_its_name_or_key_id(desk: Desk) -> None:
    for name in (OLD, desk.key_ids[OLD].upper()):
        said, keys = desk.look("--entry", name)
        assert (said.code, [*keys]) == (0, [OLD])
    assert desk.look("--entry", PAN)[0].code == 2, "it is in use, and somebody means to take it away"
    said = desk.usage("--entry", "psn-1")
    assert (said.code, said.out) == (1, "")
    assert said.err.startswith("error: --entry: 'psn-1' is no entry of production; did you mean `psn-01`")


def without_licence(desk: Desk) -> None:
    conditions = desk.fleet.sandbox.world.conditions
    conditions.set(replace(conditions.limits, tenants_without_premium=(TENANTS[0].id,)))


def without_permission(desk: Desk) -> None:
    desk.fleet.may("Application.Read.All", "Directory.Read.All")


def log_away(desk: Desk) -> None:
    desk.fleet.sandbox.faults.set(Fault(path_prefix="/beta/auditLogs", status=503, count=None))


def report_away(desk: Desk) -> None:
    desk.fleet.sandbox.faults.set(Fault(path_prefix="/beta/reports", status=403, count=None))


def nameless_row(desk: Desk) -> None:
    desk.signs_in("", 5)


def log_that_lacks_a_row(desk: Desk) -> None:
    """What the report knows, the log must have."""
    store, tenant = desk.fleet.sandbox.world.store, TENANTS[0].id
    for each in store.where(tenant, "signIn", "servicePrincipalCredentialKeyId", desk.key_ids[OLD]):
        store.delete(tenant, "signIn", each["id"])


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        pytest.param(without_licence, "needs Microsoft Entra ID P1 (403)", id="licence"),
        pytest.param(without_permission, "the sign-in log could not be read in full: needs AuditLog.Read.All (403)",
                     id="permission"),
        pytest.param(log_away, "the sign-in log could not be read in full: Graph answered 503", id="log away"),
        pytest.param(report_away, "the activity report could not be read: needs AuditLog.Read.All (403)", id="report"),
        pytest.param(nameless_row, "1 sign-in in the log without a key id, the last at ", id="row without key id"),
        pytest.param(log_that_lacks_a_row, "the activity report knows of a use at ", id="newer use in the report"),
    ],
)  # fmt: skip
def test_what_cannot_be_seen_is_said_and_is_never_unused(
    desk: Desk, spoil: Callable[[Desk], None], reason: str
) -> None:
    spoil(desk)
    said, keys = desk.look()
    assert (said.code, keys[OLD]["verdict"], keys[OLD]["unused_since"]) == (1, "cannot tell", None)
    assert any(reason in each for each in keys[OLD]["reasons"]), keys[OLD]["reasons"]
    assert {each["reason"] for each in said.json["unchecked"] if each["entry"] == OLD} == {*keys[OLD]["reasons"]}
    forbidden = any("(403)" in each for each in keys[OLD]["reasons"])
    assert bool(said.json["usage"]["notes"]) is forbidden, "who lacks a permission is told where to look"


def test_rows_that_come_twice_odd_thumbprints_and_malformed_offsets_change_nothing(desk: Desk) -> None:
    desk.signs_in(NEW, 2, copies=3, thumbprint="c0ffee==")
    conditions = desk.fleet.sandbox.world.conditions
    conditions.set(replace(conditions.limits, report_as_in_examples=True))
    said, keys = desk.look()
    assert (said.code, keys[OLD]["verdict"]) == (0, "unused")
    assert "2 sign-ins in the quiet time" in desk.usage("--entry", NEW).out


def test_a_node_that_cannot_sign_in_since_its_certificate_was_taken_away_is_an_alarm(desk: Desk) -> None:
    desk.take_off(OLD)
    assert desk.look()[0].json["gone"][0]["key_id"] == desk.key_ids[OLD]
    desk.signs_in("", 0.5, error_code=700027, address="198.51.100.9")
    said, _ = desk.look()
    assert said.code == 2
    assert [each["id"] for each in said.json["found"]] == ["certificate-missed"]
    (refused,) = said.json["refused"]
    assert (refused["error"], refused["address"], refused["key_id"]) == (700027, "198.51.100.9", None)


def test_what_else_is_on_the_application_is_told(desk: Desk) -> None:
    desk.fleet.sandbox.graph.ask(
        "POST", f"/v1.0/applications/{desk.fleet.deployments[NAME].application}/addPassword", {}
    )
    said, keys = desk.look()
    assert (said.code, keys[None]["kind"], keys[None]["holders"]) == (0, "secret", ["application"])
    assert "an undeclared secret" in desk.usage().out


def test_who_may_not_read_the_application_is_told_so(desk: Desk) -> None:
    desk.fleet.may("AuditLog.Read.All")
    said, keys = desk.look()
    assert (said.code, keys[OLD]["registered"], keys[OLD]["verdict"]) == (1, None, "unused")
    assert said.json["unchecked"][0]["reason"] == "needs Application.Read.All (403)"


@pytest.mark.parametrize("way", ["sign-in", "outputs"])
def test_where_nothing_can_be_read_every_key_says_why(desk: Desk, way: str) -> None:
    if way == "sign-in":
        desk.fleet.forget_secret(TENANTS[0].id)
        said, keys = desk.look()
    else:
        said = desk.run("usage", NAME, "--format", "json")
        keys = {each["entry"]: each for each in said.json["keys"]}
    reason = {"sign-in": "Entra: ", "outputs": "no outputs of a deploy are here"}[way]
    assert said.code == 1
    assert all(
        each["reasons"][0].startswith(f"neither the sign-in log nor the activity report could be read: {reason}")
        for each in keys.values()
    )


def test_another_cloud_has_no_such_logs(desk: Desk) -> None:
    desk.fleet.deploy(NAME, tenant_id=TENANTS[4].id, cloud=TENANTS[4].cloud)
    said, keys = desk.look()
    assert said.code == 1
    assert "Microsoft has these logs in its global cloud alone, not in china" in keys[OLD]["reasons"][0]
    assert [path for path in desk.fleet.sandbox.paths() if path.startswith("/beta/auditLogs")] == []


@pytest.mark.parametrize("form", ["text", "markdown", "html"])
def test_every_format_says_the_same(desk: Desk, form: str) -> None:
    said = desk.usage("--format", form)
    assert said.code == 0
    for words in ("Unused", "In use", "3 keys: 2 in use, 1 unused.", desk.key_ids[OLD]):
        assert words in said.out
