"""`ise-intune ise trust`: the roots that ISE lacks are imported, safely set; what it trusts too much is told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from clients.ise_api import IseApi
from helpers.errors import ServiceError
from helpers.trust_roots import roots
from sandbox.ise.accounts import OPERATOR
from sandbox.ise.trusted_at_first import seed_trusted
from sandbox.world import utc_now
from tests.asking_ise import PAN, administrated, ask, ise_world, signed_in
from tests.commanding import Said, say
from tests.keeping_certificates import Kept

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sandbox.world import World

G2, G3, RSA_2017, ECC_2017 = (root.name for root in roots())
MISSING_AT_FIRST = [G3, RSA_2017, ECC_2017]


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("trusting")
    ise_world(folder, folder / "keys.sqlite", now=utc_now).store.close()
    return folder


@pytest.fixture
def world(keys: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """An ISE that nobody has looked after, and an environment that names it."""
    world = ise_world(keys, tmp_path / "world.sqlite", now=utc_now)
    seed_trusted(world)
    (tmp_path / "here").mkdir()
    administrated(Kept.below(tmp_path / "here", monkeypatch), world, monkeypatch)
    yield world
    world.store.close()


@pytest.fixture
def mended(world: World) -> World:
    """The same after a person took away what was dangerous."""
    for document in world.store.all("", "trustedCertificate"):
        if document["friendlyName"] == G2:
            world.store.put("", "trustedCertificate", document["id"], {**document, "trustedFor": "Infrastructure"})
        elif document["friendlyName"] in {"Baltimore CyberTrust Root", "DigiCert Global Root CA"}:
            world.store.delete("", "trustedCertificate", document["id"])
    return world


def trust(capsys: pytest.CaptureFixture[str], *arguments: str) -> Said:
    return say(capsys, "ise", "trust", "production", *arguments)


def listed(world: World) -> dict[str, dict[str, Any]]:
    entries = ask(world, "GET", "/certs/trusted-certificate?size=100").json()["response"]
    return {entry["friendlyName"]: entry for entry in entries}


def test_who_interrupts_an_import_is_told_what_is_imported_and_what_perhaps_not(
    world: World, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert G3 not in listed(world)
    answers = iter([True])

    def import_trusted(_api: IseApi, _payload: object) -> bool:
        for answer in answers:
            return answer
        raise KeyboardInterrupt

    monkeypatch.setattr(IseApi, "import_trusted", import_trusted)
    said = trust(capsys)
    assert (said.code, said.out) == (130, "")
    assert said.err.splitlines()[:2] == [
        "importing roots: 1 of 3 done",
        f"imported: {G3}; not, or not for sure: {RSA_2017}, {ECC_2017}; the same command goes on",
    ]


def states(said: Said) -> dict[str, str]:
    return {root["name"]: root["state"] for root in said.json["roots"]}


def found(said: Said) -> list[tuple[str, str]]:
    return [(each["id"], each["subject"]) for each in said.json["found"]]


def test_what_is_missing_is_imported_and_trusted_within_ise_alone(
    mended: World, capsys: pytest.CaptureFixture[str]
) -> None:
    said = trust(capsys)
    assert said.code == 0
    there = listed(mended)
    assert {name: there[name]["trustedFor"] for name in MISSING_AT_FIRST} == dict.fromkeys(
        MISSING_AT_FIRST, "Infrastructure"
    )
    assert [there[root.name]["sha256Fingerprint"].upper() for root in roots()] == [root.sha256 for root in roots()]
    assert said.err == f"imported: {', '.join(MISSING_AT_FIRST)}\n"
    assert [line.split()[-3] for line in said.out.splitlines()[1:]] == ["there", *["imported"] * 3]


def test_the_same_again_is_nothing_to_do(mended: World, capsys: pytest.CaptureFixture[str]) -> None:
    trust(capsys)
    before = listed(mended)
    said = trust(capsys)
    assert (said.code, said.err, listed(mended)) == (0, "nothing to import\n", before)


def test_what_is_dangerous_leaving_or_expired_is_told_and_left_to_a_person(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    before = listed(world)
    said = trust(capsys, "--format", "json")
    assert said.code == 2
    assert sorted(found(said)) == [
        ("root-dangerous-trust", "Baltimore CyberTrust Root"),
        ("root-dangerous-trust", "DigiCert Global Root CA"),
        ("root-dangerous-trust", "DigiCert Global Root CA"),
        ("root-dangerous-trust", G2),
        ("root-expired", "Baltimore CyberTrust Root"),
        ("root-leaving", "DigiCert Global Root CA"),
    ]
    assert {name: entry for name, entry in listed(world).items() if name in before} == before
    assert states(said) == {G2: "there", **dict.fromkeys(MISSING_AT_FIRST, "imported")}


def test_a_dry_run_imports_nothing_and_finds_what_is_missing(mended: World, capsys: pytest.CaptureFixture[str]) -> None:
    before = listed(mended)
    said = trust(capsys, "--dry-run", "--format", "json")
    assert (said.code, listed(mended)) == (2, before)
    assert found(said) == [("root-missing", name) for name in MISSING_AT_FIRST]
    assert said.json["dry_run"] is True
    assert said.err.endswith(f"would be imported: {', '.join(MISSING_AT_FIRST)}\n")


@pytest.mark.usefixtures("mended")
def test_a_duplicate_is_no_error(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """As when somebody else imports it between our look and our import."""
    really, looks = IseApi.trusted_certificates, iter([True])
    monkeypatch.setattr(IseApi, "trusted_certificates", lambda self: [] if next(looks, False) else really(self))
    said = trust(capsys, "--format", "json")
    assert said.code == 0
    assert states(said) == {G2: "there", **dict.fromkeys(MISSING_AT_FIRST, "imported")}


def test_a_disabled_root_is_not_imported_again_but_found(mended: World, capsys: pytest.CaptureFixture[str]) -> None:
    trust(capsys)
    (document,) = mended.store.where("", "trustedCertificate", "friendlyName", G3)
    mended.store.put("", "trustedCertificate", document["id"], {**document, "enabled": False})
    said = trust(capsys, "--format", "json")
    assert (said.code, states(said)[G3]) == (2, "disabled")
    assert found(said) == [("root-disabled", G3)]
    assert len(listed(mended)) == len(roots()) + 2


def test_each_import_that_is_refused_is_named_with_what_to_do(
    mended: World, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    signed_in(mended, monkeypatch, OPERATOR)
    said = trust(capsys, "--format", "json")
    assert said.code == 2
    assert states(said) == {G2: "there", **dict.fromkeys(MISSING_AT_FIRST, "not imported")}
    role = f"ISE at {PAN}: answered 403; the user needs ISE's ERS Admin or Super Admin role"
    assert said.json["errors"] == [{"root": name, "error": role} for name in MISSING_AT_FIRST]
    assert f"error: {G3}: {role}\n" in said.err


@pytest.mark.usefixtures("mended")
def test_what_was_imported_is_told_even_if_ise_then_falls_silent(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    really, looks = IseApi.trusted_certificates, iter([True])

    def once(self: IseApi) -> Any:  # noqa: ANN401 — what the client lists
        if next(looks, False):
            return really(self)
        raise ServiceError("ISE", "answered 503", "try again later")

    monkeypatch.setattr(IseApi, "trusted_certificates", once)
    said = trust(capsys)
    assert said.code == 1
    assert "error: what ISE trusts after the import: ISE: answered 503; try again later\n" in said.err
    assert f"imported: {', '.join(MISSING_AT_FIRST)}\n" in said.err


def test_every_page_of_what_ise_trusts_is_read(mended: World, capsys: pytest.CaptureFixture[str]) -> None:
    """A root that stands on the second page is not missing."""
    (g2,) = mended.store.where("", "trustedCertificate", "friendlyName", G2)
    for number in range(100):
        filler = {**g2, "id": f"filler-{number}", "friendlyName": f"filler {number}", "sha256": f"{number:064x}"}
        mended.store.put("", "trustedCertificate", filler["id"], filler)
    mended.store.delete("", "trustedCertificate", g2["id"])
    mended.store.put("", "trustedCertificate", "last", {**g2, "id": "last"})
    said = trust(capsys, "--dry-run", "--format", "json")
    assert states(said)[G2] == "there"
