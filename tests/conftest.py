"""What holds for every test: a skip is never silent, and in CI only those that are expected pass."""

from __future__ import annotations

import gc
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from hypothesis import settings

from tests import thoroughness

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pytest

# httpx looks for it at each request that stays in this process, all along the path since it is not installed.
sys.modules.setdefault("sniffio", None)  # type: ignore[arg-type]

# A reason a line: the only ones for which a test may be skipped in CI.
_EXPECTED_SKIPS = Path(__file__).parent / "expected_skips.txt"


def pytest_configure(config: pytest.Config) -> None:
    """Try properties on few examples, unless the command line says how many."""
    if not config.getoption("hypothesis_profile", default=None):
        settings.load_profile(thoroughness.QUICK)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the files that start whole programs first: begun last, the longest would keep everybody else waiting."""
    longest = {item.path for item in items if item.get_closest_marker("e2e")}
    items.sort(key=lambda item: item.path not in longest)


def pytest_collection_finish() -> None:
    """Let the collector of garbage pass over what lives as long as the run: six thousand tests and all they import."""
    gc.collect()
    gc.freeze()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Name skips that nobody expected."""
    for skipped, reason in unexpected_skips(terminalreporter):
        terminalreporter.write_line(f"unexpected skip: {skipped}: {reason}", red=True)


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Fail a run in CI that skipped what it should have tested."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("CI") and exitstatus == 0 and reporter and list(unexpected_skips(reporter)):
        session.exitstatus = 1


def unexpected_skips(reporter: pytest.TerminalReporter) -> Iterator[tuple[str, str]]:
    """Yield each test that was skipped for a reason that no line of the list begins."""
    expected = [line for line in _EXPECTED_SKIPS.read_text(encoding="utf-8").splitlines() if line]
    for report in reporter.stats.get("skipped", []):
        reason = report.longrepr[2].removeprefix("Skipped: ") if isinstance(report.longrepr, tuple) else "?"
        if not reason.startswith(tuple(expected)):
            yield report.nodeid, reason
