"""The XML that ISE reads, element by element as a public simulator of ISE shows it (domain.md §7.5–6).

Version 3 has a namespace, `Attributes` and `Compliance`; version 2, of the service that was retired in March 2024, has
none and writes them small.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element, SubElement, tostring

from sandbox.identities import COMPLIANCE_PATH, NAC_PATH

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sandbox.store import Document

NAMESPACE = "http://schemas.datacontract.org/2004/07/Microsoft.Intune.ResourceAccess.ComplianceRetrievalService.Model"
QUERY_MAX_SIZE = 100
_REDIRECT_URL = "https://portal.manage.microsoft.com/networkaccesscontrol/index"
_API_PATHS = {2: f"{NAC_PATH}/ciscodeviceinfo/mdm/api", 3: f"{COMPLIANCE_PATH}/cisco"}


def mdm_info(version: int) -> bytes:
    """Return what the service says about itself."""
    root = _root(version, "mdminfo")
    _add(root, "api_path", _API_PATHS[version])
    _add(root, "redirect_url", _REDIRECT_URL)
    _add(root, "query_max_size", str(QUERY_MAX_SIZE))
    _add(root, "messaging_support", "false")
    _add(root, "vendor", "Microsoft")
    _add(root, "product_name", "Microsoft Intune")
    _add(root, "product_version", "5.0")
    return _text(root)


def device_list(devices: Iterable[Document], *, by: str, paging_info: int | None = None) -> bytes:
    """Return devices as version 3 lists them; `by` is the identifier asked for, guid or macaddress.

    `paging_info`, where the answer has pages, is the page to ask for next, 0 after the last one.
    """
    root = _root(3, "attributes")
    if paging_info is not None:
        _add(root, "paging_info", str(paging_info))
    listed = SubElement(root, "deviceList")
    for device in devices:
        _add_device(SubElement(listed, "device"), device, by)
    return _text(root)


def old_device_list(devices: Iterable[Document]) -> bytes:
    """Return devices as version 2 listed them, with attributes that are no longer told."""
    root = _root(2, "attributes")
    _add(root, "paging_info", "0")
    listed = SubElement(root, "deviceList")
    for device in devices:
        attributes = SubElement(SubElement(listed, "device"), "attributes")
        _add(attributes, "register_status", _truth(device["managed"]))
        _add(SubElement(attributes, "compliance"), "status", _truth(device["compliant"]))
        _add(attributes, "pin_lock_on", "false")
        _add(attributes, "model", device.get("model", ""))
        _add(attributes, "udid", "")
        _add(attributes, "serial_number", device.get("serialNumber", ""))
        _add(attributes, "os_version", device.get("osVersion", ""))
    return _text(root)


def problem(message: str) -> bytes:
    """Return a refusal. Its shape is the sandbox's own: no document of Intune's refusals was found."""
    root = Element("error")
    _add(root, "message", message)
    return _text(root)


def _add_device(element: Element, device: Document, by: str) -> None:
    _add(element, "guid", device["id"])
    if by == "macaddress":
        _add(element, "macaddress", device["macAddresses"][0])
    attributes = SubElement(element, "Attributes")
    _add(attributes, "guid", device["id"])
    _add(attributes, "register_status", _truth(device["managed"]))
    _add(SubElement(attributes, "Compliance"), "status", _truth(device["compliant"]))


def _root(version: int, name: str) -> Element:
    namespaces = {"xmlns:i": "http://www.w3.org/2001/XMLSchema-instance", "xmlns": NAMESPACE}
    root = Element("ise_api", namespaces if version != 2 else {})  # noqa: PLR2004 — the document's own number
    _add(root, "name", name)
    _add(root, "api_version", str(version))
    return root


def _add(parent: Element, name: str, text: str) -> None:
    SubElement(parent, name).text = text


def _truth(value: object) -> str:
    return "true" if value else "false"


def _text(root: Element) -> bytes:
    content: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return content
