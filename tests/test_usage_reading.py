"""Rows of the sign-in log and the activity report: read leniently, each once, counted where not understood."""

from __future__ import annotations

from typing import Any

import pytest

from helpers.usage import read_activities, read_sign_ins
from tests.using import CLIENT, NEW, NOW, OLD, activity, ago, row


def test_a_row_that_was_published_twice_is_one_sign_in() -> None:
    twice = row(OLD, ago(1), id="same")
    assert len(read_sign_ins([twice, {**twice}, row(OLD, ago(1))], CLIENT).rows) == 2


def test_sign_ins_are_newest_first_whatever_the_order_of_the_rows() -> None:
    rows = read_sign_ins([row(OLD, ago(3)), row(NEW, ago(1)), row(OLD, ago(2))], CLIENT).rows
    assert [each.when for each in rows] == [ago(1), ago(2), ago(3)]


@pytest.mark.parametrize("stated", ["", None, "  "])
def test_an_empty_key_id_and_null_are_both_not_stated(stated: str | None) -> None:
    (one,) = read_sign_ins([row(stated, ago(1))], CLIENT).rows
    assert (one.key_id, one.succeeded) == ("", True)


def test_a_federated_credential_is_named_by_its_own_id() -> None:
    (one,) = read_sign_ins([row("", ago(1), federatedCredentialId=NEW.upper())], CLIENT).rows
    assert one.key_id == NEW


@pytest.mark.parametrize(
    "more", [{"appId": "another"}, {"signInEventTypes": ["interactiveUser"]}], ids=["application", "person"]
)
def test_sign_ins_of_others_are_left_out(more: dict[str, Any]) -> None:
    read = read_sign_ins([row(OLD, ago(1), **more)], CLIENT)
    assert (read.rows, read.strange) == ((), 0)


@pytest.mark.parametrize(
    "spoiled",
    [
        pytest.param({"createdDateTime": None}, id="no date"),
        pytest.param({"createdDateTime": "yesterday"}, id="no ISO date"),
        pytest.param({"status": None}, id="no status"),
        pytest.param({"status": {"errorCode": True}}, id="a truth value"),
        pytest.param({"status": {"errorCode": "none"}}, id="a word"),
        pytest.param({"servicePrincipalCredentialKeyId": 7}, id="a key id that is a number"),
        pytest.param({"signInEventTypes": "servicePrincipal"}, id="no list"),
    ],
)
def test_a_row_that_is_not_understood_is_counted(spoiled: dict[str, Any]) -> None:
    read = read_sign_ins([{**row(OLD, ago(1)), **spoiled}, row(NEW, ago(1))], CLIENT)
    assert ([each.key_id for each in read.rows], read.strange) == ([NEW], 1)


@pytest.mark.parametrize(
    "written", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "2026-10-01T00:00:00Z"], ids=["first", "last", "early"]
)
def test_a_row_from_outside_the_window_is_not_understood(written: str) -> None:
    """One of them would make a log of yesterday reach back a month, or a dead one be alive."""
    rows = [row(OLD, ago(1), createdDateTime=written), row(NEW, ago(1))]
    read = read_sign_ins(rows, CLIENT, since=ago(30), until=ago())
    assert ([each.key_id for each in read.rows], read.strange) == ([NEW], 1)


def test_what_is_no_object_is_counted() -> None:
    assert read_sign_ins(["text", None, 7], CLIENT).strange == 3


@pytest.mark.parametrize(
    "written",
    ["2026-11-23T12:00:00-8:00", "2026-11-23T12:00:00-08:00", "2026-11-23T20:00:00.1234567Z", "2026-11-23T20:00:00"],
)
def test_offsets_of_the_report_are_read_as_its_samples_write_them(written: str) -> None:
    (one,) = read_activities([activity(OLD, written)], CLIENT).rows
    assert one.last == NOW


def test_the_newest_use_of_a_key_counts_with_its_origin() -> None:
    rows = [activity(OLD, ago(9)), activity(OLD.upper(), ago(2), "servicePrincipal"), activity(NEW, None)]
    (one,) = read_activities(rows, CLIENT).rows
    assert (one.key_id, one.last, one.origin) == (OLD, ago(2), "servicePrincipal")


def test_a_use_of_no_key_is_counted_as_not_understood() -> None:
    assert read_activities([activity("", ago(1))], CLIENT).strange == 1
