"""A report as Markdown for a pull request's comment: the verdict first, and never longer than a comment may be."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from helpers.findings import Severity
from helpers.plain_text import counted, one_line
from helpers.reports.markdown_text import code_span, guarded, inline, line
from helpers.reports.report import Outcome, as_sentence, place_of, shortened

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from helpers.reports.report import Detail, Report, Reported, Section, Subject
    from helpers.sentences import Sentence

# GitHub refuses a comment of 65,536 characters; some of its parts count as JavaScript does, an emoji as two.
LONGEST = 65_535
_LONGEST_TEXT = 1_000
_FOR_WHAT_WAS_CUT = 600
_SIGNS = {Outcome.STOP: "🛑", Outcome.CANNOT_TELL: "⚠️", Outcome.PASS: "✅"}
_DOTS = {Severity.HIGH: "🔴", Severity.MEDIUM: "🟠", Severity.LOW: "🟡"}


@dataclass(frozen=True)
class _Block:
    """A piece that is shown whole or not at all. `kind` is what is counted when it is not; empty for a heading.

    It is written when there is room for it: of a thousand environments most of what is said would be thrown away.
    """

    kind: str
    write: Callable[[], str]


def marker(kind: str) -> str:
    """Return the first line: the same for every report of a kind, so that a comment is found and updated in place."""
    return f"<!-- ise-intune:{kind} -->"


def as_markdown(report: Report, *, longest: int = LONGEST) -> str:
    """Return the report, at most `longest` characters of it, with a count of what was cut."""
    head, tail = _head(report), _tail(report)
    room = longest - _length(head) - _length(tail) - _FOR_WHAT_WAS_CUT
    kept, cut = _fitting(_blocks(report), room)
    return head + "".join(kept) + _cut(cut) + tail


def _head(report: Report) -> str:
    heading = f"{_SIGNS[report.outcome]} {report.heading}: {report.ended}"
    lines = [marker(report.kind), f"## {heading}", "", f"<b>{inline(report.verdict)}</b> {inline(report.overview)}", ""]
    if report.findings or report.accepted:
        cells = [f"{_DOTS[severity]} {str(severity).capitalize()}" for severity in report.counts]
        lines += [f"| {' | '.join(cells)} | Accepted |", f"|{'---:|' * (len(cells) + 1)}"]
        lines += [f"| {' | '.join(map(str, report.counts.values()))} | {len(report.accepted)} |", ""]
    return "\n".join(lines) + "\n"


def _tail(report: Report) -> str:
    return f"\n---\n<sub>Gate: {report.gate} · digest of changes and findings: {code_span(report.digest)}</sub>\n"


def _fitting(blocks: Iterable[_Block], room: int) -> tuple[list[str], Counter[str]]:
    """Return the blocks that fit, and how many do not by kind; after the first that does not, none of its kind does."""
    kept: list[str] = []
    cut: Counter[str] = Counter()
    headings: list[_Block] = []
    for block in blocks:
        if not block.kind:
            headings.append(block)
        elif cut[block.kind]:
            cut[block.kind] += 1
            headings.clear()
        else:
            text = "".join(each.write() for each in (*headings, block))
            headings.clear()
            if _length(text) <= room:
                kept.append(text)
                room -= _length(text)
            else:
                cut[block.kind] += 1
    return kept, cut


def _cut(cut: Counter[str]) -> str:
    left_out = [counted(number, kind) for kind, number in cut.items() if number]
    if not left_out:
        return ""
    return (
        f"\n> ✂️ <b>Cut,</b> because a comment may not be longer: {', '.join(left_out)}."
        " The same command with `--format html` shows everything.\n\n"
    )


def _length(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def _blocks(report: Report) -> Iterator[_Block]:
    """Yield everything between head and tail, what must not be cut first."""
    for note in report.notes:
        yield _Block("note", partial(_note, note))
    if report.errors:
        yield _heading("### Could not be read\n\n")
        for error in report.errors:
            yield _Block("unreadable input", partial(_item, error))
    if report.findings:
        yield _heading("\n### Findings\n\n")
        for each in report.findings:
            yield _Block(f"{each.finding.severity} finding", partial(_finding, each))
    for subject in report.subjects:
        yield from _subject(subject)
    if report.accepted:
        yield _heading("\n### Accepted by an exception\n\n")
        for each in report.accepted:
            yield _Block("accepted finding", partial(_accepted, each))


def _heading(text: str) -> _Block:
    return _Block("", lambda: text)


def _note(text: str) -> str:
    return f"> {_text(text)}\n\n"


def _item(text: str) -> str:
    return f"- {_text(text)}\n"


def _finding(reported: Reported) -> str:
    finding = reported.finding
    lines = [
        f"- {_DOTS[finding.severity]} <b>{str(finding.severity).capitalize()}</b> · {_text(as_sentence(finding.what))}"
    ]
    if finding.why:
        lines.append(f"<b>Why it matters:</b> {_text(as_sentence(finding.why))}")
    lines.append(f"<b>What to do:</b> {_text(as_sentence(finding.remedy))}")
    lines.append(f"<sub>{_reference(reported)}</sub>")
    return "<br>\n  ".join(lines) + "\n\n"


def _accepted(reported: Reported) -> str:
    finding = reported.finding
    lines = [f"- {str(finding.severity).capitalize()} · {_text(as_sentence(finding.what))}"]
    if finding.exception:
        lines.append(f"<b>Accepted until {finding.exception.until}:</b> {_text(finding.exception.reason)}")
    lines.append(f"<sub>{_reference(reported)}</sub>")
    return "<br>\n  ".join(lines) + "\n\n"


def _reference(reported: Reported) -> str:
    finding = reported.finding
    about = f"{code_span(finding.rule)} about {_code(finding.subject)}"
    return f"{about} · {_code(reported.subject)} · {_code(place_of(finding))}"


def _subject(subject: Subject) -> Iterator[_Block]:
    yield _Block("", partial(_title, subject))
    if not subject.sections:
        yield _Block("environment", lambda: "Nothing changes here.\n")
    for section in subject.sections:
        yield _Block("", partial(_section_title, section))
        for said, details in section.points:
            yield _Block("statement", partial(_statement, said, details))


def _title(subject: Subject) -> str:
    about = f"This environment {subject.state}: {_code(subject.place)}"
    return f"\n### {_code(subject.name)}: {_text(subject.title)}\n\n{about}\n"


def _section_title(section: Section) -> str:
    hint = f" {inline(section.hint)}" if section.hint else ""
    return f"\n<b>{inline(section.title)}.</b>{hint}\n\n"


def _statement(sentence: Sentence, details: tuple[Detail, ...]) -> str:
    return f"- {line(sentence)}\n" + "".join(map(_detail, details))


def _detail(detail: Detail) -> str:
    return f"  - <b>{inline(detail.label)}:</b> {line(detail.sentence)}\n{_fenced(detail.code)}"


def _fenced(code: str) -> str:
    """Return lines to be copied in a block whose fence none of them can close."""
    if not code:
        return ""
    fence = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", code)), default=0))
    lines = [fence, *(one_line(each) for each in code.splitlines()), fence]
    return "\n" + "".join(f"    {each}\n" for each in lines) + "\n"


def _text(text: str) -> str:
    return guarded(inline(shortened(text, _LONGEST_TEXT)))


def _code(text: str) -> str:
    return code_span(shortened(text, _LONGEST_TEXT) or "-")
