"""Prometheus' exposition format, read strictly: whatever its specification does not allow is an AssertionError.

After "Exposition formats", section "Text-based format": Prometheus itself refuses a whole file for one bad line.
"""

from __future__ import annotations

import re

_METRIC = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
_LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"')
_HELP_TEXT = re.compile(r"(?:[^\\\n]|\\[\\n])*")
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*(?:e[+-]?\d+)?|Inf)|NaN")
_ESCAPES = {r"\\": "\\", r"\"": '"', r"\n": "\n"}

Labels = tuple[tuple[str, str], ...]


def read_exposition(text: str) -> dict[str, dict[Labels, float]]:
    """Return the samples of each gauge by their labels, values of labels unescaped."""
    assert text == "" or text.endswith("\n")
    gauges: dict[str, dict[Labels, float]] = {}
    lines = text.split("\n")[:-1]
    while lines:
        name = _head(lines)
        assert name not in gauges, f"{name} is there twice"
        gauges[name] = {}
        while lines and not lines[0].startswith("#"):
            labels, value = _sample(lines.pop(0), name)
            assert labels not in gauges[name], f"{name}{labels} is there twice"
            gauges[name][labels] = value
    return gauges


def _head(lines: list[str]) -> str:
    """Take off what introduces a metric: its help, then its type."""
    hash_, help_, name, meaning = lines.pop(0).split(" ", 3)
    assert (hash_, help_) == ("#", "HELP")
    assert _METRIC.fullmatch(name)
    assert _HELP_TEXT.fullmatch(meaning)
    assert lines.pop(0) == f"# TYPE {name} gauge"
    return name


def _sample(line: str, name: str) -> tuple[Labels, float]:
    assert line.startswith(name)
    rest = line.removeprefix(name)
    labels: dict[str, str] = {}
    if rest.startswith("{"):
        rest = rest[1:]
        while not rest.startswith("}"):
            match = _LABEL.match(rest)
            assert match, f"no label: {rest!r}"
            assert match[1] not in labels, f"{match[1]} is there twice"
            assert not match[1].startswith("__"), "reserved for Prometheus"
            labels[match[1]] = re.sub(r"\\.", lambda escape: _ESCAPES[escape[0]], match[2])
            rest = rest[match.end() :].removeprefix(",")
        rest = rest[1:]
    assert rest.startswith(" ")
    assert _NUMBER.fullmatch(rest[1:]), f"no number: {rest!r}"
    return tuple(sorted(labels.items())), float(rest[1:])
