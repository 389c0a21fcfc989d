"""The roots ISE needs, and what of them a deployment has: as its API lists it, and as PEM shows it."""

from __future__ import annotations

import importlib
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography import x509

from helpers.errors import InputError, PrivateKeyFound, SetupError
from helpers.findings import Severity
from helpers.trust_roots import (
    FORMER_ROOTS,
    Installed,
    Purpose,
    bundle,
    import_payload,
    judge,
    missing,
    read_installed,
    roots,
)
from helpers.trust_roots.roots import public_roots
from tests.making_certificates import make_certificate, private_keys, to_pem

NOW = datetime(2026, 11, 23, tzinfo=UTC)
G2 = roots()[0]
# Of certifi's others, one that has nothing to do with Microsoft.
OTHER_PUBLIC = min(set(public_roots()) - {root.sha256 for root in roots()})
GONE = next(each for each in FORMER_ROOTS if each.expired)
LEAVING = next(each for each in FORMER_ROOTS if not each.expired)


def entry(sha256: str, **changes: Any) -> dict[str, Any]:  # noqa: ANN401 — any JSON value
    """Return a certificate as ISE's API lists it."""
    return {
        "friendlyName": "a root",
        "sha256Fingerprint": sha256.lower(),
        "expirationDate": "Fri Jan 15 12:00:00 UTC 2038",
        "status": "enabled",
        "trustedFor": "Infrastructure",
        **changes,
    }


def listed(*entries: dict[str, Any], **more: Any) -> bytes:  # noqa: ANN401 — any JSON value
    return json.dumps({"response": list(entries), "version": "1.0.0", **more}).encode()


def everything(**changes: Any) -> list[Installed]:  # noqa: ANN401 — any field
    """Return all roots as installed, the first of them changed."""
    first, *others = (Installed(root.name, root.sha256, None, frozenset({"Infrastructure"}), True) for root in roots())  # noqa: FBT003 — a value
    return [Installed(**{**vars(first), **changes}), *others]


# The roots themselves


def test_the_roots_are_those_of_these_fingerprints_and_none_is_out_of_date() -> None:
    assert [(root.name, root.purpose, root.certificate.end_date[:10]) for root in roots()] == [
        ("DigiCert Global Root G2", Purpose.MUST, "2038-01-15"),
        ("DigiCert Global Root G3", Purpose.RECOMMENDED, "2038-01-15"),
        ("Microsoft RSA Root Certificate Authority 2017", Purpose.RECOMMENDED, "2042-07-18"),
        ("Microsoft ECC Root Certificate Authority 2017", Purpose.RECOMMENDED, "2042-07-18"),
    ]
    for root in roots():
        assert root.certificate.sha256_hex == root.sha256
        assert root.certificate.common_name == root.name


def test_a_package_that_lacks_one_is_an_error_that_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    # The package's attribute of the same name is the function, so the module is asked for by its full name.
    room = importlib.import_module("helpers.trust_roots.roots")
    monkeypatch.setattr(room, "public_roots", lambda: {G2.sha256: G2.certificate.der})
    with pytest.raises(SetupError, match=r"certifi [\d.]+: does not hold DigiCert Global Root G3 \(SHA-256 31AD"):
        roots.__wrapped__()


def test_the_bundle_is_read_by_another_library_and_names_each_root() -> None:
    text = bundle(roots())
    found = x509.load_pem_x509_certificates(text.encode())
    assert [each.subject.rfc4514_string().partition(",")[0] for each in found] == [f"CN={r.name}" for r in roots()]
    assert [line for line in text.splitlines() if line.startswith("# SHA-256")] == [
        f"# SHA-256 {root.sha256}" for root in roots()
    ]


def test_a_payload_allows_and_trusts_no_more_than_ise_needs() -> None:
    payload = import_payload(G2)
    assert payload["data"] == G2.certificate.pem
    assert {name for name, value in payload.items() if value is True} == {"trustForIseAuth"}
    assert {name for name in payload if name.startswith("allow")} == {
        "allowBasicConstraintCAFalse",
        "allowOutOfDateCert",
        "allowSHA1Certificates",
    }
    assert "," not in payload["description"]


# Reading what is installed


def test_ises_list_is_read_with_its_settings() -> None:
    read = read_installed(listed(entry(G2.sha256, trustedFor="Infrastructure, Cisco Services")), name="list.json")
    assert read.complete
    assert read.installed == (
        Installed(
            name="a root",
            sha256=G2.sha256,
            not_after=datetime(2038, 1, 15, 12, tzinfo=UTC),
            trusted_for=frozenset({"Infrastructure", "Cisco Services"}),
            enabled=True,
        ),
    )


@pytest.mark.parametrize(
    "wrap",
    [
        lambda one: json.dumps([one]).encode(),
        lambda one: b"\xef\xbb\xbf" + listed(one),
        lambda one: listed({**one, "sha256Fingerprint": ":".join(G2.sha256[at : at + 2] for at in range(0, 64, 2))}),
    ],
    ids=["bare list", "byte order mark", "colons"],
)
def test_other_ways_to_write_the_list(wrap: Any) -> None:  # noqa: ANN401 — a function of the table above
    assert read_installed(wrap(entry(G2.sha256)), name="x").installed[0].sha256 == G2.sha256


@pytest.mark.parametrize("date", ["Fri Jan 15 13:00:00 CET 2038", "2038-01-15", "", "Fri Foo 15 13:00:00 UTC 2038"])
def test_a_date_that_nobody_can_place_is_unknown(date: str) -> None:
    assert read_installed(listed(entry(G2.sha256, expirationDate=date)), name="x").installed[0].not_after is None


@pytest.mark.parametrize(("word", "trusted"), [("Unknown", frozenset()), ("", frozenset()), (None, None)])
def test_trusted_for_nothing_is_not_the_same_as_not_said(word: str | None, trusted: frozenset[str] | None) -> None:
    one = entry(G2.sha256, trustedFor=word)
    if word is None:
        del one["trustedFor"]
    assert read_installed(listed(one), name="x").installed[0].trusted_for == trusted


def test_one_page_of_many_is_not_the_whole_list() -> None:
    page = listed(entry(G2.sha256), nextPage={"href": "https://pan.example.net/next"})
    assert not read_installed(page, name="x").complete


def test_pem_files_are_read_without_settings() -> None:
    own = make_certificate("Example CA")
    read = read_installed(to_pem(own) + bundle(roots()).encode(), name="roots.pem")
    assert [each.name for each in read.installed] == ["Example CA", *(root.name for root in roots())]
    assert {each.trusted_for for each in read.installed} == {None}


@pytest.mark.parametrize(
    ("content", "cause"),
    [
        (b"", "is empty"),
        (b"{", "text without a certificate"),
        (b'{"response": "none"}', "is JSON, but no list of trusted certificates"),
        (b"[1]", "is JSON, but no list of trusted certificates"),
        (b'[{"friendlyName": "x"}]', "lists a certificate without its sha256Fingerprint"),
        (b'[{"sha256Fingerprint": 7}]', "lists a certificate without its sha256Fingerprint"),
        (b"hello", "text without a certificate"),
        (b"x" * (4 * 1024 * 1024 + 1), "is larger than 4096 KiB"),
    ],
)
def test_anything_else_is_refused_with_what_to_give(content: bytes, cause: str) -> None:
    with pytest.raises(InputError, match=f"{cause}.*; give what GET /api/v1/certs/trusted-certificate answers"):
        read_installed(content, name="given")


def test_a_private_key_is_refused_as_everywhere() -> None:
    with pytest.raises(PrivateKeyFound):
        read_installed(private_keys()["pkcs8-pem"], name="given")


# Judging it


def test_a_deployment_with_every_root_lacks_nothing() -> None:
    assert missing(everything()) == ()
    assert judge(everything(), NOW) == ()


@pytest.mark.parametrize(
    ("installed", "found"),
    [
        (everything()[1:], [("root-missing", Severity.HIGH, G2.name)]),
        (everything()[:1], [("root-missing", Severity.MEDIUM, root.name) for root in roots()[1:]]),
        (everything(enabled=False), [("root-disabled", Severity.HIGH, G2.name)]),
        (
            everything(trusted_for=frozenset({"Infrastructure", "Endpoints"})),
            [("root-dangerous-trust", Severity.HIGH, G2.name)],
        ),
        (everything(trusted_for=frozenset({"AdminAuth"})), [("root-dangerous-trust", Severity.HIGH, G2.name)]),
        (everything(trusted_for=frozenset()), [("root-without-trust", Severity.MEDIUM, G2.name)]),
        (everything(not_after=datetime(2026, 1, 1, tzinfo=UTC)), [("root-expired", Severity.HIGH, G2.name)]),
        (everything(not_after=datetime(2027, 1, 1, tzinfo=UTC)), [("root-expiring", Severity.MEDIUM, G2.name)]),
        ([*everything(), Installed("old", GONE.sha256, None)], [("root-expired", Severity.LOW, "old")]),
        ([*everything(), Installed("old", LEAVING.sha256, None)], [("root-leaving", Severity.LOW, "old")]),
        (
            [*everything(), Installed("web", OTHER_PUBLIC, None, frozenset({"Endpoints"}))],
            [("root-dangerous-trust", Severity.HIGH, "web")],
        ),
        (
            [*everything(), Installed("web", OTHER_PUBLIC, datetime(2020, 1, 1, tzinfo=UTC))],
            [("root-expired", Severity.LOW, "web")],
        ),
        ([*everything(), Installed("web", OTHER_PUBLIC, None, frozenset({"Cisco Services"}))], []),
        (
            [*everything(), Installed("own CA", "AB" * 32, datetime(2020, 1, 1, tzinfo=UTC), frozenset({"Endpoints"}))],
            [],
        ),
    ],
    ids=lambda value: value[0][0] if value and isinstance(value[0], tuple) else None,
)
def test_what_is_wrong_is_found(installed: list[Installed], found: list[tuple[str, Severity, str]]) -> None:
    assert [(each.id, each.severity, each.subject) for each in judge(installed, NOW)] == found


def test_a_roots_own_date_counts_where_the_list_does_not_say() -> None:
    found = judge(everything(), datetime(2039, 1, 1, tzinfo=UTC))
    assert {(each.id, each.subject) for each in found} == {("root-expired", root.name) for root in roots()[:2]}


def test_the_gravest_comes_first() -> None:
    worst = [Installed("old", LEAVING.sha256, None), *everything(trusted_for=frozenset({"Endpoints"}))[:3]]
    severities = [each.severity for each in judge(worst, NOW)]
    assert severities == [Severity.HIGH, Severity.MEDIUM, Severity.LOW]


def test_nothing_is_missing_from_a_list_that_is_not_complete() -> None:
    assert judge(everything()[:1], NOW, complete=False) == ()
