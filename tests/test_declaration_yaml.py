"""YAML text becomes plain values with their places, or mistakes; no text does more than that."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from helpers.declaration.locations import Location
from helpers.declaration.yaml_reading import MAX_BYTES, read_yaml
from helpers.errors import DeclarationErrors
from tests.judging import SOUND, changed, said
from tests.thoroughness import examples

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("written", "read"),
    [
        pytest.param("3.10", "3.10", id="a number with a point stays text: it is a release, not 3.1"),
        pytest.param("2027-03-31", "2027-03-31", id="a date stays text"),
        pytest.param("no", "no", id="no is text, as YAML 1.2 and editors have it"),
        pytest.param("on", "on", id="on is text"),
        pytest.param("true", True, id="true"),
        pytest.param("False", False, id="False"),
        pytest.param("4", 4, id="a whole number"),
        pytest.param("-4", -4, id="a negative number"),
        pytest.param("010", "010", id="a leading zero is text: YAML 1.1 would take it for 8"),
        pytest.param("0x10", "0x10", id="hexadecimal is text"),
        pytest.param("1_000", "1_000", id="underscores are text"),
        pytest.param("12:30", "12:30", id="base 60 is text"),
        pytest.param("9" * 40, "9" * 40, id="a number no program holds is text"),
        pytest.param("", None, id="nothing"),
        pytest.param("~", None, id="tilde"),
        pytest.param("null", None, id="null"),
        pytest.param("'4'", "4", id="quotes make text"),
        pytest.param("''", "", id="quoted nothing is empty text"),
        pytest.param("${file('/etc/passwd')}", "${file('/etc/passwd')}", id="Terraform's template is text"),
        pytest.param("|\n  two\n  lines", "two\nlines\n", id="a block"),
        pytest.param("[a, 1]", ["a", 1], id="a list"),
        pytest.param("{b: c}", {"b": "c"}, id="a mapping"),
    ],
)
def test_plain_scalars_mean_what_yaml_1_2_says_and_text_otherwise(written: str, read: object) -> None:
    values = read_yaml(f"key: {written}\n".encode(), file="a.yaml").values
    assert values == {"key": read}
    assert type(values["key"]) is type(read)


def test_every_key_and_item_keeps_its_place() -> None:
    locations = read_yaml(b"a: 1\nb:\n  - x\n  - c: 2\n", file="a.yaml").locations
    assert locations.of(("a",)) == Location("a.yaml", 1, 1)
    assert locations.of(("b", 1)) == Location("a.yaml", 4, 5)
    assert locations.of(("b", 1, "c")) == Location("a.yaml", 4, 5)
    assert locations.of(("b", 1, "missing")) == Location("a.yaml", 4, 5), "what is not there is where it would be"


@pytest.mark.parametrize(
    "encoded",
    [
        pytest.param(SOUND.encode(), id="UTF-8"),
        pytest.param(SOUND.encode("utf-8-sig"), id="UTF-8 with a byte order mark"),
        pytest.param(SOUND.encode("utf-16"), id="UTF-16 with a byte order mark"),
        pytest.param(SOUND.replace("\n", "\r\n").encode(), id="lines of Windows"),
        pytest.param(b"%YAML 1.2\n---\n" + SOUND.encode() + b"...\n", id="one explicit document"),
    ],
)
def test_what_editors_save_reads_alike(encoded: bytes) -> None:
    assert read_yaml(encoded, file="a").values == read_yaml(SOUND.encode(), file="a").values


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        pytest.param("", "0 : is empty; `ise-intune new NAME` writes a commented file", id="empty"),
        pytest.param("# x\n", "0 : is empty; `ise-intune new NAME` writes a commented file", id="comments alone"),
        pytest.param(
            "- a\n",
            "1 : is not a mapping of keys; begin with `schema: 1`; `ise-intune new NAME` writes a file",
            id="list",
        ),
        pytest.param(
            "null\n",
            "1 : is not a mapping of keys; begin with `schema: 1`; `ise-intune new NAME` writes a file",
            id="null",
        ),
        pytest.param(
            f"{SOUND}---\na: b\n",
            "21 : holds more than one document; keep one deployment in each file, without `---` between",
            id="two documents",
        ),
        pytest.param(
            "a: " + "[" * 40, "1 : is nested too deeply; `ise-intune new NAME` shows the shape of the file", id="deep"
        ),
        pytest.param(
            "? " * 40, "1 : is nested too deeply; `ise-intune new NAME` shows the shape of the file", id="deep keys"
        ),
        pytest.param(
            "schema: 1\nschema: " + "[" * 40,
            "2 : is nested too deeply; `ise-intune new NAME` shows the shape of the file",
            id="deep where it is skipped",
        ),
        pytest.param(
            "a: [" + "x," * 30_000 + "]",
            "1 : holds more than 20000 values; `ise-intune new NAME` shows the shape of the file",
            id="wide",
        ),
        pytest.param(
            "#" * (MAX_BYTES + 1), "0 : is larger than 1024 KiB; keep one deployment in each file", id="large"
        ),
        pytest.param(f"{SOUND}#\0\n", "21 : holds the control character '\\x00'; take it out", id="NUL"),
        pytest.param(changed(("Cisco", "\x1b[2J")), "6 : holds the control character '\\x1b'; take it out", id="ESC"),
        pytest.param(
            SOUND.replace("Cisco", "Café").encode("latin-1"),
            "6 : is not UTF-8 text; save the file as UTF-8",
            id="Latin-1",
        ),
        pytest.param(
            changed(("  patch", "\tpatch")),
            "14 : is not YAML: found character that cannot start any token; "
            "put the value in quotes, and indent with spaces, not tabs",
            id="tab",
        ),
        pytest.param(
            changed(("Cisco ISE", "Cisco: ISE")),
            "6 : is not YAML: mapping values are not allowed in this context; "
            "put the value in quotes if it holds `: `, or mend the indentation",
            id="colon",
        ),
        pytest.param(
            changed(("  patch", "   patch")),
            "14 : is not YAML: did not find expected key; indent the keys of one block alike",
            id="indentation",
        ),
    ],
)
def test_a_file_of_which_nothing_more_can_be_said_is_one_mistake(
    tmp_path: Path, text: str | bytes, sentence: str
) -> None:
    assert said(tmp_path, text) == [sentence]


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        pytest.param(
            changed(("Cisco ISE", "&name Cisco ISE")),
            ["6 application.display_name: has an anchor (`&`); take it off; put the value in quotes if it is text"],
            id="anchor",
        ),
        pytest.param(
            changed(("Cisco ISE", "*name")),
            ["6 application.display_name: is an alias (`*`); write the value out; put it in quotes if it is text"],
            id="alias",
        ),
        pytest.param(
            changed(("Cisco ISE", "!!python/object/apply:os.system [id]")),
            [
                (
                    "6 application.display_name: carries the tag 'tag:yaml.org,2002:python/object/apply:os.system'; "
                    "write plain text, in quotes if need be"
                )
            ],
            id="a tag that would run code",
        ),
        pytest.param(
            changed(("Cisco ISE", "!!binary aGk=")),
            [
                (
                    "6 application.display_name: carries the tag 'tag:yaml.org,2002:binary'; "
                    "write plain text, in quotes if need be"
                )
            ],
            id="a harmless tag",
        ),
        pytest.param(
            f"{SOUND}<<: {{cloud: china}}\n",
            ["21 <<: is YAML's merge key; write out what it would bring in"],
            id="merge key",
        ),
        pytest.param(f"{SOUND}cloud: china\n", ["21 cloud: is given twice; keep one of the two"], id="key twice"),
        pytest.param(
            changed(("  patch: 4", "  patch: 4\n  patch: [{a: [b]}, c]\n  patch: 5")),
            ["15 ise.patch: is given twice; keep one of the two", "16 ise.patch: is given twice; keep one of the two"],
            id="key three times, once with a structure",
        ),
        pytest.param(
            f"{SOUND}? [a, {{b: c}}]\n: d\n",
            ["21 ?: is a key that is not plain text; write keys as plain words"],
            id="a key that is a list",
        ),
        pytest.param(
            f"{SOUND}!!str x: d\n",
            ["21 x: is a key with a tag or an anchor; write keys as plain words"],
            id="a key with a tag",
        ),
        pytest.param(
            changed(("global", "!!str global"), ("patch: 4", "patch: x")),
            [
                "3 cloud: carries the tag 'tag:yaml.org,2002:str'; write plain text, in quotes if need be",
                "14 ise.patch: 'x' is not a whole number; write digits without quotes",
            ],
            id="what else is wrong is said too",
        ),
    ],
)
def test_what_a_declaration_has_no_use_for_is_refused_where_it_stands(
    tmp_path: Path, text: str, sentences: list[str]
) -> None:
    assert said(tmp_path, text) == sentences


def test_a_key_cannot_forge_a_line_of_the_report(tmp_path: Path) -> None:
    sentences = said(tmp_path, f'{SOUND}"x\\nerror: forged\\e[31m": 1\n')
    assert len(sentences) == 1, "and `said` has seen that its message is one printable line"


_ALIASES = "a: &a [x, x]\n" + "".join(f"{chr(98 + n)}: &{chr(98 + n)} [{f'*{chr(97 + n)}, ' * 9}]\n" for n in range(9))


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(_ALIASES, id="aliases that stand for billions"),
        pytest.param("[" * MAX_BYTES, id="brackets"),
        pytest.param("{a: " * (MAX_BYTES // 4), id="braces"),
        pytest.param("- " * (MAX_BYTES // 2), id="dashes"),
        pytest.param("? " * (MAX_BYTES // 2), id="question marks"),
        pytest.param('"' + "x" * (MAX_BYTES - 2), id="a quote that never ends"),
        pytest.param("".join(f"k{n}: 1\n" for n in range(19_000)), id="unknown keys"),
        pytest.param(changed(("extra: []", "extra: [" + "{api: Microsoft Grap}," * 9_000 + "]")), id="bad items"),
        pytest.param(
            changed(
                ("psn-01: certificates/psn-01.pem", "\n  ".join(f"p{n}: certificates/psn-01.pem" for n in range(9_000)))
            ),
            id="entries",
        ),
    ],
)
def test_no_file_of_bounded_size_keeps_anyone_waiting_or_talks_without_end(tmp_path: Path, text: str) -> None:
    started = time.process_time()
    sentences = said(tmp_path, text)
    assert time.process_time() - started < 5, "a second is usual; seconds on a machine that is busy"
    assert len(sentences) <= 101


@settings(max_examples=examples(60))
@given(st.binary(max_size=400) | st.text(max_size=400).map(str.encode))
@example(b"\xff\xfe\x00")
@example(b"\xef\xbb\xbf")
def test_any_bytes_are_a_document_or_a_declaration_error(text: bytes) -> None:
    # Anything but a declaration error would end the test.
    with suppress(DeclarationErrors):
        assert isinstance(read_yaml(text, file="any.yaml").values, dict)


@pytest.mark.parametrize("surrogate", ['"\\ud800"', '"\\udfff"'])
def test_half_a_character_is_no_text(surrogate: str) -> None:
    with pytest.raises(DeclarationErrors, match="is not YAML: found invalid Unicode character escape code"):
        read_yaml(f"a: {surrogate}\n".encode(), file="a.yaml")
