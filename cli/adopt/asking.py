"""What a person is asked at the terminal: nodes, what may stay, reasons. Text from elsewhere is made safe to show."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import click

from cli.asking import asked_for, somebody_is_there
from cli.results import complain
from helpers.declaration.forms import LONGEST_NODE_NAME, NODE_NAME
from helpers.errors import InputError
from helpers.guids import GUID
from helpers.plain_text import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable

    from helpers.adopting.keys import FoundKey
    from helpers.adopting.remaining import Remaining


def nodes_in(text: str) -> tuple[str, ...]:
    """Return the nodes of a list such as `psn-01,psn-02`; none where one of them cannot be a node's name."""
    nodes = tuple(dict.fromkeys(node.strip() for node in text.split(",")))
    return nodes if all(re.fullmatch(NODE_NAME, node) and len(node) <= LONGEST_NODE_NAME for node in nodes) else ()


def ask_deployer() -> str:
    """Return the pipeline's service principal. Raises `InputError` where nobody is there to say."""
    said = asked_for("Object id of the pipeline's service principal", hidden=False).strip()
    if not GUID.fullmatch(said):
        remedy = "give --deployer ID (Enterprise applications > the pipeline's > Object ID)"
        raise InputError("--deployer", "is not stated, and a deploy keeps no other owner than it knows", remedy)
    return said.lower()


def ask_reason(permissions: Iterable[str]) -> str:
    """Return why ISE needs what is beyond the profile; nothing where nobody is there to say."""
    listed = ", ".join(permissions)
    if not listed or not somebody_is_there():
        return ""
    return _answer(f"Why does ISE need {one_line(listed)}")


def ask_nodes(unplaced: Iterable[FoundKey]) -> tuple[dict[str, tuple[str, ...]], frozenset[str]]:
    """Return which nodes present each certificate, by key id, and the key ids that nobody's node presents."""
    nodes: dict[str, tuple[str, ...]] = {}
    left: set[str] = set()
    for key in unplaced:
        complain(f"{key.key_id}: {one_line(key.in_words)}")
        said = str(
            click.prompt(
                "  which nodes present it (psn-01,psn-02; nothing for none)", default="", show_default=False, err=True
            )
        )
        while said.strip() and not nodes_in(said):
            said = str(click.prompt("  node names, with commas between", default="", show_default=False, err=True))
        if said.strip():
            nodes[key.key_id] = nodes_in(said)
        else:
            left.add(key.key_id)
    return nodes, frozenset(left)


def may_stay(remaining: Remaining) -> bool:
    """Ask whether something may stay as it is, undeclared."""
    return click.confirm(f"  let {one_line(remaining.subject)} stay, undeclared", default=False, err=True)


def _answer(question: str) -> str:
    return str(click.prompt(question, default="", show_default=False, err=True)).strip()
