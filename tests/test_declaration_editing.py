"""Edits of an environment file: what is meant changes, and every other line stays as it is."""

from __future__ import annotations

import codecs
import difflib
from datetime import date

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from helpers.declaration.editing import (
    with_entry,
    with_entry_renamed,
    with_further_nodes,
    with_revocation,
    without_entries,
)
from helpers.declaration.yaml_reading import read_yaml
from helpers.errors import InputError
from helpers.terms import Revoked

HEAD = "# yaml-language-server: $schema=environment.schema.json\nschema: 1 # the only one\n\n"
TAIL = "\n# where the state is\nstate:\n  backend:   local   # odd spaces\n"
BLOCK = f"""{HEAD}certificates: # by name
  # the first node
  psn-01: certificates/psn-01.pem   # until March
  "pan":   'certificates/pan.pem'
  psn-02: {{file: certificates/psn-02.pem, nodes: [psn-02, psn-03]}} # shared
  # the end
{TAIL}"""
LONG = "psn-01:\n    file: a/b.pem # in it\n    nodes:\n    - psn-01 # one"
FOLDED = "psn-01:\n    nodes: [psn-01]\n    file: >-\n      a/b.pem"
REVOKED = Revoked("AB" * 32, "psn-01.example.net", 'stolen laptop: "old" – Zürich', date(2026, 11, 23))


def add(text: str | bytes, entry: str = "psn-09", *nodes: str) -> str:
    content = text.encode() if isinstance(text, str) else text
    edited = with_entry(
        content, entry, file=f"certificates/production-{entry}.pem", nodes=nodes or (entry,), called="production.yaml"
    )
    return edited.decode()


def remove(text: str, *entries: str) -> str:
    return without_entries(text.encode(), entries, called="production.yaml").decode()


def rename(text: str, old: str, new: str) -> str:
    return with_entry_renamed(text.encode(), old, new, called="production.yaml").decode()


def further(text: str, entry: str, *nodes: str) -> str:
    return with_further_nodes(text.encode(), entry, nodes, called="production.yaml").decode()


def revoke(text: str) -> str:
    return with_revocation(text.encode(), REVOKED, called="production.yaml").decode()


def difference(before: str, after: str) -> list[str]:
    """Return the lines that differ, each with + or -, with its line ending."""
    lines = difflib.ndiff(before.splitlines(keepends=True), after.splitlines(keepends=True))
    return [line[0] + line[2:] for line in lines if line[0] in "+-"]


def values(text: str) -> dict[str, object]:
    return read_yaml(text.encode(), file="production.yaml").values


def test_an_entry_is_one_line_more_after_the_others() -> None:
    assert difference(BLOCK, add(BLOCK)) == ["+  psn-09: certificates/production-psn-09.pem\n"]


def test_an_entry_for_other_nodes_takes_the_long_form() -> None:
    assert difference(BLOCK, add(BLOCK, "psn-01-2027", "psn-01")) == [
        "+  psn-01-2027: {file: certificates/production-psn-01-2027.pem, nodes: [psn-01]}\n"
    ]
    assert difference(BLOCK, add(BLOCK, "shared", "psn-01", "10.1.2.3", "on")) == [
        '+  shared: {file: certificates/production-shared.pem, nodes: [psn-01, "10.1.2.3", "on"]}\n'
    ]


@pytest.mark.parametrize(
    ("text", "entry", "changed"),
    [
        pytest.param(
            BLOCK,
            "psn-01",
            [
                "-  psn-01: certificates/psn-01.pem   # until March\n",
                "+  psn-01: {file: certificates/psn-01.pem, nodes: [psn-01, pan, psn-09]}   # until March\n",
            ],
            id="short form",
        ),
        pytest.param(
            BLOCK,
            "psn-02",
            [
                "-  psn-02: {file: certificates/psn-02.pem, nodes: [psn-02, psn-03]} # shared\n",
                "+  psn-02: {file: certificates/psn-02.pem, nodes: [psn-02, psn-03, pan, psn-09]} # shared\n",
            ],
            id="brackets",
        ),
        pytest.param(
            f"certificates:\n  {LONG}\n  other: x.pem\n",
            "psn-01",
            ["+    - pan\n", "+    - psn-09\n"],
            id="a line each, comments and all",
        ),
        pytest.param(
            '{"certificates": {"psn-01": "a.pem"}}\n',
            "psn-01",
            [
                '-{"certificates": {"psn-01": "a.pem"}}\n',
                '+{"certificates": {"psn-01": {"file": "a.pem", "nodes": ["psn-01", "pan", "psn-09"]}}}\n',
            ],
            id="JSON",
        ),
    ],
)
def test_an_entry_is_for_further_nodes_too(text: str, entry: str, changed: list[str]) -> None:
    assert difference(text, further(text, entry, "pan", "psn-09")) == changed


@pytest.mark.parametrize("newline", ["\r\n", "\r"])
def test_line_endings_stay_and_new_lines_have_them_too(newline: str) -> None:
    text = BLOCK.replace("\n", newline)
    edited = add(text)
    assert edited == add(BLOCK).replace("\n", newline)
    assert remove(edited, "psn-09") == text


@pytest.mark.parametrize(
    ("mark", "encoding"),
    [(codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be")],
)
def test_the_encoding_and_its_mark_stay(mark: bytes, encoding: str) -> None:
    content = mark + (BLOCK + "# Zürich 東\n").encode(encoding)
    edited = with_entry(content, "psn-09", file="certificates/x.pem", nodes=["psn-09"], called="production.yaml")
    assert edited.startswith(mark)
    assert edited[len(mark) :].decode(encoding) == BLOCK.replace(
        "  # the end", "  psn-09: certificates/x.pem\n  # the end"
    ) + ("# Zürich 東\n")


def test_without_a_final_newline_there_is_none_afterwards() -> None:
    text = "certificates:\n  psn-01: a/b.pem # last"
    assert add(text) == text + "\n  psn-09: certificates/production-psn-09.pem"
    assert remove(add(text), "psn-09") == text + "\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("{psn-01: a/b.pem}", "{psn-01: a/b.pem, NEW}"),
        ("{ psn-01: a/b.pem , }", "{ psn-01: a/b.pem, NEW , }"),
        ("{\n  a-1: a.pem, # one\n  a-2: b.pem # two\n  }", "{\n  a-1: a.pem, # one\n  a-2: b.pem, NEW # two\n  }"),
        ('{"psn-01": "a/b.pem"}', '{"psn-01": "a/b.pem", "psn-09": "certificates/production-psn-09.pem"}'),
        ("\n    psn-01: a/b.pem", "\n    psn-01: a/b.pem\n    NEW"),
        (f"\n  {LONG}", f"\n  {LONG}\n  NEW"),
        (f"\n  {FOLDED}\n", f"\n  {FOLDED}\n  NEW\n"),
        ("\n  psn-01:\n    a/b.pem # below", "\n  psn-01:\n    a/b.pem # below\n  NEW"),
    ],
    ids=["flow", "flow-comma", "flow-lines", "json", "deep", "long-block", "folded", "value-below"],
)  # fmt: skip
def test_whatever_the_layout_an_entry_follows_the_last(before: str, after: str) -> None:
    after = after.replace("NEW", "psn-09: certificates/production-psn-09.pem")
    assert add(f"{HEAD}certificates: {before}\n{TAIL}") == f"{HEAD}certificates: {after}\n{TAIL}"


def test_a_file_that_is_json_stays_json() -> None:
    text = '{"schema": 1, "certificates": {"psn-01": "a/b.pem"}, "state": {"backend": "local"}}\n'
    assert '"psn-09": {"file": "certificates/production-psn-09.pem", "nodes": ["psn-01"]}}' in add(
        text, "psn-09", "psn-01"
    )
    assert list(values(revoke(text))) == ["schema", "certificates", "revoked", "state"]


def test_where_pyyaml_was_built_without_libyaml_an_edit_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    with_libyaml = [add(BLOCK), remove(BLOCK, "psn-02"), rename(BLOCK, "pan", "pan-1"), revoke(BLOCK)]
    monkeypatch.setattr("helpers.declaration.splicing.Loader", yaml.SafeLoader)
    assert [add(BLOCK), remove(BLOCK, "psn-02"), rename(BLOCK, "pan", "pan-1"), revoke(BLOCK)] == with_libyaml


def test_an_entry_taken_out_takes_its_line_along_and_no_other() -> None:
    assert difference(BLOCK, remove(BLOCK, "psn-01")) == [
        "-  psn-01: certificates/psn-01.pem   # until March\n",
    ]
    assert difference(BLOCK, remove(BLOCK, "psn-01", "psn-02")) == [
        "-  psn-01: certificates/psn-01.pem   # until March\n",
        "-  psn-02: {file: certificates/psn-02.pem, nodes: [psn-02, psn-03]} # shared\n",
    ]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("{a-1: a/b.pem, psn-09: a/c.pem}", "{a-1: a/b.pem}"),
        ("{psn-09: a/c.pem, a-1: a/b.pem}", "{a-1: a/b.pem}"),
        ("{a-1: a/b.pem, psn-09: a/c.pem, }", "{a-1: a/b.pem, }"),
        ("{\n  a-1: a/b.pem, # one\n  psn-09: a/c.pem # two\n  }", "{\n  a-1: a/b.pem, # one\n  }"),
        ("{\n  psn-09: a/c.pem, # two\n  a-1: a/b.pem # one\n  }", "{\n  a-1: a/b.pem # one\n  }"),
        ("{\n  psn-09: a/c.pem,\n  a-1: a/b.pem # one\n  }", "{\n  a-1: a/b.pem # one\n  }"),
        (f"\n  {LONG}\n  # between\n  a-1: a/b.pem".replace("psn-01:", "psn-09:"), "\n  # between\n  a-1: a/b.pem"),
    ],
)  # fmt: skip
def test_whatever_the_layout_an_entry_comes_out_alone(before: str, after: str) -> None:
    assert remove(f"{HEAD}certificates: {before}\n{TAIL}", "psn-09") == f"{HEAD}certificates: {after}\n{TAIL}"


def test_a_renamed_entry_says_what_it_was_called_and_keeps_its_nodes() -> None:
    assert difference(BLOCK, rename(BLOCK, "psn-01", "psn-01-2026")) == [
        "-  psn-01: certificates/psn-01.pem   # until March\n",
        "+  psn-01-2026: {file: certificates/psn-01.pem, nodes: [psn-01], formerly: psn-01}   # until March\n",
    ]
    assert difference(BLOCK, rename(BLOCK, "pan", "pan-old")) == [
        "-  \"pan\":   'certificates/pan.pem'\n",
        '+  "pan-old":   {file: certificates/pan.pem, nodes: [pan], formerly: pan}\n',
    ]
    assert difference(BLOCK, rename(BLOCK, "psn-02", "both")) == [
        "-  psn-02: {file: certificates/psn-02.pem, nodes: [psn-02, psn-03]} # shared\n",
        "+  both: {file: certificates/psn-02.pem, nodes: [psn-02, psn-03], formerly: psn-02} # shared\n",
    ]


def test_a_renamed_entry_of_several_lines_gets_one_more() -> None:
    text = (
        "certificates:\n  psn-01:\n    file: a/b.pem\n    nodes: # both\n    - psn-01\n    - psn-02 # last\nstate: x\n"
    )
    assert difference(text, rename(text, "psn-01", "psn-02")) == [
        "-  psn-01:\n",
        "+  psn-02:\n",
        "+    formerly: psn-01\n",
    ]


ITEM = f"""\
- sha256: "{"AB" * 32}"
  common_name: "psn-01.example.net"
  reason: "stolen laptop: \\"old\\" – Zürich"
  date: 2026-11-23
"""


def indented(columns: int) -> str:
    return "".join(" " * columns + line for line in ITEM.splitlines(keepends=True))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("revoked: [] # none yet\n", "revoked: # none yet\n" + indented(2)),
        ("revoked:    []\n# below\n", "revoked:\n" + indented(2) + "# below\n"),
        ("revoked: # none yet\n  # really\n", "revoked: # none yet\n" + indented(2) + "  # really\n"),
        ("revoked: null\n", "revoked:\n" + indented(2)),
        ("revoked:\n- reason: x # why\n# below\n", "revoked:\n- reason: x # why\n" + indented(0) + "# below\n"),
        ("revoked:\n    - reason: x\n", "revoked:\n    - reason: x\n" + indented(4)),
    ],
    ids=["empty", "spaces", "nothing", "null", "at-the-margin", "deep"],
)
def test_a_revocation_is_appended_to_the_list_as_it_is_written(before: str, after: str) -> None:
    assert revoke(HEAD + before + TAIL) == HEAD + after + TAIL


@pytest.mark.parametrize("before", ["[{reason: x}] # why", "[\n  {reason: x}, # why\n  ]", "[ # none\n  ]"])
def test_a_revocation_in_a_list_in_brackets_stands_in_brackets(before: str) -> None:
    text = f"{HEAD}revoked: {before}\n{TAIL}"
    edited = revoke(text)
    assert edited.count("\n") == text.count("\n")
    assert [comment for comment in ("# why", "# none") if comment in text] == [
        comment for comment in ("# why", "# none") if comment in edited
    ]
    assert values(edited)["revoked"] == [*values(text)["revoked"], *values(ITEM.join(("revoked:\n", "")))["revoked"]]  # type: ignore[misc]


def test_the_first_revocation_stands_below_the_certificates() -> None:
    edited = revoke(BLOCK)
    assert difference(BLOCK, edited) == [
        "+\n",
        "+revoked:\n",
        *(f"+  {line}" for line in ITEM.splitlines(keepends=True)),
    ]
    assert list(values(edited)) == ["schema", "certificates", "revoked", "state"]


@pytest.mark.parametrize(
    "text",
    [
        "certificates: &all\n  psn-01: a/b.pem\n",
        "certificates:\n  psn-01: a/b.pem\n  psn-02: &x a/c.pem\n",
        "certificates: []\n",
        "certificates:\n",
        "certificates:\n  psn-01: a/b.pem\n  psn-01: a/c.pem\n",
    ],
    ids=["anchor", "anchored-entry", "list", "nothing", "twice"],
)
def test_what_cannot_be_edited_safely_is_not_edited(text: str) -> None:
    with pytest.raises(InputError, match=r"^production.yaml: is laid out in a way that cannot be edited"):
        add(text)


def test_a_key_written_as_a_question_is_not_edited() -> None:
    with pytest.raises(InputError, match="cannot be edited"):
        remove("certificates:\n  ? psn-01\n  : a/b.pem\n  psn-02: a/c.pem\n", "psn-01")


COMMENTS = st.sampled_from(["", " # why", "   # 東: [x] {y}", "\t# tab"])
ENTRIES = st.sampled_from(
    [
        "NAME: certificates/NAME.pem",
        '"NAME":  "certificates/NAME.pem"',
        "NAME: 'it''s.pem'",
        "NAME: {file: a/b.pem, nodes: [x, 'y']}",
        "NAME:\n    nodes:\n    - x\n\n    # between\n    - y\n    file: a/b.pem",
        "NAME:\n    {file: a/b.pem,\n    nodes: [x,\n    y]}",
    ]
)
BETWEEN = st.sampled_from(["", "\n", "  # a comment\n", "# at the margin\n\n"])


@given(
    entries=st.lists(st.tuples(BETWEEN, ENTRIES, COMMENTS), min_size=1, max_size=4),
    newline=st.sampled_from(["\n", "\r\n"]),
    chosen=st.integers(0, 3),
)
def test_in_any_layout_an_edit_and_its_opposite_leave_the_text_as_it_was(
    entries: list[tuple[str, str, str]], newline: str, chosen: int
) -> None:
    lines = [
        f"{between}  {entry.replace('NAME', f'node-{number}')}{comment}\n"
        for number, (between, entry, comment) in enumerate(entries)
    ]
    text = f"{HEAD}certificates:\n{''.join(lines)}{TAIL}".replace("\n", newline)
    added = add(text)
    assert all(line.startswith("+") for line in difference(text, added))
    assert remove(added, "psn-09") == text
    entry = f"node-{chosen % len(entries)}"
    removed = remove(added, entry)
    assert entry not in values(removed)["certificates"]  # type: ignore[operator]
    assert all(line.startswith("-") for line in difference(added, removed))
    comments = [between.strip() for between, _, _ in entries]
    assert all(comment in removed for comment in comments)
