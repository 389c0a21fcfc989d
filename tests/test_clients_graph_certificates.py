"""The bytes of certificates: as fast as Graph allows, and not twice after Ctrl-C."""

from __future__ import annotations

import json
import signal
import stat
from typing import TYPE_CHECKING, Any

import pytest

from clients.graph.kept import Kept
from helpers.errors import InputError
from helpers.observing import Unread
from sandbox.faults import Fault
from sandbox.graph.applications import new_application
from sandbox.limits import Limits
from tests.reading_graph import HERE, Sandboxed, a_sandbox, documents_of, register

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from clients.graph import Step
    from helpers.observing import Document, Listing

CERTIFICATE = "AsymmetricX509Cert"
KEY = "bm8gY2VydGlmaWNhdGU="


@pytest.fixture
def sandbox(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Sandboxed:
    return a_sandbox(tmp_path, tmp_path_factory)


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    return tmp_path / "kept"


def key_credential(number: int, **properties: Any) -> Document:  # noqa: ANN401 — any JSON
    return {
        "keyId": f"0c0e0000-0000-4000-8000-{number:012}",
        "customKeyIdentifier": "AAAA",
        "displayName": "node",
        "startDateTime": "2026-01-01T00:00:00Z",
        "endDateTime": "2028-01-01T00:00:00Z",
        "type": CERTIFICATE,
        "usage": "Verify",
        "key": KEY,
        **properties,
    }


def with_keys(sandbox: Sandboxed, number: int, *credentials: Document) -> str:
    """Put an application with these key credentials into the store; return its client id."""
    client_id = f"0c1e0000-0000-4000-8000-{number:012}"
    application = new_application(
        {
            "id": f"0b1e0000-0000-4000-8000-{number:012}",
            "appId": client_id,
            "displayName": f"ISE {number}",
            "keyCredentials": list(credentials) or [key_credential(number)],
        }
    )
    sandbox.world.store.put(HERE.id, "application", application["id"], application)
    return client_id


def keys(listing: Listing | None) -> list[str | None]:
    assert isinstance(listing, tuple), listing
    return [each["key"] for each in listing]


def deep_reads(sandbox: Sandboxed) -> list[str]:
    """Return the paths of what was asked with the bytes of certificates."""
    return [request.path for request in sandbox.seen if "keyCredentials" in request.query]


def unlimited(sandbox: Sandboxed, **limits: Any) -> None:  # noqa: ANN401 — limits have fields of their own
    sandbox.world.conditions.set(Limits(resource_units=None, **limits))


def test_bytes_are_read_only_where_they_are_asked_for(sandbox: Sandboxed, kept: Path) -> None:
    client_id = with_keys(sandbox, 1)
    assert sandbox.read(client_id)[client_id].key_credentials is None
    assert deep_reads(sandbox) == []
    assert keys(sandbox.read(client_id, kept=kept)[client_id].key_credentials) == [KEY]


def test_an_application_without_certificates_costs_nothing(sandbox: Sandboxed, kept: Path) -> None:
    client_id = register(sandbox)["appId"]
    assert sandbox.read(client_id, kept=kept)[client_id].key_credentials == ()
    assert deep_reads(sandbox) == []


def test_150_a_minute_are_read_and_graph_never_has_to_say_so(sandbox: Sandboxed, kept: Path) -> None:
    wanted = [with_keys(sandbox, number) for number in range(165)]
    steps: list[Step] = []
    with sandbox.directories(progress=steps.append) as directories:
        read = documents_of(directories.read({HERE: wanted}, kept=kept)[HERE])
        assert directories.statistics.throttled == 0
    assert {tuple(keys(each.key_credentials)) for each in read.values()} == {(KEY,)}
    assert 60 <= sandbox.time.passed() < 70
    left = [step.seconds_left for step in steps if step.what == "comparing certificates"]
    assert (left[0], left[-1]) == (60, 0)
    assert len(left) == 165


def test_lists_are_used_where_they_show_the_bytes(sandbox: Sandboxed, kept: Path) -> None:
    unlimited(sandbox, certificates_in_lists=True)
    wanted = [with_keys(sandbox, number) for number in range(100)]
    read = sandbox.read(*wanted, kept=kept)
    assert {tuple(keys(each.key_credentials)) for each in read.values()} == {(KEY,)}
    assert deep_reads(sandbox) == ["/v1.0/applications"] * 7


def test_one_list_without_the_bytes_is_enough_to_know(sandbox: Sandboxed, kept: Path) -> None:
    wanted = [with_keys(sandbox, number) for number in range(40)]
    sandbox.read(*wanted, kept=kept)
    assert deep_reads(sandbox).count("/v1.0/applications") == 1
    assert len(deep_reads(sandbox)) == 41


def test_a_key_that_is_not_shown_stays_null_and_is_not_kept(sandbox: Sandboxed, kept: Path) -> None:
    client_id = with_keys(sandbox, 1, key_credential(1), key_credential(2, key=None))
    assert keys(sandbox.read(client_id, kept=kept)[client_id].key_credentials) == [KEY, None]
    assert list(kept.iterdir()) == []


def test_what_cannot_be_read_is_unread_for_that_application_alone(sandbox: Sandboxed, kept: Path) -> None:
    one, other = with_keys(sandbox, 1), with_keys(sandbox, 2)
    with sandbox.directories() as directories:
        directories.read({HERE: [one, other]})
        bad = f"/v1.0/applications(appId='{one}')"

        def spoil(step: Step) -> None:
            if step.done == 8:
                sandbox.faults.set(Fault(path_prefix=bad, status=403, count=None))

        directories._progress = lambda step: spoil(step) if step.what == "reading Entra" else None
        read = documents_of(directories.read({HERE: [one, other]}, kept=kept)[HERE])
    assert read[one].key_credentials == Unread("needs Application.Read.All (403)")
    assert keys(read[other].key_credentials) == [KEY]
    assert [path.name for path in kept.iterdir()] == [f"{HERE.id}.jsonl"], "the next look goes on from there"


def interrupted_after(number: int) -> Callable[[Step], None]:
    def interrupt(step: Step) -> None:
        if step.what == "comparing certificates" and step.done == number:
            signal.raise_signal(signal.SIGINT)

    return interrupt


def test_after_ctrl_c_a_second_look_goes_on_and_leaves_nothing_behind(sandbox: Sandboxed, kept: Path) -> None:
    wanted = [with_keys(sandbox, number) for number in range(60)]
    with pytest.raises(KeyboardInterrupt), sandbox.directories(progress=interrupted_after(45)) as directories:
        directories.read({HERE: wanted}, kept=kept)
    (file,) = kept.iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert len(file.read_text().splitlines()) == 45
    before = len(deep_reads(sandbox))
    sandbox.time.day.go_on(60)
    read = sandbox.read(*wanted, kept=kept)
    assert {tuple(keys(each.key_credentials)) for each in read.values()} == {(KEY,)}
    assert len(deep_reads(sandbox)) - before == 15 + 1, "and one list that was tried"
    assert list(kept.iterdir()) == []


def test_what_was_interrupted_and_what_was_not_read_the_same(sandbox: Sandboxed, kept: Path) -> None:
    wanted = [with_keys(sandbox, number) for number in range(20)]
    whole = sandbox.read(*wanted, kept=kept)
    with pytest.raises(KeyboardInterrupt), sandbox.directories(progress=interrupted_after(15)) as directories:
        directories.read({HERE: wanted}, kept=kept)
    assert sandbox.read(*wanted, kept=kept) == whole


def test_a_second_look_at_what_differs_reads_the_bytes_anew(sandbox: Sandboxed) -> None:
    client_id = with_keys(sandbox, 1)
    with sandbox.directories() as directories:
        read = documents_of(directories.read_again({HERE: [client_id]}, deep=True)[HERE])
    assert keys(read[client_id].key_credentials) == [KEY]


def test_a_folder_that_cannot_be_is_an_error(sandbox: Sandboxed, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with sandbox.directories() as directories, pytest.raises(InputError, match="cannot be written"):
        directories.read({HERE: [with_keys(sandbox, 1)]}, kept=tmp_path / "file" / "folder")
    assert sandbox.seen == []


CLIENT = "0c1e0000-0000-4000-8000-000000000001"


def a_file(folder: Path, now: float = 0.0) -> Kept:
    return Kept(folder / "tenant.jsonl", lambda: now)


def shown(*credentials: Document) -> list[Document]:
    return [{**each, "key": None} for each in credentials]


def test_what_is_kept_is_what_was_read(tmp_path: Path) -> None:
    credentials = [key_credential(1), key_credential(2, key="b3RoZXI=")]
    a_file(tmp_path).add(CLIENT, shown(*credentials), credentials)
    assert a_file(tmp_path).of(CLIENT, shown(*reversed(credentials))) == [*reversed(credentials)]
    assert a_file(tmp_path).of("another", shown(*credentials)) is None


CHANGED: list[Any] = [
    pytest.param(shown(key_credential(2)), id="another key id"),
    pytest.param(shown(key_credential(1), key_credential(2)), id="one more"),
    pytest.param(shown(key_credential(1, endDateTime="2029-01-01T00:00:00Z")), id="another end"),
    pytest.param(shown(key_credential(1, startDateTime="2025-01-01T00:00:00Z")), id="another beginning"),
    pytest.param(shown(key_credential(1, customKeyIdentifier="BBBB")), id="another thumbprint"),
    pytest.param(shown(key_credential(1, usage="Sign")), id="another usage"),
    pytest.param([], id="none"),
]


@pytest.mark.parametrize("now_shown", CHANGED)
def test_what_is_kept_is_not_used_once_anything_about_the_keys_differs(
    tmp_path: Path, now_shown: list[Document]
) -> None:
    a_file(tmp_path).add(CLIENT, shown(key_credential(1)), [key_credential(1)])
    assert a_file(tmp_path).of(CLIENT, now_shown) is None


@pytest.mark.parametrize(
    ("now", "used"), [(0, True), (86_399, True), (86_400, False), (-1, False)], ids=["now", "a day", "later", "earlier"]
)
def test_what_is_kept_is_good_for_a_day(tmp_path: Path, now: float, used: bool) -> None:  # noqa: FBT001 — a table's column
    a_file(tmp_path).add(CLIENT, shown(key_credential(1)), [key_credential(1)])
    assert (a_file(tmp_path, now).of(CLIENT, shown(key_credential(1))) is not None) is used


@pytest.mark.parametrize("kind", ["Symmetric", "X509CertAndPassword", None])
def test_nothing_but_certificates_is_kept(tmp_path: Path, kind: str | None) -> None:
    credentials = [key_credential(1), key_credential(2, type=kind, key="c2VjcmV0")]
    a_file(tmp_path).add(CLIENT, shown(*credentials), credentials)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "line",
    [
        "",
        "{",
        "[]",
        "5",
        "[" * 100_000,
        '{"version": 1}',
        json.dumps({"version": 2, "client_id": CLIENT}),
        json.dumps({"version": 1, "client_id": CLIENT, "read": "now", "credentials": 5, "keys": []}),
    ],
    ids=lambda line: line[:20],
)
def test_a_damaged_file_costs_nothing_but_reading_again(tmp_path: Path, line: str) -> None:
    kept = a_file(tmp_path)
    kept.path.write_text(line)
    assert a_file(tmp_path).of(CLIENT, shown(key_credential(1))) is None
    kept.add(CLIENT, shown(key_credential(1)), [key_credential(1)])


def test_a_line_that_was_torn_off_spoils_no_other(tmp_path: Path) -> None:
    kept = a_file(tmp_path)
    kept.add(CLIENT, shown(key_credential(1)), [key_credential(1)])
    kept.path.write_text(kept.path.read_text() + '{"version": 1, "cli')
    assert a_file(tmp_path).of(CLIENT, shown(key_credential(1))) == [key_credential(1)]


def by_a_checkout(file: Path) -> None:
    file.chmod(0o644)


def by_a_link(file: Path) -> None:
    file.rename(file.with_suffix(".elsewhere"))
    file.symlink_to(file.with_suffix(".elsewhere"))


@pytest.mark.parametrize("laid", [by_a_checkout, by_a_link])
def test_what_somebody_else_laid_there_is_not_believed(tmp_path: Path, laid: Callable[[Path], None]) -> None:
    """Whoever gets a file into the folder says which bytes stand behind a key id."""
    a_file(tmp_path).add(CLIENT, shown(key_credential(1)), [key_credential(1)])
    assert a_file(tmp_path).of(CLIENT, shown(key_credential(1))) is not None
    laid(tmp_path / "tenant.jsonl")
    assert a_file(tmp_path).of(CLIENT, shown(key_credential(1))) is None


def test_nothing_is_written_through_a_link(tmp_path: Path) -> None:
    (tmp_path / "victim").write_text("as it was")
    (tmp_path / "tenant.jsonl").symlink_to(tmp_path / "victim")
    with pytest.raises(InputError, match="cannot be written"):
        a_file(tmp_path).add(CLIENT, shown(key_credential(1)), [key_credential(1)])
    assert (tmp_path / "victim").read_text() == "as it was"
