"""The devices that every tenant of the sandbox has, and how they are found.

A document of kind `device`: {id, deviceName, macAddresses, managed, compliant, model, osVersion, serialNumber}. `id` is
the Intune device id, which ISE calls GUID; MAC addresses are 12 upper-case hexadecimal digits without separators.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.directory import directories

if TYPE_CHECKING:
    from sandbox.directory import Directory
    from sandbox.store import Document
    from sandbox.world import World

COMPLIANT_GUID = "5a9d0000-00f1-4000-8000-0000000000f1"
COMPLIANT_MAC = "005056A4C001"
NONCOMPLIANT_GUID = "5a9d0000-00f2-4000-8000-0000000000f2"
NONCOMPLIANT_MAC = "005056A4C002"
# No tenant has this one.
UNKNOWN_GUID = "5a9d0000-00f9-4000-8000-0000000000f9"
UNKNOWN_MAC = "005056A4C009"


def seed_devices(world: World) -> None:
    """Give every tenant a compliant and a non-compliant device; one that is there already is made so again."""
    for directory in directories(world.store):
        for document in _devices():
            world.store.put(directory.tenant_id, "device", document["id"], document)


def device_by_guid(directory: Directory, guid: str) -> list[Document]:
    """Return the device with this Intune device id, if the tenant has it."""
    device = directory.store.get(directory.tenant_id, "device", guid)
    return [device] if device else []


def devices_by_mac(directory: Directory, mac: str) -> list[Document]:
    """Return the devices that have a network adapter with this address."""
    devices = directory.store.all(directory.tenant_id, "device")
    return [device for device in devices if mac in device["macAddresses"]]


def devices_by_compliance(directory: Directory, *, compliant: bool) -> list[Document]:
    """Return every managed device that is, or is not, compliant."""
    devices = directory.store.all(directory.tenant_id, "device")
    return [device for device in devices if device["managed"] and device["compliant"] is compliant]


def _devices() -> list[Document]:
    facts = (
        ("laptop-compliant", COMPLIANT_GUID, COMPLIANT_MAC, True),
        ("laptop-noncompliant", NONCOMPLIANT_GUID, NONCOMPLIANT_MAC, False),
    )
    return [
        {
            "id": guid,
            "deviceName": name,
            "macAddresses": [mac],
            "managed": True,
            "compliant": compliant,
            "model": "Sandbox Laptop",
            "osVersion": "10.0.22631.4169",
            "serialNumber": f"SANDBOX-{mac}",
        }
        for name, guid, mac, compliant in facts
    ]
