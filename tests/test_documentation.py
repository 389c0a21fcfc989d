"""The documentation says what is so: generated pages are current, and every page and command they name is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cli.running import VERBS
from helpers.declaration.reference import reference
from helpers.declaration.state_backends import BACKENDS, table
from helpers.declaration.state_settings import STATES

ROOT = Path(__file__).resolve().parent.parent
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]


def test_the_reference_of_the_environment_file_is_current() -> None:
    written = (ROOT / "docs" / "environment-file.md").read_text(encoding="utf-8").splitlines()
    assert written == list(reference())


def test_the_table_of_backends_is_current_and_knows_them_all() -> None:
    page = (ROOT / "docs" / "state.md").read_text(encoding="utf-8")
    written = page.partition("<!-- backends -->\n")[2].partition("<!-- /backends -->")[0]
    assert written.splitlines() == list(table())
    assert [each.name for each in BACKENDS] == list(STATES)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_to_a_page(page: Path) -> None:
    links = re.findall(r"\]\((?!https?://|#)([^)#]+)", page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_verb_named_is_a_verb(page: Path) -> None:
    named = set(re.findall(r"(?:\bise-intune|cli) ([a-z]+)\b", page.read_text(encoding="utf-8")))
    assert named - set(VERBS) <= {"and", "is", "on"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_make_target_named_is_one(page: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = set(re.findall(r"`?make ([a-z-]+)`", page.read_text(encoding="utf-8")))
    assert named <= targets


def test_every_block_of_commands_in_the_guide_is_run_by_a_test() -> None:
    text = (ROOT / "docs" / "guide.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```sh$", text, re.MULTILINE)
    marked = re.findall(r"^<!-- run: ([a-z-]+)[^\n]*-->\n```sh$", text, re.MULTILINE)
    run = re.findall(r'\bblocks\("([a-z-]+)"\)', (ROOT / "tests" / "test_guide.py").read_text(encoding="utf-8"))
    assert len(marked) == len(blocks) == text.count("```") / 2
    assert set(marked) == set(run)
