"""Whatever a file holds, it is judged: a declaration, or mistakes in words. Nothing else ever comes out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from helpers.declaration.environments import read_environment
from helpers.errors import DeclarationErrors
from tests.declaring import TENANT
from tests.judging import SOUND, write_text
from tests.thoroughness import examples

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

_ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 10**25) | st.text(max_size=20) | st.sampled_from([TENANT, "fill-in"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
_PLACES = (
    *[(key,) for key in yaml.safe_load(SOUND)],
    *[(key,) for key in ("client_id", "revoked", "exceptions", "unaudited", "endpoints", "other")],
    ("application", "display_name"), ("application", "owners"), ("application", "notes"), ("application", "other"),
    ("permissions", "profile"), ("permissions", "extra"), ("permissions", "admin_consent"),
    ("ise", "release"), ("ise", "patch"), ("ise", "api"), ("certificates", "psn-01"), ("certificates", "other"),
    ("state", "backend"), ("state", "path"), ("state", "key"), ("state", "use_oidc"),
    ("endpoints", "login_host"), ("endpoints", "intune_audience"),
)  # fmt: skip


def _judge(folder: Path, text: str) -> None:
    path = write_text(folder, text)
    try:
        read_environment(path)
    except DeclarationErrors as error:
        lines = str(error).splitlines()
    else:
        return
    assert lines
    assert all(line.isprintable() for line in lines)


def _mutated(changes: Iterable[tuple[tuple[str, ...], object]]) -> str:
    document = yaml.safe_load(SOUND)
    for place, value in changes:
        inner = document
        for key in place[:-1]:
            inner = inner.setdefault(key, {}) if isinstance(inner, dict) else {}
        if isinstance(inner, dict):
            inner[place[-1]] = value
    return yaml.safe_dump(document, allow_unicode=True)


_DOCUMENTS = st.lists(st.tuples(st.sampled_from(_PLACES), _ANYTHING), min_size=1, max_size=4).map(_mutated)
_ODD_LINES = ["  - x", "a: b", "", "  ", "---", "- {", "  'x", "? a", "*a", "!b c", "&d"]
_LINES = st.lists(st.sampled_from([*SOUND.splitlines(), *_ODD_LINES]), max_size=25).map("\n".join)
_ONE_FOLDER = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]


@settings(max_examples=examples(60), deadline=None, suppress_health_check=_ONE_FOLDER)
@given(_DOCUMENTS | _LINES)
def test_whatever_stands_anywhere_is_judged(tmp_path: Path, text: str) -> None:
    _judge(tmp_path, text)


@pytest.mark.slow
@settings(max_examples=10_000, deadline=None, suppress_health_check=_ONE_FOLDER)
@given(_DOCUMENTS | _LINES)
def test_whatever_stands_anywhere_is_judged_at_length(tmp_path: Path, text: str) -> None:
    _judge(tmp_path, text)
