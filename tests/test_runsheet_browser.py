"""The run sheet in a browser, opened as the file it is: copying, remembered ticks, paper, a phone's width.

Chromium is driven by Playwright, which nobody here wrote.
"""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from helpers.runsheet.html import as_html
from tests.running_sheets import hostile, rich, sheet

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, BrowserContext, Page

    from helpers.runsheet.sheet import RunSheet

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
PHONE_WIDTH = 360
# Takes the clipboard's interface away, as a page has none that is opened from a share or inside a frame.
NO_CLIPBOARD = "Object.defineProperty(navigator, 'clipboard', {value: undefined})"
NO_STORAGE = "Object.defineProperty(window, 'localStorage', {get() { throw new DOMException('no', 'SecurityError') }})"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="no browser: Chromium is not installed"),
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context()
    yield context
    context.close()


@contextmanager
def opened(context: BrowserContext, file: Path, made: RunSheet) -> Iterator[Page]:
    """Open a sheet from a file; whatever the browser complains of, the policy's refusals included, fails the test."""
    file.write_text(as_html(made), encoding="utf-8")
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: complaints.append(request.url) if request.url != file.as_uri() else None)
    page.goto(file.as_uri())
    yield page
    page.close()
    assert complaints == []


def press(page: Page, name: str) -> None:
    """Press the first button of that name, and wait until it says that it has copied."""
    button = page.get_by_role("button", name=name, exact=True).first
    button.click()
    button.filter(has_text="Copied").wait_for()


def pasted(page: Page) -> str:
    """Return what a person who pastes now gets."""
    page.evaluate("document.body.append(Object.assign(document.createElement('textarea'), {id: 'paste-here'}))")
    page.focus("#paste-here")
    page.keyboard.press("Control+V")
    text = page.input_value("#paste-here")
    page.evaluate("document.getElementById('paste-here').remove()")
    return text


@pytest.mark.parametrize("surroundings", ["", NO_CLIPBOARD], ids=["clipboard", "no-clipboard"])
def test_every_button_copies_the_value_beside_it(context: BrowserContext, tmp_path: Path, surroundings: str) -> None:
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    context.add_init_script(surroundings)
    with opened(context, tmp_path / "sheet.html", sheet()) as page:
        for field in sheet().fields:
            press(page, f"Copy {field.label}")
            assert pasted(page) == field.value
        press(page, "Copy SHA-256")
        assert pasted(page) == sheet().roots[0].sha256


def test_a_root_can_be_copied_and_saved_as_it_is(context: BrowserContext, tmp_path: Path) -> None:
    root = sheet().roots[0]
    context.add_init_script(NO_CLIPBOARD)
    with opened(context, tmp_path / "sheet.html", sheet()) as page:
        page.get_by_text("The certificate itself").first.click()
        press(page, f"Copy the certificate {root.name}")
        assert pasted(page) == root.certificate.pem


def test_saving_a_root_gives_its_pem_file(context: BrowserContext, tmp_path: Path) -> None:
    root = sheet().roots[0]
    (tmp_path / "sheet.html").write_text(as_html(sheet()), encoding="utf-8")
    page = context.new_page()
    page.goto((tmp_path / "sheet.html").as_uri())
    page.get_by_text("The certificate itself").first.click()
    with page.expect_download() as download:
        page.get_by_role("link", name="Save it as a file").first.click()
    assert download.value.suggested_filename == f"{root.name.replace(' ', '-')}.pem"
    assert download.value.path().read_text() == root.certificate.pem


def test_ticks_are_remembered_by_what_the_sheet_says(context: BrowserContext, tmp_path: Path) -> None:
    steps = len(rich().fields)
    with opened(context, tmp_path / "sheet.html", rich()) as page:
        page.get_by_label("Client ID", exact=True).check()
        page.get_by_text("Token Audience", exact=True).click()
        counted = page.inner_text("#count")
        assert counted.startswith("2 of ")
    with opened(context, tmp_path / "sent-by-mail.html", rich()) as page:
        assert page.inner_text("#count") == counted
        assert page.get_by_label("Client ID", exact=True).is_checked()
        assert page.get_by_label("Token Audience", exact=True).is_checked()
        assert page.locator(".field input:checked").count() == 2 < steps
    with opened(context, tmp_path / "sheet.html", sheet()) as page:
        assert page.inner_text("#count").startswith("0 of ")


def test_ticks_can_be_taken_back(context: BrowserContext, tmp_path: Path) -> None:
    with opened(context, tmp_path / "sheet.html", rich()) as page:
        page.get_by_label("Client ID", exact=True).check()
        page.get_by_role("button", name="Clear ticks").click()
        page.reload()
        assert page.inner_text("#count").startswith("0 of ")


def test_a_browser_that_keeps_nothing_is_said_to(context: BrowserContext, tmp_path: Path) -> None:
    context.add_init_script(NO_STORAGE)
    with opened(context, tmp_path / "sheet.html", rich()) as page:
        assert not page.locator("#forgets").is_visible()
        page.get_by_label("Client ID", exact=True).check()
        assert page.inner_text("#count").startswith("1 of ")
        assert page.locator("#forgets").is_visible()


def test_without_its_script_the_page_is_complete_and_promises_nothing(browser: Browser, tmp_path: Path) -> None:
    context = browser.new_context(java_script_enabled=False)
    with opened(context, tmp_path / "sheet.html", rich()) as page:
        assert page.get_by_role("button").count() == 0
        assert all(page.get_by_text(field.value, exact=True).first.is_visible() for field in rich().fields)
    context.close()


def test_paper_has_boxes_and_values_and_nothing_to_press(context: BrowserContext, tmp_path: Path) -> None:
    with opened(context, tmp_path / "sheet.html", rich()) as page:
        page.emulate_media(media="print")
        assert page.get_by_role("button").count() == 0
        assert page.get_by_role("checkbox").count() == page.locator("article.step").count()
        assert all(page.get_by_text(field.value, exact=True).first.is_visible() for field in rich().fields)
        paper = page.pdf(format="A4")
        assert paper.startswith(b"%PDF-")
        # Two certificates and four roots a page; ten would mean that something was stretched.
        assert 2 <= paper.count(b"/Type /Page\n") <= 5


def test_the_print_button_prints(context: BrowserContext, tmp_path: Path) -> None:
    context.add_init_script("window.print = () => { document.title = 'printed' }")
    with opened(context, tmp_path / "sheet.html", sheet()) as page:
        page.get_by_role("button", name="Print", exact=True).click()
        assert page.title() == "printed"


@pytest.mark.parametrize("text", ["x" * 300, "<script>document.title='run'</script>", "日本語、テスト。" * 30])
def test_a_phone_shows_it_without_scrolling_sideways(browser: Browser, tmp_path: Path, text: str) -> None:
    context = browser.new_context(viewport={"width": PHONE_WIDTH, "height": 800})
    with opened(context, tmp_path / "sheet.html", hostile(text)) as page:
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE_WIDTH
        assert page.title() == "Run sheet: production"
        # What a thumb hits; Apple's and Google's guides say 44 and 48, the least that WCAG 2.2 allows is 24.
        box = page.get_by_role("button", name="Copy Client ID").bounding_box()
        assert box
        assert box["height"] >= 40
    context.close()
