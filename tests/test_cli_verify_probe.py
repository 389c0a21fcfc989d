"""`verify --probe`: a credential for minutes that leaves no trace, whatever happens, and touches no other."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from cli.verify import probing
from clients import chain as walking
from clients import ise_wire, probe
from clients.application_keys import ApplicationKeys, Held
from clients.graph.identities import VERIFY
from clients.interruption import once_done
from helpers.clouds import CLOUDS
from helpers.errors import ServiceError
from helpers.verifying import links
from sandbox.faults import Fault
from sandbox.identities import AUDITOR, DEPLOYER
from tests.a_tenant import a_signer, key_credential
from tests.commanding import say
from tests.deployments import undone
from tests.granting import grant_only
from tests.sandboxes import command_line, end
from tests.verifying import NAME, TENANT, Chain, Served, deploy, enter, serving

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from clients.ise_wire import AccessToken
    from tests.commanding import Said

KEY_NOT_FOUND = json.dumps(
    {
        "error": "invalid_client",
        "error_description": "AADSTS700027: … Reason - The key was not found., Thumbprint of key used by client: 'AB'",
        "error_codes": [700027],
    }
)


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("probe") / "sandbox") as served:
        yield served


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Let no time pass, and note for how long somebody meant to wait."""
    waited: list[float] = []
    monkeypatch.setattr(walking.Clock, "sleep", lambda _, seconds: waited.append(seconds))
    return waited


@pytest.fixture
def chain(sandbox: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, waits: list[float]) -> Iterator[Chain]:
    assert waits == []
    enter(sandbox, monkeypatch, tmp_path, pipeline=DEPLOYER)
    with undone(sandbox.world.store):
        yield deploy(sandbox, tmp_path)
    sandbox.control.clear_faults()


def link(said: Said, name: str) -> dict[str, Any]:
    """Return a link of a result."""
    return next(each for each in said.json["links"] if each["name"] == name)


def meddle(monkeypatch: pytest.MonkeyPatch, then: Callable[[], None]) -> None:
    """Let something happen while the probe is there."""

    def registered(*arguments: Any, **options: Any) -> Any:  # noqa: ANN401 — its own
        return _Around(probe.registered(*arguments, **options), then)

    monkeypatch.setattr(probing, "registered", registered)


class _Around:
    def __init__(self, context: Any, then: Callable[[], None]) -> None:  # noqa: ANN401
        self._context, self._then = context, then

    def __enter__(self) -> probe.Probe:
        given: probe.Probe = self._context.__enter__()
        try:
            self._then()
        except BaseException as error:
            if not self._context.__exit__(type(error), error, error.__traceback__):
                raise
        return given

    def __exit__(self, *failure: object) -> bool | None:
        result: bool | None = self._context.__exit__(*failure)
        return result


# What it proves


def test_who_lacks_the_one_permission_it_needs_is_told_what_to_be(
    chain: Chain, capsys: pytest.CaptureFixture[str]
) -> None:
    grant_only(chain.sandbox.world, DEPLOYER, VERIFY.permissions)
    assert chain.verify(capsys, "--probe", "--yes").code == 0
    before = chain.application["keyCredentials"]
    grant_only(chain.sandbox.world, DEPLOYER, ())
    said = chain.verify(capsys, "--probe", "--yes")
    assert said.code == 1
    assert "403" in said.out + said.err
    assert "sign in as the deployer" in " ".join((said.out + said.err).split())
    assert chain.application["keyCredentials"] == before


def test_a_probe_proves_the_chain_and_says_that_possession_was_not_tested(
    chain: Chain, capsys: pytest.CaptureFixture[str]
) -> None:
    before = chain.application["keyCredentials"]
    said = chain.verify(capsys, "--probe", "--yes")
    assert said.code == 0, said.out
    told = " ".join(said.out.split())
    assert "Chain proven with a probe. psn-01: registered, possession not tested." in told
    assert chain.application["keyCredentials"] == before
    assert chain.notes == []


def test_while_it_is_there_its_name_says_what_it_is_and_it_ends_within_a_quarter_of_an_hour(
    chain: Chain, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[dict[str, Any]] = []
    notes: list[str] = []

    def look() -> None:
        seen.append(chain.application["keyCredentials"][-1])
        notes.extend(path.read_text() for path in chain.notes)

    meddle(monkeypatch, look)
    said = chain.verify(capsys, "--probe", "--yes")
    (entry,) = seen
    assert entry["displayName"].startswith("ise-intune verify --probe, until ")
    assert datetime.fromisoformat(entry["endDateTime"]) <= datetime.now(UTC) + timedelta(minutes=15)
    assert entry["keyId"] in notes[0]
    assert entry["keyId"] in said.err
    assert "PRIVATE" not in "".join(notes)


def test_what_the_directory_lacks_is_found_with_a_probe_too(chain: Chain, capsys: pytest.CaptureFixture[str]) -> None:
    chain.change_application(keyCredentials=chain.application["keyCredentials"][1:])
    said = chain.verified(capsys, "--probe", "--yes")
    assert (said.code, link(said, "certificate psn-01")["outcome"]) == (2, "broken")
    assert link(said, links.GRAPH_TOKEN)["outcome"] == "ok"


def unknown_to_entra(chain: Chain, monkeypatch: pytest.MonkeyPatch, *, times: int) -> None:
    """Let Entra not know ISE's certificate so many times; who else signs in is not concerned."""
    sign_in, left = ise_wire.sign_in_to_graph, iter(range(times))

    def signed_in(*arguments: Any, **options: Any) -> AccessToken:  # noqa: ANN401 — its own
        if next(left, None) is not None:
            chain.sandbox.control.set_fault(Fault(service="entra", status=401, body=KEY_NOT_FOUND))
        token: AccessToken = sign_in(*arguments, **options)
        return token

    monkeypatch.setattr(ise_wire, "sign_in_to_graph", signed_in)


def test_it_waits_until_entra_knows_the_probe(
    chain: Chain, capsys: pytest.CaptureFixture[str], waits: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    unknown_to_entra(chain, monkeypatch, times=3)
    said = chain.verified(capsys, "--probe", "--yes")
    assert said.code == 0
    assert waits == [5.0, 5.0, 5.0]
    assert "known after 15 s" in link(said, links.GRAPH_TOKEN)["what"]


def test_its_patience_with_entra_ends_after_five_minutes(
    chain: Chain, capsys: pytest.CaptureFixture[str], waits: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    unknown_to_entra(chain, monkeypatch, times=1000)
    said = chain.verified(capsys, "--probe", "--yes")
    assert said.code == 2
    assert "AADSTS700027" in link(said, links.GRAPH_TOKEN)["what"]
    assert sum(waits) == 300
    assert len(chain.key_ids) == 2


# Asking first


def test_without_a_terminal_and_without_yes_nothing_is_changed(
    chain: Chain, capsys: pytest.CaptureFixture[str]
) -> None:
    said = chain.verify(capsys, "--probe")
    assert (said.code, said.out) == (1, "")
    assert "nobody is here to ask; give --yes too" in said.err
    assert "PATCH" not in {each.method for each in chain.sandbox.control.requests()[-20:]}


def test_at_a_terminal_it_asks_first(
    chain: Chain, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(probing, "somebody_is_there", lambda: True)
    monkeypatch.setattr("click.confirm", lambda question, **_: "15 minutes" not in question)
    said = chain.verify(capsys, "--probe")
    assert said.code == 1
    assert "was not agreed to; nothing was changed" in said.err


# Whatever happens


@pytest.mark.parametrize("failure", [KeyboardInterrupt, RuntimeError], ids=lambda failure: failure.__name__)
def test_whatever_happens_on_the_way_it_is_removed(
    chain: Chain, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, failure: type[BaseException]
) -> None:
    def fail() -> None:
        assert len(chain.key_ids) == 3
        raise failure

    meddle(monkeypatch, fail)
    said = chain.verify(capsys, "--probe", "--yes")
    assert said.code == (130 if failure is KeyboardInterrupt else 1)
    assert len(chain.key_ids) == 2
    assert chain.notes == []


def test_a_second_interruption_leaves_the_note_and_the_next_run_removes_the_probe(
    chain: Chain, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def again(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        meddle(patch, lambda: patch.setattr("clients.probe._remove", again))
        said = chain.verify(capsys, "--probe", "--yes")
    assert said.code == 130
    assert "the probe may still be there: key id" in said.err
    assert len(chain.key_ids) == 3
    (note,) = chain.notes
    assert note.stem in chain.key_ids
    forget_process(note)
    following = chain.verified(capsys, "--probe", "--yes")
    assert following.code == 0, following.err
    assert len(chain.key_ids) == 2
    assert chain.notes == []
    assert (
        f"A probe that an earlier run had left was removed first: key id {note.stem}."
        in (following.json["verify"]["notes"])
    )


def forget_process(note: Path) -> None:
    """Let a note be of a process that is gone."""
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    note.write_text(json.dumps({**json.loads(note.read_text()), "process": gone.pid}))


def test_another_run_with_a_probe_there_is_not_disturbed(chain: Chain, capsys: pytest.CaptureFixture[str]) -> None:
    left(chain, process=os.getppid())
    said = chain.verify(capsys, "--probe", "--yes")
    assert said.code == 1
    assert f"another run (process {os.getppid()}) has a probe there" in said.err
    assert len(chain.key_ids) == 3


def test_a_number_of_a_process_that_another_program_has_by_now_stops_nobody_after_the_end(
    chain: Chain, capsys: pytest.CaptureFixture[str]
) -> None:
    left(chain, process=os.getppid(), registered=False, ends=timedelta(minutes=-1))
    assert chain.verify(capsys, "--probe", "--yes").code == 0
    assert chain.notes == []


def test_of_two_that_begin_at_once_the_later_one_takes_nothing_away_and_leaves_no_note(
    chain: Chain, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    made, others = probe._made, []

    def meanwhile(now: datetime) -> probe.Probe:
        others.append(left(chain, process=os.getppid()))
        return made(now)

    monkeypatch.setattr(probe, "_made", meanwhile)
    said = chain.verify(capsys, "--probe", "--yes")
    assert (said.code, "has a probe there" in said.err) == (1, True)
    assert others[0] in chain.key_ids
    assert [note.stem for note in chain.notes] == others


@pytest.mark.parametrize(
    "forged",
    [
        pytest.param({"key_id": "../../victim"}, id="another file"),
        pytest.param({"process": 10**30}, id="no number of a process"),
        pytest.param({"process": -1}, id="every process"),
    ],
)
def test_a_forged_note_neither_removes_another_file_nor_ends_in_a_traceback(
    chain: Chain, capsys: pytest.CaptureFixture[str], forged: dict[str, Any]
) -> None:
    victim = chain.place / "victim.json"
    victim.write_text("{}")
    left(chain, process=os.getpid(), registered=False, ends=timedelta(minutes=-1))
    (note,) = chain.notes
    note.write_text(json.dumps({**json.loads(note.read_text()), **forged}))
    said = chain.verify(capsys, "--probe", "--yes")
    assert (said.code, said.err.count("Traceback")) == (0, 0)
    assert victim.exists()


def left(chain: Chain, *, process: int, registered: bool = True, ends: timedelta = timedelta(minutes=10)) -> str:
    """Leave a probe, as a run that was killed does; return its key id."""
    entry = {**key_credential(a_signer("left")), "displayName": "ise-intune verify --probe, until then"}
    entry["customKeyIdentifier"] = "AB" * 20
    if registered:
        chain.change_application(keyCredentials=[*chain.application["keyCredentials"], entry])
    folder = chain.place / ".cache" / "verify"
    folder.mkdir(parents=True, exist_ok=True)
    note = {
        "version": 1,
        "tenant_id": TENANT,
        "client_id": chain.deployment.client_id,
        "key_id": entry["keyId"],
        "ends": (datetime.now(UTC) + ends).isoformat(),
        "process": process,
    }
    (folder / f"{entry['keyId']}.json").write_text(json.dumps(note))
    return str(entry["keyId"])


@pytest.mark.parametrize(("ends", "kept"), [(timedelta(minutes=5), 1), (timedelta(minutes=-1), 0)])
def test_a_note_of_what_is_not_there_is_kept_until_it_could_not_come_any_more(
    chain: Chain, capsys: pytest.CaptureFixture[str], ends: timedelta, kept: int
) -> None:
    left(chain, process=os.getpid(), registered=False, ends=ends)
    assert chain.verify(capsys, "--probe", "--yes").code == 0
    assert len(chain.notes) == kept


def test_what_only_looks_like_a_probe_is_told_and_left_alone(chain: Chain, capsys: pytest.CaptureFixture[str]) -> None:
    entry = key_credential(a_signer("alike"), end=datetime.now(UTC), start=datetime.now(UTC) - timedelta(minutes=15))
    entry |= {"displayName": "ise-intune verify --probe, until now", "customKeyIdentifier": "AB" * 20}
    chain.change_application(keyCredentials=[*chain.application["keyCredentials"], entry])
    said = chain.verified(capsys, "--probe", "--yes")
    assert f"Key id {entry['keyId']} looks like a probe" in said.json["verify"]["notes"][0]
    assert entry["keyId"] in chain.key_ids


def test_a_note_alone_takes_nobodys_credential_away(chain: Chain, capsys: pytest.CaptureFixture[str]) -> None:
    """Anybody who can write to the folder could name the credential that ISE signs in with."""
    key_id = left(chain, process=os.getpid())
    (folder := chain.place / ".cache" / "verify").joinpath("broken.json").write_text("[]")
    said = chain.verified(capsys, "--probe", "--yes")
    assert said.code == 0
    assert key_id in chain.key_ids
    assert said.json["verify"]["notes"] == [
        f"Key id {key_id} is noted as a probe's, and does not look like one: it was left alone."
    ]
    assert len([*folder.glob("*.json")]) == 2


def test_a_probe_that_is_left_is_drift_like_any_foreign_credential(
    chain: Chain, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    key_id = left(chain, process=os.getpid())
    enter(chain.sandbox, monkeypatch, chain.place, pipeline=AUDITOR)
    outputs = ("--outputs", str(chain.outputs), "--settle", "0")
    said = say(capsys, "--root", str(chain.place), "drift", NAME, *outputs, "--format", "json")
    assert said.code == 2
    (found,) = [each for each in said.json["found"] if each["subject"] == key_id]
    assert found["severity"] == "high"


# Others' credentials


@pytest.mark.parametrize("lost", [True, False], ids=["went missing", "appeared"])
def test_another_key_id_that_changes_meanwhile_is_told_loudly(
    chain: Chain, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *, lost: bool
) -> None:
    foreign = {**key_credential(a_signer("foreign")), "customKeyIdentifier": "AB" * 20, "displayName": "foreign"}
    victim = chain.key_ids[0]

    def change() -> None:
        entries = chain.application["keyCredentials"]
        chain.change_application(keyCredentials=entries[1:] if lost else [*entries, foreign])

    meddle(monkeypatch, change)
    said = chain.verified(capsys, "--probe", "--yes")
    assert said.code == 2
    told = link(said, links.OTHER_CREDENTIALS)
    assert told["outcome"] == "broken"
    expected = f"key id {victim} went missing" if lost else f"key id {foreign['keyId']} appeared"
    assert expected in told["what"]
    # What somebody else added is not taken away with the probe.
    assert len(chain.key_ids) == (1 if lost else 3)


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        pytest.param({"status": 403}, "sign in as the deployer", id="not allowed"),
        pytest.param(
            {"status": 400, "body": '{"error": {"code": "CredentialTypeNotAllowedAsPerAppPolicy"}}'},
            "app management policy",
            id="forbidden by policy",
        ),
        pytest.param({"status": 400, "body": "{}"}, "400", id="refused for another reason"),
    ],
)
def test_a_probe_that_cannot_be_registered_says_nothing_of_the_chain(
    chain: Chain, capsys: pytest.CaptureFixture[str], fault: dict[str, Any], says: str
) -> None:
    chain.sandbox.control.set_fault(Fault(service="graph", method="PATCH", count=None, **fault))
    said = chain.verified(capsys, "--probe", "--yes")
    told = link(said, links.PROBE)
    assert (said.code, told["outcome"]) == (1, "not tested")
    assert says in told["what"]
    assert chain.notes == []


@pytest.mark.parametrize("status", [429, 503])
def test_a_graph_that_is_busy_is_asked_again(
    chain: Chain, capsys: pytest.CaptureFixture[str], waits: list[float], status: int
) -> None:
    chain.sandbox.control.set_fault(Fault(service="graph", method="PATCH", count=2, status=status))
    assert chain.verify(capsys, "--probe", "--yes").code == 0
    assert waits[:2] == [1.0, 2.0]
    assert len(chain.key_ids) == 2


def test_a_probe_that_cannot_be_removed_is_told_loudly_and_remembered(
    chain: Chain, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    fault = Fault(service="graph", method="PATCH", count=None, status=403)
    meddle(monkeypatch, lambda: chain.sandbox.control.set_fault(fault))
    said = chain.verified(capsys, "--probe", "--yes")
    assert said.code == 2
    assert "could not be removed" in link(said, links.PROBE)["what"]
    assert link(said, links.DEVICE)["outcome"] == "ok"
    assert [note.stem for note in chain.notes] == chain.key_ids[2:]


def test_old_copies_that_graph_shows_for_a_while_are_waited_out(
    chain: Chain, capsys: pytest.CaptureFixture[str]
) -> None:
    limits = chain.sandbox.control.limits()
    chain.sandbox.control.set_limits(limits.changed({"lag_objects": 2}))
    try:
        said = chain.verified(capsys, "--probe", "--yes")
    finally:
        chain.sandbox.control.set_limits(limits)
    assert link(said, links.OTHER_CREDENTIALS)["outcome"] == "ok", said.out
    assert said.code == 0
    assert len(chain.key_ids) == 2


def test_a_credential_without_an_id_is_never_sent_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """It would be taken for a new one, and what it was would be gone."""
    answers = {"id": "1", "displayName": "x", "keyCredentials": [{"keyId": None}]}
    monkeypatch.setattr(ApplicationKeys, "_ask", lambda *_, **__: _Answered(answers))
    keys = ApplicationKeys(httpx.Client(), CLOUDS["global"], "c", lambda: "", walking.Clock())
    with pytest.raises(ServiceError, match="of another form"):
        keys.change(lambda held: held.entries)
    assert Held("1", "x", ()).key_ids == frozenset()


class _Answered:
    ok, status, service = True, 200, "Microsoft Graph"

    def __init__(self, document: dict[str, Any]) -> None:
        self.content = json.dumps(document).encode()


# Signals


def test_the_first_interruption_waits_for_the_work_and_the_second_does_not() -> None:
    done: list[str] = []

    def work(*signals: signal.Signals) -> None:
        with once_done():
            for each in signals:
                signal.raise_signal(each)
            done.append("the work")

    with pytest.raises(KeyboardInterrupt):
        work(signal.SIGINT)
    assert done == ["the work"]
    with pytest.raises(KeyboardInterrupt):
        work(signal.SIGTERM, signal.SIGINT)
    assert done == ["the work"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_run_that_is_told_to_end_removes_its_probe(chain: Chain) -> None:
    """As a pipeline ends a job: a real process, a real SIGTERM, while Entra keeps it waiting."""
    chain.sandbox.control.set_fault(Fault(service="intune", count=None, delay=5))
    arguments = ["--root", str(chain.place), "verify", NAME, "--outputs", str(chain.outputs), "--probe", "--yes"]
    process = subprocess.Popen(
        command_line(arguments),
        env=dict(os.environ),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    said = process.stderr.readline()
    assert "registered a probe" in said
    assert len(chain.key_ids) == 3
    process.send_signal(signal.SIGTERM)
    ended = end(process)
    assert ended.returncode == 130, ended.stderr
    assert "the probe was removed" in ended.stderr
    assert len(chain.key_ids) == 2
