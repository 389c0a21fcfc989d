"""The sandbox's compliance service: ISE asks whether a device is managed and compliant, and reads XML."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest

from helpers.clouds import CLOUDS
from sandbox.entra.tokens import issue_access_token
from sandbox.identities import COMPLIANCE_HOSTS, COMPLIANCE_PATH, NAC_PATH, TENANTS
from sandbox.intune import application
from sandbox.intune.devices import (
    COMPLIANT_GUID,
    COMPLIANT_MAC,
    NONCOMPLIANT_GUID,
    NONCOMPLIANT_MAC,
    UNKNOWN_GUID,
    UNKNOWN_MAC,
    seed_devices,
)
from sandbox.store import Store
from sandbox.world import World
from tests.a_tenant import lend_signing_key
from tests.in_process import InProcess, Served

if TYPE_CHECKING:
    from pathlib import Path

    import httpx

NOW = datetime(2027, 3, 1, 12, tzinfo=UTC)
TENANT = TENANTS[0]
V3 = f"https://{COMPLIANCE_HOSTS['global']}{COMPLIANCE_PATH}"
V2 = f"https://{COMPLIANCE_HOSTS['global']}{NAC_PATH}"
NAMESPACE = "{http://schemas.datacontract.org/2004/07/Microsoft.Intune.ResourceAccess.ComplianceRetrievalService.Model}"


@pytest.fixture
def world(tmp_path: Path) -> World:
    lend_signing_key(tmp_path)
    world = World(tmp_path, Store(tmp_path / "world.sqlite"), now=lambda: NOW)
    for tenant in TENANTS:
        world.store.put("", "tenant", tenant.id, {"id": tenant.id, "cloud": tenant.cloud})
    seed_devices(world)
    return world


def services(world: World) -> InProcess:
    service = application(world)
    return InProcess({host: Served(service, cloud) for cloud, host in COMPLIANCE_HOSTS.items()})


def a_token(world: World, **claims: Any) -> str:  # noqa: ANN401
    defaults = {
        "tenant_id": TENANT.id,
        "audience": "https://api.manage.microsoft.com/",
        "app_id": "c",
        "object_id": "o",
        "roles": ["get_device_compliance"],
    }
    return issue_access_token(world, **{**defaults, **claims})


def ask(world: World, url: str, *, token: str | None = None, **query: str) -> httpx.Response:
    headers = {"Authorization": f"Bearer {token or a_token(world)}", "Accept": "application/xml"}
    return services(world).get(url, params=query, headers=headers)


def ask_devices(world: World, **query: str) -> httpx.Response:
    return ask(world, f"{V3}/cisco/devices/", **{"paging": "0", "filter": "all", **query})


def shape(element: ET.Element) -> Any:  # noqa: ANN401
    """Return an element as (name, text or children), so that a whole document can be compared."""
    name = element.tag.replace(NAMESPACE, "ns:")
    return (name, [shape(child) for child in element]) if len(element) else (name, element.text)


def document(response: httpx.Response) -> Any:  # noqa: ANN401
    assert response.status_code == 200, response.text
    assert response.headers["content-type"] == "application/xml; charset=utf-8"
    return shape(ET.fromstring(response.content))  # noqa: S314 — our own document


def test_the_service_says_what_it_is(world: World) -> None:
    answer = ask(world, f"{V3}/ciscoise/mdminfo/", ise_api_version="3")
    assert document(answer) == (
        "ns:ise_api",
        [
            ("ns:name", "mdminfo"),
            ("ns:api_version", "3"),
            ("ns:api_path", f"{COMPLIANCE_PATH}/cisco"),
            ("ns:redirect_url", "https://portal.manage.microsoft.com/networkaccesscontrol/index"),
            ("ns:query_max_size", "100"),
            ("ns:messaging_support", "false"),
            ("ns:vendor", "Microsoft"),
            ("ns:product_name", "Microsoft Intune"),
            ("ns:product_version", "5.0"),
        ],
    )


@pytest.mark.parametrize(
    ("guid", "status"),
    [
        pytest.param(COMPLIANT_GUID, "true", id="compliant"),
        pytest.param(NONCOMPLIANT_GUID, "false", id="not compliant"),
        pytest.param(COMPLIANT_GUID.upper(), "true", id="in capitals"),
    ],
)
def test_a_device_is_found_by_guid(world: World, guid: str, status: str) -> None:
    attributes = [
        ("ns:guid", guid.lower()),
        ("ns:register_status", "true"),
        ("ns:Compliance", [("ns:status", status)]),
    ]
    device = ("ns:device", [("ns:guid", guid.lower()), ("ns:Attributes", attributes)])
    expected = [("ns:name", "attributes"), ("ns:api_version", "3"), ("ns:deviceList", [device])]
    assert document(ask_devices(world, querycriteria="guid", value=guid)) == ("ns:ise_api", expected)


@pytest.mark.parametrize(
    ("mac", "status"),
    [
        pytest.param(COMPLIANT_MAC, "true", id="compliant"),
        pytest.param(NONCOMPLIANT_MAC, "false", id="not compliant"),
    ],
)
def test_a_device_is_found_by_mac_address(world: World, mac: str, status: str) -> None:
    found = ET.fromstring(ask_devices(world, querycriteria="macaddress", value=mac).content)  # noqa: S314
    (device,) = found.iter(f"{NAMESPACE}device")
    assert device.findtext(f"{NAMESPACE}macaddress") == mac
    assert device.findtext(f"{NAMESPACE}Attributes/{NAMESPACE}Compliance/{NAMESPACE}status") == status


@pytest.mark.parametrize(("criterion", "value"), [("guid", UNKNOWN_GUID), ("macaddress", UNKNOWN_MAC)])
def test_an_unknown_device_gives_an_empty_list(world: World, criterion: str, value: str) -> None:
    name, children = document(ask_devices(world, querycriteria=criterion, value=value))
    assert (name, children[-1]) == ("ns:ise_api", ("ns:deviceList", None))


def test_a_tenant_does_not_see_anothers_devices(world: World) -> None:
    world.store.delete(TENANTS[1].id, "device", COMPLIANT_GUID)
    token = a_token(world, tenant_id=TENANTS[1].id)
    answer = ask(world, f"{V3}/cisco/devices/", token=token, querycriteria="guid", value=COMPLIANT_GUID)
    assert document(answer)[1][-1] == ("ns:deviceList", None)


@pytest.mark.parametrize(
    "query",
    [
        pytest.param({}, id="no criterion"),
        pytest.param({"querycriteria": "udid", "value": COMPLIANT_GUID}, id="unknown criterion"),
        pytest.param({"querycriteria": "guid"}, id="no value"),
        pytest.param({"querycriteria": "guid", "value": COMPLIANT_MAC}, id="a MAC as GUID"),
        pytest.param({"querycriteria": "macaddress", "value": "00:50:56:A4:C0:01"}, id="separators"),
        pytest.param({"querycriteria": "macaddress", "value": COMPLIANT_MAC.lower()}, id="small letters"),
        pytest.param({"querycriteria": "guid", "value": COMPLIANT_GUID, "paging": "x"}, id="no page"),
        pytest.param({"querycriteria": "guid", "value": COMPLIANT_GUID, "filter": "some"}, id="another filter"),
        pytest.param({"querycriteria": "compliance", "value": "no"}, id="no truth"),
        pytest.param({"querycriteria": "compliance", "value": "false"}, id="bulk without an identifier"),
    ],
)
def test_an_ill_formed_query_is_refused(world: World, query: dict[str, str]) -> None:
    assert ask_devices(world, **query).status_code == 400


def test_mdminfo_wants_a_version(world: World) -> None:
    assert ask(world, f"{V3}/ciscoise/mdminfo/").status_code == 400


def bulk(world: World, identifier: str = "macaddress", page: int = 0) -> httpx.Response:
    query = {"querycriteria": "compliance", "value": "false", "deviceidentifier": identifier}
    return ask_devices(world, **query, paging=str(page))


def test_the_bulk_query_lists_what_is_not_compliant(world: World) -> None:
    children = dict(document(bulk(world))[1])
    assert children["ns:paging_info"] == "0"
    ((_, device),) = children["ns:deviceList"]
    assert dict(device)["ns:macaddress"] == NONCOMPLIANT_MAC


@pytest.mark.parametrize(
    ("wait", "status"), [(timedelta(hours=3, minutes=59), 503), (timedelta(hours=4), 200)], ids=["too soon", "in time"]
)
def test_the_bulk_query_is_answered_once_in_four_hours(world: World, wait: timedelta, status: int) -> None:
    assert bulk(world).status_code == 200
    assert bulk(World(world.folder, world.store, now=lambda: NOW + wait)).status_code == status


def test_the_bulk_query_has_pages_of_a_hundred(world: World) -> None:
    device = world.store.get(TENANT.id, "device", NONCOMPLIANT_GUID)
    assert device is not None
    for number in range(149):
        guid = f"00000000-0000-4000-8000-{number:012x}"
        world.store.put(TENANT.id, "device", guid, {**device, "id": guid})
    first, second = (dict(document(bulk(world, "guid", page))[1]) for page in (0, 1))
    assert (first["ns:paging_info"], len(first["ns:deviceList"])) == ("1", 100)
    assert (second["ns:paging_info"], len(second["ns:deviceList"])) == ("0", 50)


@pytest.mark.parametrize(
    ("claims", "status"),
    [
        pytest.param({"audience": "https://graph.microsoft.com"}, 401, id="for Graph"),
        pytest.param({"audience": "https://api.manage.microsoft.com"}, 401, id="for the audience less its slash"),
        pytest.param({"tenant_id": "nowhere"}, 401, id="of no tenant"),
        pytest.param({"tenant_id": TENANTS[2].id}, 401, id="of another cloud's tenant"),
        pytest.param({"roles": []}, 403, id="without the role"),
    ],
)
def test_a_token_is_refused(world: World, claims: dict[str, Any], status: int) -> None:
    token = a_token(world, **claims)
    answer = ask(world, f"{V3}/ciscoise/mdminfo/", token=token, ise_api_version="3")
    assert answer.status_code == status


@pytest.mark.parametrize("authorization", [None, "Bearer nonsense", "Basic eDp5"])
def test_nobody_is_answered_without_a_token(world: World, authorization: str | None) -> None:
    headers = {"Authorization": authorization} if authorization else {}
    answer = services(world).get(f"{V3}/ciscoise/mdminfo/?ise_api_version=3", headers=headers)
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")


@pytest.mark.parametrize("tenant", TENANTS, ids=lambda tenant: tenant.name)
def test_every_cloud_has_its_service(world: World, tenant: Any) -> None:  # noqa: ANN401
    token = a_token(world, tenant_id=tenant.id, audience=CLOUDS[tenant.cloud].intune_audience)
    url = f"https://{COMPLIANCE_HOSTS[tenant.cloud]}{COMPLIANCE_PATH}/cisco/devices/"
    assert document(ask(world, url, token=token, querycriteria="guid", value=COMPLIANT_GUID))


def test_version_2_has_ended(world: World) -> None:
    assert ask(world, f"{V2}/ciscoise/mdminfo/", ise_api_version="2").status_code == 410


def test_version_2_can_be_switched_on_to_see_its_shape(world: World) -> None:
    world.store.put("", "nacService", "on", {"id": "on"})
    assert document(ask(world, f"{V2}/ciscoise/mdminfo/", ise_api_version="2"))[1][1] == ("api_version", "2")
    url = f"{V2}/ciscodeviceinfo/mdm/api/devices/"
    children = dict(document(ask(world, url, querycriteria="macaddress", value=COMPLIANT_MAC))[1])
    ((_, [(name, attributes)]),) = children["deviceList"]
    assert (name, dict(attributes)["compliance"]) == ("attributes", [("status", "true")])
    assert ask(world, url, querycriteria="guid", value=COMPLIANT_GUID).status_code == 400
