"""A report for a terminal, at most 100 columns wide: what changes, what to think of it, and the verdict last."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from helpers.findings import Severity
from helpers.reports.report import Outcome, place_of, shortened
from helpers.reports.wrapping import COLUMNS, wrapped
from helpers.sentences import Mark, Part, Sentence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from helpers.reports.report import Detail, Report, Reported, Subject
    from helpers.reports.wrapping import Piece

_LONGEST_TEXT = 2_000
_BOLD, _FAINT, _PLAIN, _END = "\x1b[1m", "\x1b[2m", "", "\x1b[0m"
_OUTCOMES = {Outcome.STOP: "\x1b[1;31m", Outcome.CANNOT_TELL: "\x1b[1;33m", Outcome.PASS: "\x1b[1;32m"}
_SEVERITIES = {Severity.HIGH: "\x1b[1;31m", Severity.MEDIUM: "\x1b[33m", Severity.LOW: "\x1b[36m"}
_MARKS = {Mark.STRONG: _BOLD, Mark.CODE: "\x1b[36m"}
_SEVERITY_COLUMN = 9


@dataclass(frozen=True)
class _Line:
    """A line before it is wrapped: `indent` stands before its first line, `hanging` spaces before the others.

    What is to be copied is not wrapped.
    """

    pieces: tuple[Piece, ...] = ()
    indent: Piece = ("", _PLAIN)
    hanging: int = 0
    to_copy: bool = False


def as_text(report: Report, *, colour: bool = False, columns: int = COLUMNS) -> str:
    """Return the report; with `colour`, in escape sequences of a terminal."""
    lines = (_written(line, colour=colour, columns=columns) for line in _content(report))
    return "".join(f"{line}\n" for line in lines).lstrip("\n")


def _written(line: _Line, *, colour: bool, columns: int) -> str:
    if not line.pieces:
        return ""
    if line.to_copy:
        columns = sys.maxsize
    lines = wrapped(line.pieces, columns=columns, indent=line.indent, hanging=line.hanging)
    return "\n".join(
        "".join(f"{style}{text}{_END}" if colour and style else text for text, style in each) for each in lines
    )


def _content(report: Report) -> Iterator[_Line]:
    for subject in report.subjects:
        yield from _subject(subject)
    for title, findings in (("FINDINGS", report.findings), ("ACCEPTED BY AN EXCEPTION", report.accepted)):
        if findings:
            yield from _title(title)
            for each in findings:
                yield from _finding(each)
    if report.errors:
        yield from _title("COULD NOT BE READ")
        yield from (_item((_text(error),)) for error in report.errors)
    yield from _verdict(report)


def _title(title: str) -> Iterator[_Line]:
    yield _Line()
    yield _Line(((title, _BOLD),))


def _subject(subject: Subject) -> Iterator[_Line]:
    yield _Line()
    yield _Line(((subject.name, _BOLD), (f" {subject.state} ", _PLAIN), _text(f"({subject.place})", _FAINT)), hanging=2)
    yield _Line((_text(subject.title),), ("  ", _PLAIN), 2)
    for section in subject.sections:
        yield _Line()
        hint = ((f": {section.hint}", _FAINT),) if section.hint else ()
        yield _Line(((section.title, _BOLD), *hint), ("  ", _PLAIN), 2)
        for said, details in section.points:
            yield _item(_sentence(said))
            for detail in details:
                yield from _detail(detail)


def _item(pieces: tuple[Piece, ...]) -> _Line:
    return _Line(pieces, ("  - ", _PLAIN), 4)


def _detail(detail: Detail) -> Iterator[_Line]:
    yield _Line(_sentence(detail.sentence), (f"    {detail.label}: ", _FAINT), 6)
    for line in detail.code.splitlines():
        begins = len(line) - len(line.lstrip(" "))
        yield _Line(((line, _MARKS[Mark.CODE]),), (" " * (begins + 8), _PLAIN), to_copy=True)


def _sentence(sentence: Sentence) -> tuple[Piece, ...]:
    return tuple((_shown(part), _MARKS.get(part.mark, _PLAIN)) for part in sentence.parts)


def _shown(part: Part) -> str:
    """Return a part's text; what somebody called something in quotes, where one could not tell where it ends."""
    return f'"{part.text}"' if part.mark is Mark.NAME and " " in part.text else part.text


def _finding(reported: Reported) -> Iterator[_Line]:
    finding = reported.finding
    severity = f"  {finding.severity}".upper().ljust(_SEVERITY_COLUMN)
    yield _Line()
    yield _Line((_text(finding.what),), (severity, _SEVERITIES[finding.severity]), _SEVERITY_COLUMN)
    if finding.exception:
        yield _below(f"Accepted until {finding.exception.until}: ", finding.exception.reason)
    else:
        if finding.why:
            yield _below("Why: ", finding.why)
        yield _below("Do:  ", finding.remedy)
    about = f"{reported.subject}, {place_of(finding)} [{finding.rule} about {finding.subject}]"
    yield _Line((_text(about, _FAINT),), (" " * _SEVERITY_COLUMN, _PLAIN), _SEVERITY_COLUMN)


def _below(label: str, text: str) -> _Line:
    hanging = _SEVERITY_COLUMN + len("Why: ")
    return _Line((_text(text),), (" " * _SEVERITY_COLUMN + label, _BOLD), hanging)


def _text(text: str, style: str = _PLAIN) -> Piece:
    return shortened(text, _LONGEST_TEXT), style


def _verdict(report: Report) -> Iterator[_Line]:
    counts = ", ".join(f"{number} {severity}" for severity, number in report.counts.items())
    accepted = f", {len(report.accepted)} accepted" if report.accepted else ""
    yield from _title(report.heading.upper())
    yield _Line(((counts + accepted, _PLAIN),), ("  Findings: ", _PLAIN), 12)
    yield _Line(((report.digest, _FAINT),), ("  Digest:   ", _PLAIN), 12)
    yield from (_Line((_text(note, _FAINT),), ("  ", _PLAIN), 2) for note in report.notes)
    # Last, so that it is what stays on the screen.
    verdict = (report.ended.upper(), _OUTCOMES[report.outcome])
    yield _Line((verdict, (f": {report.verdict} {report.overview}", _PLAIN)), ("  ", _PLAIN), 2)
