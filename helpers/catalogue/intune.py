"""Permissions on the Microsoft Intune API: what products beside Intune ask of it and tell it.

Sources: Intune documentation, "How to use Microsoft Entra ID to access the Intune APIs in Microsoft Graph", partner
solution APIs; the API's own descriptions of its roles.
"""

from __future__ import annotations

from helpers.catalogue.entry import Entry
from helpers.catalogue.facts import Tier

INTUNE_APPLICATION: dict[str, Entry] = {
    "get_data_warehouse": Entry(
        allows="read Intune's data warehouse",
        worst="it reads the history of every managed device and its user, their applications and their policies",
        tier=Tier.READS_A_LOT,
        reasoning="An inventory over months that leads to people; it changes nothing.",
        enough_instead="get_device_compliance",
    ),
    "get_device_compliance": Entry(
        allows="ask Intune whether a device is enrolled and compliant",
        worst="it learns which devices are managed and which of them are not compliant",
        # Since 2024 four attributes come back.
        tier=Tier.LITTLE,
        reasoning="Compliance, whether it is managed, MAC address and device id: no user, and nothing can be changed.",
        purpose="the compliance query (asking about each device at the door of the network)",
    ),
    "manage_partner_compliance_policy": Entry(
        allows="send Intune compliance policies of another product, and the groups they are for",
        worst="it decides for whole groups whose word on a device's compliance counts",
        tier=Tier.CHANGES_OR_READS_MUCH,
        reasoning="Access to the network and to data is decided by compliance, and it writes the rules.",
        writes=True,
    ),
    "pfx_cert_provider": Entry(
        allows="read requests for certificates, and send certificates with their keys to users' devices",
        worst="it puts certificates of its choice on people's devices, and knows the keys",
        tier=Tier.CHANGES_OR_READS_MUCH,
        reasoning="Who holds the key of a user's certificate can sign, decrypt and sign in as that user.",
        writes=True,
    ),
    "scep_challenge_provider": Entry(
        allows="have Intune check requests for certificates, and report which were issued",
        worst="it learns from Intune which requests are genuine, and reports certificates that nobody issued",
        tier=Tier.READS_A_LOT,
        reasoning="It speaks between Intune and a certification authority, and cannot issue a certificate itself.",
        writes=True,
    ),
    "send_data_usage": Entry(
        allows="send and receive how much data devices use, with their phone numbers",
        worst="it reads phone numbers, and reports usage that makes Intune restrict devices",
        tier=Tier.CHANGES_OR_READS_MUCH,
        reasoning="Policies follow what it reports.",
        writes=True,
    ),
    "update_device_attributes": Entry(
        allows="tell Intune attributes of devices",
        worst="it calls a device compliant that is not, and ISE lets that device in",
        tier=Tier.CHANGES_OR_READS_MUCH,
        reasoning="It writes what ISE asks for: who holds both answers their own question.",
        writes=True,
    ),
    "update_device_health": Entry(
        allows="tell Intune how threatened devices are",
        worst="it calls an infected device healthy, or every device infected, and ISE decides by that",
        tier=Tier.CHANGES_OR_READS_MUCH,
        reasoning="Compliance follows the risk that it reports, and access to the network follows compliance.",
        writes=True,
    ),
}

INTUNE_DELEGATED: dict[str, Entry] = {
    "get_data_warehouse": Entry(
        allows="read Intune's data warehouse, as the signed-in user may",
        worst="with an Intune administrator signed in, it reads the history of every managed device and its user",
        tier=Tier.READS_A_LOT,
        reasoning="An inventory over months that leads to people; it changes nothing.",
        users_may_consent=None,
    ),
}
