"""An HTML page, taken apart for tests: what is element and what is text."""

from __future__ import annotations

from html.parser import HTMLParser


class Page(HTMLParser):
    """Gathers a page's elements, its text, and the text that stands in no code."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, tuple[str, ...]]] = []
        self.comments: list[str] = []
        self.text = ""
        self.outside_code: list[str] = []
        self._in_code = 0
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep an element with the names of its attributes."""
        self._in_code += tag == "code"
        self.elements.append((tag, tuple(name for name, _ in attrs)))

    def handle_endtag(self, tag: str) -> None:
        """Leave code."""
        self._in_code -= tag == "code"

    def handle_data(self, data: str) -> None:
        """Keep text."""
        self.text += data
        if not self._in_code:
            self.outside_code.append(data)

    def handle_comment(self, data: str) -> None:
        """Keep a comment."""
        self.comments.append(data)
