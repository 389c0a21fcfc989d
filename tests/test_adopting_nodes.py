"""Which nodes present a certificate that somebody uploaded years ago."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.adopting.keys import FoundKey
from helpers.adopting.nodes import Presenting, entry_name, nodes_of
from helpers.adopting.taking import placed_keys
from helpers.certificates import Certificate
from helpers.declaration.forms import ENTRY_NAME
from helpers.model import Credential, CredentialKind, Holder, Seen
from tests.adoptions import wishes
from tests.making_certificates import make_certificate

YEARS_AGO = datetime(2020, 1, 1, tzinfo=UTC)
KEY_ID = "1f0c9d52-7c3b-4a83-9d3f-0c6c1c7f2f3e"


def certificate(name: str, *sans: str) -> Certificate:
    return Certificate(make_certificate(name, dns_names=sans))


@pytest.mark.parametrize(
    ("name", "sans", "node"),
    [
        ("psn-01.example.net", (), "psn-01"),
        ("PSN-01.Example.NET", (), "psn-01"),
        ("psn-01", ("psn-01.example.net",), "psn-01"),
        ("Cisco ISE Admin", ("psn-01.example.net",), "psn-01"),
        ("psn-01.example.net", ("psn-01.example.net", "psn-01"), "psn-01"),
    ],
    ids=["a host", "in capitals", "with its domain in a SAN", "a name that is no host", "the same three times"],
)
def test_one_host_name_says_which_node(name: str, sans: tuple[str, ...], node: str) -> None:
    found = nodes_of(KEY_ID, certificate(name, *sans), {})
    assert found is not None
    assert found.nodes == (node,)
    assert found.guessed_from.startswith(f"{node}.")


@pytest.mark.parametrize(
    ("name", "sans"),
    [
        ("laptop-of-carl", ()),
        ("Cisco ISE", ()),
        ("*.example.net", ()),
        ("psn-01.example.net", ("*.example.net",)),
        ("psn-01.example.net", ("psn-02.example.net",)),
        ("192.0.2.7", ()),
        ("psn-01.example.net\x1b]0;pwned\x07", ()),
        ("../../etc/passwd", ()),
        ("${file('x')}.example.net", ()),
        ("Cisco ISE", (f"{'a' * 300}.net",)),
    ],
    ids=["no domain", "words", "wildcard", "a wildcard beside", "two", "address", "escape", "path", "code", "too long"],
)
def test_anything_else_has_to_be_asked(name: str, sans: tuple[str, ...]) -> None:
    assert nodes_of(KEY_ID, certificate(name, *sans), {}) is None


def test_what_a_person_says_wins_by_key_id_or_thumbprint() -> None:
    presented = certificate("psn-01.example.net")
    for key in (KEY_ID, presented.sha1_hex.lower()):
        assert nodes_of(KEY_ID.upper(), presented, {key: ("pan", "psn-07")}) == Presenting(("pan", "psn-07"))


@pytest.mark.parametrize(
    ("nodes", "taken", "name"),
    [
        (("psn-01",), set(), "psn-01"),
        (("psn-01",), {"psn-01"}, "psn-01-2027"),
        (("psn-01",), {"psn-01", "psn-01-2027"}, "psn-01-2027-2"),
        (("psn-01", "psn-02"), set(), "psn-01-psn-02"),
        (tuple(f"psn-{number:02}" for number in range(20)), set(), "psn-00-and-more"),
        (("7psn",), set(), "node-7psn"),
        (("psn.01.example.net",), set(), "psn-01-example-net"),
        (("PSN-01",), {"psn-01"}, "PSN-01-2027"),
    ],
)
def test_an_entry_is_called_as_its_node(nodes: tuple[str, ...], taken: set[str], name: str) -> None:
    assert entry_name(nodes, 2027, taken) == name


def placed(*certificates: Certificate, **said: object) -> tuple[list[tuple[str, ...]], int]:
    """Return the nodes of those that become entries, and how many have to be asked about."""
    keys = []
    for number, each in enumerate(certificates):
        shown = Seen(each.sha256_hex)
        kind, holder = CredentialKind.CERTIFICATE, Holder.APPLICATION
        credential = Credential(kind, holder, f"{KEY_ID[:-1]}{number}", shown, each.not_before, each.not_after)
        keys.append(FoundKey(credential, each))
    kept, unplaced = placed_keys(keys, wishes(**said))
    return [each.presenting.nodes for each in kept], len(unplaced)


def test_of_two_valid_certificates_with_one_nodes_name_neither_is_taken_for_its() -> None:
    """Somebody who could add a certificate years ago could call it as a node, and would be declared with it."""
    real, fake = certificate("psn-01.example.net"), certificate("psn-01.attacker.example")
    assert placed(real, fake) == ([], 2)
    assert placed(real) == ([("psn-01",)], 0)
    told = {real.sha1_hex.lower(): ("psn-01",)}
    assert placed(real, fake, nodes=told) == ([("psn-01",)], 1)
    assert placed(real, fake, left=frozenset({f"{KEY_ID[:-1]}1"})) == ([("psn-01",)], 0)


def test_what_a_node_presented_until_it_expired_is_no_second_one() -> None:
    ended = Certificate(
        make_certificate("psn-01.example.net", not_before=YEARS_AGO, not_after=YEARS_AGO + timedelta(days=365))
    )
    assert placed(ended, certificate("psn-01.example.net")) == ([("psn-01",), ("psn-01",)], 0)


@given(nodes=st.lists(st.text(min_size=1, max_size=300), min_size=1, max_size=5), year=st.integers(1, 9999))
def test_whatever_the_nodes_are_called_an_entry_can_be_called_so(nodes: list[str], year: int) -> None:
    taken: set[str] = set()
    for _ in range(3):
        name = entry_name(tuple(nodes), year, taken)
        assert re.fullmatch(ENTRY_NAME, name)
        assert name.lower() not in taken
        taken.add(name.lower())
