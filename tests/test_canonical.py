"""The canonical JSON of an integration: equal for equals, and read back as what was written."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.canonical import from_json, to_json
from helpers.errors import InputError
from helpers.model import (
    Application,
    Credential,
    CredentialKind,
    Exposure,
    Holder,
    Integration,
    NotSeen,
    Permission,
    PermissionType,
    Seen,
    ServicePrincipal,
)
from tests.declaring import declare

if TYPE_CHECKING:
    from pathlib import Path

_TEXT = st.text(max_size=20)
_TIMES = st.datetimes(timezones=st.just(UTC)).map(lambda moment: moment.replace(microsecond=0))


def _surface(items: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return items.map(Seen) | st.builds(NotSeen, _TEXT)


_PERMISSIONS = _surface(
    st.frozensets(st.builds(Permission, api=_TEXT, id=_TEXT, type=st.sampled_from(PermissionType)), max_size=4)
)
_CREDENTIALS = st.builds(
    Credential,
    kind=st.sampled_from(CredentialKind),
    holder=st.sampled_from(Holder),
    key_id=_TEXT,
    fingerprint=_surface(_TEXT),
    not_before=st.none() | _TIMES,
    not_after=st.none() | _TIMES,
)
_OWNERS = _surface(st.frozensets(_TEXT, max_size=3))
_INTEGRATIONS = st.builds(
    Integration,
    tenant_id=_TEXT,
    client_id=_surface(_TEXT),
    application=st.builds(
        Application,
        object_id=_surface(_TEXT),
        display_name=_surface(_TEXT),
        notes=_surface(_TEXT),
        service_management_reference=_surface(_TEXT),
        owners=_OWNERS,
        exposure=_surface(
            st.builds(
                Exposure,
                sign_in_audience=_TEXT,
                redirect_uris=st.frozensets(_TEXT, max_size=3),
                identifier_uris=st.frozensets(_TEXT, max_size=3),
                public_client=st.booleans(),
            )
        ),
    ),
    service_principal=st.builds(
        ServicePrincipal, object_id=_surface(_TEXT), owners=_OWNERS, enabled=_surface(st.booleans())
    ),
    requested=_PERMISSIONS,
    granted=_PERMISSIONS,
    credentials=_surface(st.frozensets(_CREDENTIALS, max_size=3)),
)


@given(_INTEGRATIONS)
def test_what_was_written_is_read_back(integration: Integration) -> None:
    assert from_json(json.loads(json.dumps(to_json(integration))), name="applied") == integration


@given(_INTEGRATIONS)
def test_equal_integrations_are_equal_text(integration: Integration) -> None:
    again = from_json(to_json(integration), name="applied")
    assert json.dumps(to_json(again), sort_keys=True) == json.dumps(to_json(integration), sort_keys=True)


def test_nothing_seen_is_not_the_same_as_none(tmp_path: Path) -> None:
    integration = declare(tmp_path).integration
    none = replace(integration, granted=Seen(frozenset()))
    unseen = replace(integration, granted=NotSeen("nobody looked"))
    assert to_json(none)["granted"] == {"items": []}
    assert to_json(unseen)["granted"] == {"reason": "nobody looked"}


def test_lists_are_sorted(tmp_path: Path) -> None:
    requested = to_json(declare(tmp_path, permissions={"profile": "support-tip-2020"}).integration)["requested"][
        "items"
    ]
    assert requested == sorted(requested, key=lambda item: json.dumps(item, sort_keys=True))


def test_keys_of_a_later_version_are_passed_over(tmp_path: Path) -> None:
    integration = declare(tmp_path).integration
    assert from_json({**to_json(integration), "commit": "abc"}, name="applied") == integration


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"schema_version": 2}, "^applied: schema_version 2 is not 1; deploy again with this version of ise-intune$"),
        ({"schema_version": None}, "^applied: schema_version None is not 1; deploy again with"),
        (
            {"tenant_id": 1},
            "^applied: tenant_id: Input should be a valid string; deploy again, then read the new outputs$",
        ),
        ({"requested": {"neither": 1}}, "^applied: requested.*; deploy again, then read the new outputs$"),
        ({"requested": {"items": [{"api": "a", "id": "b", "type": "root"}]}}, "^applied: requested"),
    ],
)
def test_anything_else_is_refused_by_name(tmp_path: Path, change: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        from_json({**to_json(declare(tmp_path).integration), **change}, name="applied")


def test_times_are_utc_without_fractions(tmp_path: Path) -> None:
    (credential,) = to_json(declare(tmp_path).integration)["credentials"]["items"]
    assert datetime.fromisoformat(credential["not_after"]).tzinfo == UTC
    assert credential["not_after"].endswith("Z")
    assert "." not in credential["not_after"]
