"""A run sheet as text, Markdown, JSON and HTML: everything is in each, and no text from elsewhere is more than text."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import cmarkgfm
import pytest
from cmarkgfm.cmark import Options
from hypothesis import given, settings
from jsonschema import Draft202012Validator

from cli.runsheet import rendered
from helpers.clouds import CLOUDS
from helpers.plain_text import one_line
from helpers.runsheet.html import as_html
from helpers.runsheet.markdown import as_markdown
from helpers.runsheet.sections import GUID_LINE, items, own, sections
from helpers.runsheet.text import as_text
from helpers.sentences.parts import Mark
from tests.hostile_texts import TEXTS
from tests.pages import Page
from tests.running_sheets import hostile, rich, sheet
from tests.test_runsheet_making import of_cloud

if TYPE_CHECKING:
    from collections.abc import Callable

    from helpers.runsheet.sheet import RunSheet

SCHEMA = json.loads((Path(__file__).parent.parent / "docs" / "runsheet.schema.json").read_bytes())
AS_MARKDOWN_SHOWS = cmarkgfm.github_flavored_markdown_to_html


def markdown_page(sheet: RunSheet) -> Page:
    page: str = AS_MARKDOWN_SHOWS(as_markdown(sheet), Options.CMARK_OPT_UNSAFE)
    return Page(page)


def text_of_html(sheet: RunSheet) -> str:
    return Page(as_html(sheet)).text


def shown(sheet: RunSheet) -> str:
    return markdown_page(sheet).text


FORMATS = pytest.mark.parametrize("show", [as_text, shown, text_of_html], ids=["text", "markdown", "html"])


@FORMATS
def test_every_value_is_shown_whole_and_every_step_has_a_box(show: Callable[[RunSheet], str]) -> None:
    text = show(rich())
    for item in items(rich()):
        assert [fact.value for fact in item.facts if fact.value not in text] == []
    assert text.count("[ ]") == (len(items(rich())) if show is as_text else 0)


@FORMATS
def test_the_fields_stand_in_ises_order(show: Callable[[RunSheet], str]) -> None:
    text = show(rich())
    form = text[text.lower().index("fill in the form") :]
    at = [re.search(rf"{re.escape(field.label)}\W+{re.escape(field.value)}", form) for field in rich().fields]
    starts = [match.start() for match in at if match]
    assert len(starts) == len(rich().fields)
    assert starts == sorted(starts)


@FORMATS
def test_every_fingerprint_is_there_in_the_form_of_ise_of_entra_and_of_the_manifest(
    show: Callable[[RunSheet], str],
) -> None:
    text = show(rich())
    for each in rich().certificates:
        assert {each.sha1, each.sha256, each.sha1_base64} <= set(re.split(r"[^\w+/=]+", text))


@FORMATS
def test_what_is_not_confirmed_is_marked(show: Callable[[RunSheet], str]) -> None:
    marks = [show(sheet(**of_cloud(CLOUDS[name]))).lower().count("not confirmed:") for name in ("global", "china")]
    assert marks == [0, 3]  # two fields, and the page to consent at


@FORMATS
def test_an_expired_certificate_is_an_alarm_at_its_place(show: Callable[[RunSheet], str]) -> None:
    assert show(rich()).count("It has expired: Entra refuses its signatures (AADSTS700027).") == 1


@pytest.mark.parametrize(
    "said",
    [
        "at most once in 4 hours",
        "240 minutes or more",
        GUID_LINE,
        "Never tick Trust for client authentication and Syslog",
        "psn-01 may present psn-01-2027 instead.",
        "psn-02, psn-03 present *.example.net",
        "No node presents psn-01.example.net",
        "Test Connection",
        "sign-in goes by the thumbprint",
    ],
)
def test_the_sheet_says(said: str) -> None:
    whole = (str(each) for section in sections(rich()) for each in (section.intro, *section.notes))
    steps = (
        " ".join((str(item.title), str(item.note), *(fact.value for fact in item.facts))) for item in items(rich())
    )
    assert any(said in text for text in (*whole, *steps))


def test_a_sheet_without_certificates_says_that_nobody_can_sign_in() -> None:
    assert "No certificate is registered" in as_text(sheet(certificates={}))


def test_no_line_of_prose_is_wider_than_a_printed_page() -> None:
    wide = [line for line in as_text(rich()).splitlines() if len(line) > 100]
    assert all("https://" in line for line in wide)


def test_own_words_carry_their_marks() -> None:
    parts = [(part.text, part.mark) for part in own("Tick *this box*, then `run it`.").parts]
    assert parts == [
        ("Tick ", Mark.PLAIN),
        ("this box", Mark.STRONG),
        (", then ", Mark.PLAIN),
        ("run it", Mark.CODE),
        (".", Mark.PLAIN),
    ]


@settings(deadline=None)  # the machine may be busy
@given(text=TEXTS)
def test_text_shows_a_hostile_text_and_nothing_of_it_works(text: str) -> None:
    lines = as_text(hostile(text)).splitlines()
    assert [line for line in lines if not line.isprintable()] == []


@settings(deadline=None)  # the machine may be busy
@given(text=TEXTS.filter(lambda text: text.strip()))
def test_nothing_hostile_changes_the_shape_of_the_markdown(text: str) -> None:
    harmless, attacked = (markdown_page(hostile(each)) for each in ("word", text))
    without_code = [[each for each in page.elements if each[0] != "code"] for page in (harmless, attacked)]
    assert without_code[0] == without_code[1]
    assert attacked.comments == []


@settings(deadline=None)  # the machine may be busy
@given(text=TEXTS.filter(lambda text: text.strip()))
def test_nothing_hostile_changes_the_shape_of_the_page(text: str) -> None:
    harmless, attacked = (Page(as_html(hostile(each))) for each in ("word", text))
    assert attacked.elements == harmless.elements
    assert attacked.comments == []
    assert one_line(text[:200]) in attacked.text


@settings(deadline=None)  # the machine may be busy
@given(text=TEXTS)
def test_json_is_as_its_schema_says_and_keeps_every_text(text: str) -> None:
    document = json.loads(rendered(hostile(text), "json"))
    Draft202012Validator(SCHEMA).validate(document)
    assert {each["common_name"] for each in document["run_sheet"]["certificates"]} == {text}


def test_the_schema_is_one_and_refuses_what_it_does_not_know() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    document = json.loads(rendered(rich(), "json"))
    assert Draft202012Validator(SCHEMA).is_valid(document)
    assert not Draft202012Validator(SCHEMA).is_valid({**document, "more": 1})
    assert [each["subject"] for each in document["found"]] == ["psn-02", "psn-03"]


def test_the_page_may_run_its_own_script_and_load_nothing() -> None:
    html = as_html(rich())
    policy = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', html)
    hashes = []
    for name in ("style", "script"):
        held = re.findall(rf"<{name}>(.*?)</{name}>", html, re.DOTALL)
        assert len(held) == 1
        hashes.append("sha256-" + base64.b64encode(hashlib.sha256(held[0].encode()).digest()).decode())
    allowed = f"style-src '{hashes[0]}'; script-src '{hashes[1]}'"
    assert policy == [f"default-src 'none'; {allowed}; base-uri 'none'; form-action 'none'"]


def test_nothing_in_the_page_leads_out_of_it() -> None:
    html = as_html(rich())
    page = Page(html)
    assert not {name for name, _ in page.elements} & {"link", "img", "iframe", "object", "embed", "form", "base", "svg"}
    assert {name for _, attributes in page.elements for name in attributes if name.startswith("on")} == set()
    assert not {"src", "style", "srcset"} & {name for _, attributes in page.elements for name in attributes}
    assert [link for link in re.findall(r'href="([^"]*)"', html) if not link.startswith("data:application/")] == []
    assert "url(" not in html
    assert "@import" not in html


def test_the_files_to_save_are_the_roots() -> None:
    saved = re.findall(r'download="([^"]+)" href="data:application/x-pem-file;base64,([^"]+)"', as_html(rich()))
    assert [(name, base64.b64decode(content).decode()) for name, content in saved] == [
        (f"{root.name.replace(' ', '-')}.pem", root.certificate.pem) for root in rich().roots
    ]


def test_every_box_has_an_id_of_its_own_that_says_what_it_is_about() -> None:
    def boxes(made: RunSheet) -> list[str]:
        return re.findall(r'<input type="checkbox" id="([^"]+)"', as_html(made))

    assert len(set(boxes(rich()))) == len(items(rich()))
    changed = sheet(certificates={"another": {**rich_certificate(), "common_name": "another.example.net"}})
    assert len(set(boxes(sheet())) & set(boxes(changed))) == len(items(sheet())) - 1


def rich_certificate() -> dict[str, object]:
    each = rich().certificates[0]
    return {
        "nodes": ["psn-01"],
        "thumbprint_sha1": each.sha1,
        "sha256": each.sha256,
        "not_before": "2026-11-01T00:00:00Z",
        "not_after": "2027-11-01T00:00:00Z",
        "key_id": each.key_id,
    }


def test_headings_leave_out_no_level() -> None:
    levels = [int(name[1]) for name, _ in Page(as_html(rich())).elements if re.fullmatch(r"h\d", name)]
    assert levels[0] == 1
    assert all(deeper <= level + 1 for level, deeper in pairwise(levels))
