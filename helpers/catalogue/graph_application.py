"""Application permissions on Microsoft Graph: used without a user, over everything of their kind in the tenant.

What each allows: Microsoft Graph documentation, "Microsoft Graph permissions reference".
"""

from __future__ import annotations

from helpers.catalogue.entry import Entry
from helpers.catalogue.facts import Tier

# Microsoft names four permissions that let ISE read where Intune's services live (domain.md §3); this is the narrowest.
_DISCOVERY = "service discovery (asking Graph where Intune's compliance service is)"
_READ_IS_ENOUGH = "Application.Read.All"
_COMPLIANCE_IS_ENOUGH = "get_device_compliance on the Microsoft Intune API"

GRAPH_APPLICATION: dict[str, Entry] = {
    "Application.Read.All": Entry(
        allows="read all applications and service principals",
        worst="it sees which applications there are, what each may do, who owns it and when its keys expire",
        tier=Tier.READS_A_LOT,
        reasoning="A map for somebody who looks for the weakest application; no person's data, and no key.",
        purpose=_DISCOVERY,
    ),
    "Application.ReadWrite.All": Entry(
        allows="create, change and delete all applications and service principals",
        worst="it adds a key of its own to any application and signs in as that one, with all that one may do",
        tier=Tier.TAKES_OVER,
        reasoning="Some application in nearly every tenant may do anything, and this one can become it.",
        writes=True,
        purpose=_DISCOVERY,
        enough_instead=_READ_IS_ENOUGH,
    ),
    "Application.ReadWrite.OwnedBy": Entry(
        allows="create applications, and change or delete those it owns",
        worst="it adds a key of its own to any application it owns, itself included, and signs in as that one",
        tier=Tier.TAKES_OVER,
        reasoning="As strong as the strongest application it owns, and what it owns is decided elsewhere.",
        writes=True,
        purpose=_DISCOVERY,
        enough_instead=_READ_IS_ENOUGH,
    ),
    "AppRoleAssignment.ReadWrite.All": Entry(
        allows="grant any application any application permission",
        worst="it gives itself the right to make administrators, and nobody is asked",
        tier=Tier.TAKES_OVER,
        reasoning="Whoever can give consent for everything can do everything.",
        writes=True,
    ),
    "AuditLog.Read.All": Entry(
        allows="read all audit and sign-in logs",
        worst="it follows every person: when and from where they sign in, on which device, and what administrators do",
        tier=Tier.CHANGES_OR_READS_MUCH,
        reasoning="Logs of all people over weeks, and a view of whether an attack has been noticed.",
    ),
    "DelegatedPermissionGrant.ReadWrite.All": Entry(
        allows="consent in everybody's name to any delegated permission, for any application",
        worst="it lets an application act with the rights of each user who signs in to it, administrators included",
        # A person must still sign in. People do.
        tier=Tier.TAKES_OVER,
        reasoning="It can grant itself anything; one administrator who signs in to such an application is enough.",
        writes=True,
    ),
    "Device.Read.All": Entry(
        allows="read all devices that are registered in Entra",
        worst="it lists every device with its name, its system and its version",
        tier=Tier.READS_A_LOT,
        reasoning="An inventory, without what is on the devices.",
        enough_instead=_COMPLIANCE_IS_ENOUGH,
    ),
    "DeviceManagementConfiguration.Read.All": Entry(
        allows="read how Intune configures devices, and its compliance policies",
        # Microsoft Graph lists getOmaSettingPlainTextValue under this permission.
        worst="it sees how devices are protected and where they are not, and the encrypted values of custom settings",
        tier=Tier.READS_A_LOT,
        reasoning="It shows the defences and may show a secret that somebody typed into a setting; it changes nothing.",
        enough_instead=_COMPLIANCE_IS_ENOUGH,
    ),
    "DeviceManagementManagedDevices.Read.All": Entry(
        allows="read all devices that Intune manages",
        worst="it lists every managed device with its user, phone number, serial number and compliance",
        tier=Tier.READS_A_LOT,
        reasoning="An inventory that leads to people; what ISE asks of it, one permission of Intune's own answers.",
        enough_instead=_COMPLIANCE_IS_ENOUGH,
    ),
    "DeviceManagementManagedDevices.ReadWrite.All": Entry(
        allows="read and change all devices that Intune manages",
        worst="it changes properties by which policies choose their devices, so that they meet the wrong ones",
        tier=Tier.CHANGES_OR_READS_MUCH,
        reasoning="It writes to every managed device; Microsoft keeps wiping and password resets out of it.",
        writes=True,
        enough_instead=_COMPLIANCE_IS_ENOUGH,
    ),
    "DeviceManagementServiceConfig.Read.All": Entry(
        allows="read how Intune itself is set up: enrolment, and connections to other services",
        worst="it sees how a device gets in, and which other products are trusted to speak about devices",
        tier=Tier.READS_A_LOT,
        reasoning="Settings of the service, no person's data.",
        enough_instead=_COMPLIANCE_IS_ENOUGH,
    ),
    "Directory.Read.All": Entry(
        allows="read all directory data",
        worst="it can read every user, group, device and application, and who holds which administrative role",
        # It changes nothing, and is still not tier 2: everybody's data at once.
        tier=Tier.CHANGES_OR_READS_MUCH,
        reasoning="All people and all rights of the tenant in one place: where an attack on it would begin.",
        purpose=_DISCOVERY,
        enough_instead=_READ_IS_ENOUGH,
    ),
    "Directory.ReadWrite.All": Entry(
        allows="read and change nearly all directory data",
        worst="it makes itself or anybody a member of groups that open other systems, up to those that run the tenant",
        tier=Tier.TAKES_OVER,
        reasoning="Most rights hang on group membership, which it writes; only some protected groups are out of reach.",
        writes=True,
        enough_instead=_READ_IS_ENOUGH,
    ),
    "Group.Read.All": Entry(
        allows="read all groups, their members and their conversations",
        worst="it reads what groups write to each other, and who belongs to which",
        tier=Tier.CHANGES_OR_READS_MUCH,
        reasoning="Not only names and members: the conversations of all groups too.",
    ),
    "Policy.Read.All": Entry(
        allows="read all policies of the tenant",
        worst="it sees which sign-ins are not held to multi-factor authentication, and who is exempt",
        tier=Tier.CHANGES_OR_READS_MUCH,
        reasoning="The plan of the defences with its gaps.",
    ),
    "Policy.ReadWrite.ApplicationConfiguration": Entry(
        allows="read and change the policies for tokens and sign-in of applications",
        worst="it makes tokens live longer, or tell an application the name of another user",
        # Not tier 0: to put a policy on an application takes one more permission.
        tier=Tier.CHANGES_OR_READS_MUCH,
        reasoning="What tokens say is what applications trust; a policy still has to be put on an application to bite.",
        writes=True,
    ),
    "ServicePrincipalEndpoint.Read.All": Entry(
        allows="read the addresses at which service principals say their services are",
        worst="it learns addresses that are no secret",
        tier=Tier.LITTLE,
        # domain.md §2: unconfirmed, so it is never called enough.
        reasoning="Just what service discovery reads; whether Microsoft accepts it alone for that is not confirmed.",
        enough_instead=_READ_IS_ENOUGH,
    ),
    "ServicePrincipalEndpoint.ReadWrite.All": Entry(
        allows="read and change the addresses at which service principals say their services are",
        worst="it may make itself owner of any application, or send ISE to a server that calls every device compliant",
        # The first half is what BloodHound draws (AZMGAddOwner), the second our own reasoning, not tried.
        tier=Tier.TAKES_OVER,
        reasoning="Public accounts of what it allows disagree, and the worse one leads to any application's rights.",
        writes=True,
        enough_instead=_READ_IS_ENOUGH,
    ),
    "User.Read.All": Entry(
        allows="read the full profile of every user",
        worst="it lists everybody with telephone number, manager, office and job",
        tier=Tier.READS_A_LOT,
        reasoning="Personal data of everybody, but neither rights nor keys.",
    ),
}
