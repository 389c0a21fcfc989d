"""A look at many environments grows with their number and no faster: in round trips, and in what is searched."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import pytest

from helpers.activities import who_did
from helpers.drifting import assembling
from sandbox.audit.actors import in_the_portal
from sandbox.audit.recording import recorded
from sandbox.directory import Directory
from sandbox.identities import ADMINISTRATOR_ID, TENANTS
from tests.declaring import declare
from tests.deployments import deployed
from tests.drifting import Fleet, a_fleet
from tests.reading_graph import HERE, a_sandbox, alone, documents_of, in_lists

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from clients.graph.objects import Choose
    from helpers.activities import Activity
    from helpers.comparing import Difference

# A normal pass over this many environments of one tenant, and what it may take.
ENVIRONMENTS, MOST_ROUND_TRIPS = 1000, 450
BATCH = 20


@pytest.mark.parametrize(
    ("choose", "batches"),
    [pytest.param(alone, 8, id="each alone"), pytest.param(in_lists, 1, id="lists of all")],
)
def test_twenty_environments_more_cost_the_same_few_round_trips_more(
    choose: Choose, batches: int, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Lists of a thousand are read in two pages in place of one; there are seven of them."""
    sandbox = a_sandbox(tmp_path, tmp_path_factory)
    declaration = declare(tmp_path / "environments", tenant_id=HERE.id)
    many = [
        deployed(sandbox.world, replace(declaration, name=f"ise-{number}")).client_id for number in range(3 * BATCH)
    ]
    taken = []
    for count in (2 * BATCH, 3 * BATCH):
        with sandbox.directories(choose=choose) as directories:
            documents = documents_of(directories.read({HERE: many[:count]})[HERE])
            taken.append(directories.statistics.round_trips)
        assert all(isinstance(each.application, dict) for each in documents.values())
    assert taken[1] - taken[0] == batches
    assert taken[1] + batches * (ENVIRONMENTS - 3 * BATCH) / BATCH + 7 <= MOST_ROUND_TRIPS


def test_who_did_it_is_looked_for_in_what_is_about_the_application_alone(
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """However many others changed at the same time."""
    searched: dict[str, list[int]] = {}
    fleet = a_fleet(tmp_path, tmp_path_factory)
    fleet.enter(monkeypatch)
    monkeypatch.setattr(assembling, "who_did", partial(_noted, searched))
    for number in range(6):
        fleet.deploy(f"ise-{number}")
        _rename(fleet, f"ise-{number}")
    assert fleet.drift(capsys).code == 2
    assert searched == {f"ise-{number}": [1] for number in range(6)}


def _rename(fleet: Fleet, name: str) -> None:
    store = fleet.sandbox.world.store
    directory = Directory(store, TENANTS[0].id, TENANTS[0].cloud)
    with recorded(fleet.sandbox.world, directory, in_the_portal(directory, ADMINISTRATOR_ID)):
        identifier = fleet.deployments[name].application
        there = store.get(TENANTS[0].id, "application", identifier) or {}
        store.put(TENANTS[0].id, "application", identifier, {**there, "displayName": f"{name}, renamed"})


def _noted(
    searched: dict[str, list[int]],
    difference: Difference,
    activities: Iterable[Activity],
    *,
    object_ids: Iterable[str],
) -> tuple[Activity, ...]:
    name = getattr(difference, "after", "").removesuffix(", renamed")
    searched.setdefault(name, []).append(len([*activities]))
    return who_did(difference, activities, object_ids=object_ids)
