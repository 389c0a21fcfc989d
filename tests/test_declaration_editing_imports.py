"""What a deploy is to import, written into an environment file: the block and the pins are new, all else stays."""

from __future__ import annotations

import difflib
from datetime import UTC, datetime

import pytest
import yaml

from helpers.declaration.adopted import AdoptedCertificate, AdoptedGrant, AdoptedRole
from helpers.declaration.editing import Imports, with_imports
from helpers.errors import InputError

APPLICATION, PRINCIPAL = "aaaaaaaa-1111-4222-8333-444444444444", "bbbbbbbb-1111-4222-8333-444444444444"
PERMISSION, RESOURCE, API = (f"{letter * 8}-1111-4222-8333-444444444444" for letter in "cde")
PIN = AdoptedCertificate("ffffffff-1111-4222-8333-444444444444", "AB" * 32)
PINNED = f"adopted: {{key_id: {PIN.key_id}, sha256: {PIN.sha256}}}"
ROLE, GRANT = AdoptedRole(PERMISSION, RESOURCE, "-Ab_9"), AdoptedGrant(API, "8xY")
HEAD = "schema: 1 # the only one\napplication:   # in Entra\n  display_name: Cisco ISE # its name\n  # no owners\n"
TAIL = (
    "\n# where the nodes are\ncertificates:\n  psn-01: a/b.pem # first\n  psn-02: {file: a/c.pem, nodes: [x]} # two\n"
)
BLOCK = f"{HEAD}{TAIL}"


def imports(*entries: str, principal: str = PRINCIPAL, consents: bool = False) -> Imports:
    roles, grants = ([ROLE], [GRANT]) if consents else ([], [])
    return Imports(APPLICATION, principal, dict.fromkeys(entries, PIN), roles, grants)


def edited(text: str, what: Imports) -> str:
    return with_imports(text.encode(), what, called="production.yaml").decode()


def added(before: str, after: str) -> list[str]:
    """Return the lines that differ, each with + or -."""
    lines = difflib.ndiff(before.splitlines(), after.splitlines())
    return [line[0] + line[2:] for line in lines if line[0] in "+-"]


def test_a_block_stands_below_the_application_and_says_what_it_is() -> None:
    assert added(BLOCK, edited(BLOCK, imports())) == [
        "+",
        "+adopted:",
        "+  # a deploy imports this and makes nothing anew; `ise-intune adopt` wrote it, and it stays",
        f"+  application: {APPLICATION}",
        f"+  service_principal: {PRINCIPAL}",
    ]


def test_without_a_service_principal_the_deploy_makes_one() -> None:
    assert yaml.safe_load(edited(BLOCK, imports(principal="")))["adopted"] == {"application": APPLICATION}


def test_consent_is_imported_by_ids_that_read_back_as_they_are() -> None:
    assert yaml.safe_load(edited(BLOCK, imports(consents=True)))["adopted"]["consents"] == {
        "roles": [{"permission": PERMISSION, "resource": RESOURCE, "assignment": "-Ab_9"}],
        "grants": [{"api": API, "grant": "8xY"}],
    }


def test_a_certificate_is_pinned_where_it_stands_whichever_form_it_has() -> None:
    after = edited(BLOCK, imports("psn-01", "psn-02"))
    assert [line for line in added(BLOCK, after)[5:] if line.startswith("+")] == [
        f"+  psn-01: {{file: a/b.pem, nodes: [psn-01], {PINNED}}} # first",
        f"+  psn-02: {{file: a/c.pem, nodes: [x], {PINNED}}} # two",
    ]


def test_an_entry_on_lines_of_its_own_gets_one_more() -> None:
    text = f"{HEAD}certificates:\n  psn-01:\n    file: a/b.pem # here\n    nodes:\n    - x # one\n  # the end\n"
    assert added(text, edited(text, imports("psn-01")))[5:] == [f"+    {PINNED}"]


def test_dates_are_there_where_entra_has_others() -> None:
    dated = AdoptedCertificate(PIN.key_id, PIN.sha256, None, datetime(2027, 1, 2, 3, 4, 5, tzinfo=UTC))
    after = edited(BLOCK, Imports(APPLICATION, "", {"psn-01": dated}))
    assert yaml.safe_load(after)["certificates"]["psn-01"]["adopted"] == {
        "key_id": PIN.key_id,
        "sha256": PIN.sha256,
        "not_after": "2027-01-02T03:04:05Z",
    }


@pytest.mark.parametrize(
    ("known", "lines"),
    [
        pytest.param(
            f"  application: {APPLICATION} # ours\n",
            [
                f"+  service_principal: {PRINCIPAL}",
                (
                    f"+  consents: {{roles: [{{permission: {PERMISSION}, resource: {RESOURCE}, "
                    f'assignment: "-Ab_9"}}], grants: [{{api: {API}, grant: "8xY"}}]}}'
                ),
            ],
            id="without the rest",
        ),
        pytest.param(
            f"  application: {APPLICATION}\n  service_principal: x\n  consents:\n    roles:\n    - {{a: b}}\n",
            [
                f'+    - {{permission: {PERMISSION}, resource: {RESOURCE}, assignment: "-Ab_9"}}',
                f'+    grants: [{{api: {API}, grant: "8xY"}}]',
            ],
            id="with one consent of two",
        ),
    ],
)
def test_a_block_that_is_there_keeps_what_it_says(known: str, lines: list[str]) -> None:
    text = f"{HEAD}adopted:\n{known}  # what comes next\n{TAIL}"
    assert added(text, edited(text, imports(consents=True))) == lines


@pytest.mark.parametrize("consents", ["{}", "{roles: []}", "{roles: [], grants: []}"])
def test_a_block_whose_lists_are_empty_is_filled(consents: str) -> None:
    text = f"{HEAD}adopted:\n  application: {APPLICATION}\n  consents: {consents}\n{TAIL}"
    found = yaml.safe_load(edited(text, imports(consents=True)))["adopted"]["consents"]
    assert {kind: len(items) for kind, items in found.items()} == {"roles": 1, "grants": 1}


def test_what_is_named_already_changes_nothing() -> None:
    once = edited(BLOCK, imports())
    assert edited(once, imports()) == once


def test_a_file_in_json_stays_json() -> None:
    text = '{"application": {"display_name": "x"}, "certificates": {"psn-01": "a.pem"}}\n'
    after = edited(text, imports("psn-01", consents=True))
    assert list(yaml.safe_load(after)) == ["application", "adopted", "certificates"]
    assert f'"psn-01": {{"file": "a.pem", "nodes": ["psn-01"], "adopted": {{"key_id": "{PIN.key_id}"' in after


@pytest.mark.parametrize(
    "text",
    [
        f"{HEAD}adopted: []\n{TAIL}",
        f"{HEAD}adopted:\n  application: {APPLICATION}\n  consents: 1\n{TAIL}",
        f"{HEAD}adopted: &all\n  application: {APPLICATION}\n{TAIL}",
    ],
    ids=["a list", "no consents", "an anchor"],
)
def test_what_cannot_be_edited_safely_is_not_edited(text: str) -> None:
    with pytest.raises(InputError, match=r"^production.yaml: is laid out in a way that cannot be edited"):
        edited(text, imports("psn-01", consents=True))
