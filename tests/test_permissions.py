"""Permissions by name: the catalogue, the profiles, and what is near a name that is not one."""

from __future__ import annotations

import pytest

from helpers.guids import GUID
from helpers.model import PermissionType
from helpers.permissions import (
    INTUNE_API,
    MICROSOFT_GRAPH,
    NotForPermissions,
    UnknownName,
    api_name,
    apis,
    find_api,
    find_permission,
    other_type,
    permission_name,
    profiles,
    slug,
)
from tests.declaring import OWNER

_APPLICATION, _DELEGATED = PermissionType.APPLICATION, PermissionType.DELEGATED


@pytest.mark.parametrize(
    ("profile", "permissions"),
    [
        ("minimal", {"application Application.Read.All", "application get_device_compliance"}),
        (
            "article-2016",
            {
                "application Directory.Read.All",
                "application get_device_compliance",
                "delegated openid",
                "delegated offline_access",
            },
        ),
        (
            "support-tip-2020",
            {
                "application Directory.Read.All",
                "application get_device_compliance",
                "delegated Directory.Read.All",
                "delegated User.Read",
                "delegated DeviceManagementConfiguration.Read.All",
                "delegated DeviceManagementServiceConfig.Read.All",
                "delegated openid",
                "delegated offline_access",
            },
        ),
    ],
)
def test_a_profile_is_what_its_source_asks_for(profile: str, permissions: set[str]) -> None:
    assert {f"{each.type} {permission_name(each)}" for each in profiles()[profile].permissions} == permissions


def test_profiles_begin_with_the_default() -> None:
    assert list(profiles()) == ["minimal", "article-2016", "support-tip-2020", "as-found"]


def test_compliance_is_asked_of_the_intune_api_and_not_of_its_namesake() -> None:
    (compliance,) = [each for each in profiles()["minimal"].permissions if api_name(each.api) == INTUNE_API]
    assert compliance.api == "c161e42e-d4df-4a3d-9b42-e7a3c31f59d4"
    assert compliance.id == "7ec88bad-30c7-4928-a005-4455362cfd98"


def test_every_id_of_the_catalogue_is_a_guid_in_small_letters_and_stands_for_one_permission() -> None:
    for api in apis():
        identifiers = [(type_, identifier) for (type_, _), identifier in api.permissions.items()]
        assert all(GUID.fullmatch(identifier) and identifier.islower() for _, identifier in identifiers)
        assert len(set(identifiers)) == len(identifiers)


def test_every_name_of_the_catalogue_leads_to_its_id_and_back() -> None:
    for api in apis():
        assert find_api(api.name) == find_api(api.app_id) == find_api(api.app_id.upper()) == api
        for (type_, name), identifier in api.permissions.items():
            permission = find_permission(api, name, type_)
            assert permission.id == identifier
            assert permission_name(permission) == name
            assert find_permission(api, identifier.upper(), type_) == permission


def test_no_two_permissions_share_an_address() -> None:
    for api in apis():
        for type_ in PermissionType:
            names = api.names(type_)
            assert len({slug(name) for name in names}) == len(names)


def test_what_the_catalogue_does_not_know_is_known_by_its_id() -> None:
    api = find_api(OWNER.upper())
    permission = find_permission(api, OWNER.upper(), _DELEGATED)
    assert (permission.api, permission.id) == (OWNER, OWNER)
    assert (api_name(OWNER), permission_name(permission)) == (OWNER, OWNER)


def test_an_unknown_name_knows_the_nearest() -> None:
    with pytest.raises(UnknownName) as raised:
        find_api("microsoft graph api")
    assert raised.value.nearest[0] == MICROSOFT_GRAPH
    with pytest.raises(UnknownName) as raised:
        find_permission(find_api(MICROSOFT_GRAPH), "application.read.all", _APPLICATION)
    assert raised.value.nearest[0] == "Application.Read.All"


@pytest.mark.parametrize("name", ["openid", "37f7f235-527c-4136-accd-4a02d197296e"])
def test_a_permission_of_the_other_type_is_recognized_by_name_and_by_id(name: str) -> None:
    graph = find_api(MICROSOFT_GRAPH)
    assert other_type(graph, name, _APPLICATION) is _DELEGATED
    assert other_type(graph, name, _DELEGATED) is None
    with pytest.raises(UnknownName):
        find_permission(graph, name, _APPLICATION)


def test_a_name_of_both_types_is_of_either() -> None:
    graph = find_api(MICROSOFT_GRAPH)
    assert other_type(graph, "Directory.Read.All", _APPLICATION) is None
    assert other_type(graph, "Directory.Read.All", _DELEGATED) is None


@pytest.mark.parametrize("app_id", ["00000002-0000-0000-c000-000000000000", "00000002-0000-0000-C000-000000000000"])
def test_a_retired_api_says_why_it_is_none(app_id: str) -> None:
    with pytest.raises(NotForPermissions, match="Azure AD Graph: retired 2023-06-30"):
        find_api(app_id)


@pytest.mark.parametrize(
    ("name", "address"),
    [("Application.Read.All", "application-read-all"), ("get_device_compliance", "get-device-compliance")],
)
def test_a_name_becomes_an_address(name: str, address: str) -> None:
    assert slug(name) == address
