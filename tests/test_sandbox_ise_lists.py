"""Lists of the sandbox's ISE: filtered, sorted and in pages as Cisco describes them; and what it trusts at first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from helpers.trust_roots import FORMER_ROOTS, roots
from helpers.trust_roots.installed import from_api
from sandbox.ise.trusted_at_first import seed_trusted
from tests.asking_ise import DUPLICATE, NOW, PAN, SAFE, ask, ise_world

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.world import World

LIST = "/certs/trusted-certificate"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("lists")
    world = ise_world(folder, folder / "world.sqlite")
    seed_trusted(world)
    yield world
    world.store.close()


def names(world: World, query: str, path: str = LIST) -> list[str]:
    return [entry["friendlyName"] for entry in ask(world, "GET", f"{path}?{query}").json()["response"]]


def listed(world: World) -> dict[str, dict[str, Any]]:
    return {entry["friendlyName"]: entry for entry in ask(world, "GET", LIST).json()["response"]}


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("filter=friendlyName.EQ.Contoso Device CA", ["Contoso Device CA"]),
        (
            "filter=friendlyName.STARTSW.DigiCert&sortBy=friendlyName",
            ["DigiCert Global Root CA", "DigiCert Global Root G2"],
        ),
        ("filter=friendlyName.ENDSW.G2", ["DigiCert Global Root G2"]),
        ("filter=subject.CONTAINS.Baltimore", ["Baltimore CyberTrust Root"]),
        ("filter=expirationDate.LT.2027-03-01 12:00:00", ["Baltimore CyberTrust Root"]),
        ("filter=validFrom.EQ.2013-08-01 12:00:00", ["DigiCert Global Root G2"]),
        ("filter=friendlyName.CONTAINS.Root&filter=friendlyName.CONTAINS.Balti", ["Baltimore CyberTrust Root"]),
        (
            "filter=friendlyName.EQ.Contoso Device CA&filter=friendlyName.ENDSW.G2&filterType=OR",
            ["DigiCert Global Root G2", "Contoso Device CA"],
        ),
        ("filter=status.EQ.disabled", []),
    ],
)
def test_a_list_is_filtered(world: World, query: str, found: list[str]) -> None:
    assert names(world, query) == found


def test_a_list_is_sorted_by_dates_as_dates_and_by_names_as_texts(world: World) -> None:
    assert names(world, "sortBy=expirationDate")[:2] == ["Baltimore CyberTrust Root", "DigiCert Global Root CA"]
    backwards = names(world, "sortBy=friendlyName&sort=desc")
    assert backwards == sorted(backwards, reverse=True)


def test_pages_keep_what_was_asked_for(world: World) -> None:
    answer = ask(world, "GET", f"{LIST}?filter=friendlyName.CONTAINS.Root&size=2&page=1").json()
    assert answer["nextPage"]["href"].endswith("size=2&page=2")
    following = ask(world, "GET", answer["nextPage"]["href"].partition("/api/v1")[2]).json()
    assert len(answer["response"]) == len(following["response"]) == 2
    assert "previousPage" in following


@pytest.mark.parametrize(
    "query",
    [
        "filter=friendlyName",
        "filter=serialNumberDecimalFormat.EQ.1",
        "filter=friendlyName.LIKE.x",
        "filter=validFrom.STARTSW.2027",
        "filter=validFrom.GT.yesterday",
        "sortBy=usedBy",
        "sortBy=friendlyName&sort=up",
    ],
)
def test_what_cannot_be_asked_is_refused_rather_than_passed_over(world: World, query: str) -> None:
    assert ask(world, "GET", f"{LIST}?{query}").status_code == 400


def test_system_certificates_are_filtered_too(world: World) -> None:
    path = f"/certs/system-certificate/{PAN}"
    assert names(world, "filter=friendlyName.STARTSW.EAP", path) == ["EAP certificate of pan"]
    assert ask(world, "GET", f"{path}?filter=subject.EQ.x").status_code == 400


# What it trusts at first


def test_it_lacks_three_of_the_roots_and_trusts_others_with_too_much(world: World) -> None:
    there = listed(world)
    assert [root.name in there for root in roots()] == [True, False, False, False]
    g2 = there["DigiCert Global Root G2"]
    assert (g2["trustedFor"], g2["keySize"]) == ("Infrastructure,Endpoints,Cisco Services", "2048")
    assert g2["sha256Fingerprint"] == roots()[0].sha256.lower()
    assert "AdminAuth" in there["DigiCert Global Root CA"]["trustedFor"]
    assert [name for name, entry in there.items() if entry["internalCA"]] == ["Certificate Services Root CA - pan"]


@pytest.mark.parametrize("former", FORMER_ROOTS, ids=lambda former: former.name)
def test_a_root_of_the_past_is_listed_with_its_own_fingerprint_and_end(world: World, former: Any) -> None:  # noqa: ANN401
    (entry,) = from_api([listed(world)[former.name]], name="ISE").installed
    assert entry.sha256 == former.sha256
    assert entry.not_after is not None
    assert (entry.not_after < NOW) == former.expired


def test_what_is_there_already_is_a_duplicate(world: World) -> None:
    body = {**SAFE, "data": roots()[0].certificate.pem, "trustForIseAuth": True}
    answer = ask(world, "POST", f"{LIST}/import", json=body)
    assert (answer.status_code, answer.json()["response"]["message"]) == (409, DUPLICATE)


def test_seeding_again_changes_nothing(world: World) -> None:
    before = listed(world)
    seed_trusted(world)
    assert listed(world) == before
