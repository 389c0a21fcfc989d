"""The sandbox's memory: what one command changes, the next finds, and nobody else can read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sandbox.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(tmp_path / "store.sqlite")
    yield store
    store.close()


def test_a_document_is_found_by_the_next_process(tmp_path: Path, store: Store) -> None:
    store.put("T", "application", "ID", {"appId": "one"})
    store.close()
    again = Store(tmp_path / "store.sqlite")
    assert again.get("t", "application", "id") == {"appId": "one"}
    again.close()


def test_the_file_is_readable_by_its_owner_alone(tmp_path: Path, store: Store) -> None:
    store.put("t", "application", "id", {})
    assert (tmp_path / "store.sqlite").stat().st_mode & 0o077 == 0


def test_a_property_is_looked_up_without_regard_to_case(store: Store) -> None:
    store.put("t", "application", "1", {"appId": "ONE"})
    assert store.where("t", "application", "appId", "one") == [{"appId": "ONE"}]
    assert store.where("t", "application", "appId", "two") == []


def test_a_lookup_follows_what_is_made_changed_and_forgotten(store: Store) -> None:
    assert store.where("t", "application", "appId", "one") == []
    store.put("t", "application", "1", {"appId": "one"})
    store.put("t", "application", "2", {"appId": "one"})
    store.put("t", "application", "1", {"appId": "one", "tags": ["changed"]})
    assert [document.get("tags") for document in store.where("t", "application", "appId", "one")] == [["changed"], None]
    store.put("t", "application", "1", {"appId": "two"})
    store.delete("t", "application", "2")
    assert store.where("t", "application", "appId", "one") == []
    assert store.where("t", "application", "appId", "two") == [{"appId": "two"}]


def test_a_tenant_sees_its_own_documents_only(store: Store) -> None:
    store.put("t", "application", "1", {"appId": "one"})
    assert store.where("other", "application", "appId", "one") == []
    assert store.all("other", "application") == []


def test_who_watches_learns_what_was_made_replaced_and_forgotten(store: Store) -> None:
    store.put("T", "application", "0", {"appId": "before"})
    with store.watched() as changes:
        store.put("T", "application", "1", {"appId": "one"})
        store.put("T", "application", "1", {"appId": "two"})
        store.delete("T", "application", "1")
        store.delete("T", "application", "nobody")
    store.put("T", "application", "2", {"appId": "after"})
    one, two = {"appId": "one"}, {"appId": "two"}
    assert [(change.before, change.after) for change in changes] == [(None, one), (one, two), (two, None)]
    assert {(change.tenant, change.kind) for change in changes} == {("t", "application")}
