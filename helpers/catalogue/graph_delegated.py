"""Delegated permissions on Microsoft Graph: used in the name of a signed-in user, and within that user's own rights.

ISE signs in as itself (client credentials), where none of them has any effect. They matter once a person can sign in
through the application: with a redirect URI, or as a public client. Their tiers take that as given.
What each allows: Microsoft Graph documentation, "Microsoft Graph permissions reference"; for the four of OpenID
Connect, Microsoft identity platform, "Scopes and permissions".
"""

from __future__ import annotations

from helpers.catalogue.entry import Entry
from helpers.catalogue.facts import Tier

GRAPH_DELEGATED: dict[str, Entry] = {
    "Application.Read.All": Entry(
        allows="read the applications and service principals that the signed-in user may see",
        worst="it sees which applications there are and what each may do",
        tier=Tier.READS_A_LOT,
        reasoning="No more than its application permission of the same name, and only while a user is signed in.",
    ),
    "Application.ReadWrite.All": Entry(
        allows="create, change and delete applications as the signed-in user may",
        worst="with an administrator signed in, it adds a key of its own to any application and signs in as that one",
        tier=Tier.CHANGES_OR_READS_MUCH,
        reasoning="As strong as who signs in; an application administrator is enough to take over the tenant.",
        writes=True,
    ),
    "DeviceManagementConfiguration.Read.All": Entry(
        allows="read how Intune configures devices, as the signed-in user may",
        worst="with an Intune administrator signed in, it sees how devices are protected and where they are not",
        tier=Tier.READS_A_LOT,
        reasoning="The defences of devices, to whom an administrator opens them; it changes nothing.",
    ),
    "DeviceManagementManagedDevices.Read.All": Entry(
        allows="read the devices that Intune manages, as the signed-in user may",
        worst="with an Intune administrator signed in, it lists every managed device with its user",
        tier=Tier.READS_A_LOT,
        reasoning="An inventory that leads to people, to whom an administrator opens it.",
    ),
    "DeviceManagementServiceConfig.Read.All": Entry(
        allows="read how Intune itself is set up, as the signed-in user may",
        worst="with an Intune administrator signed in, it sees how a device gets in",
        tier=Tier.READS_A_LOT,
        reasoning="Settings of the service, no person's data.",
    ),
    "Directory.Read.All": Entry(
        allows="read the directory data that the signed-in user may see",
        worst="it reads users, groups and applications, in most tenants nearly all of them",
        tier=Tier.READS_A_LOT,
        reasoning="A user who signs in hands over what they can see, and by default members can see most.",
    ),
    "User.Read": Entry(
        allows="let users sign in, and read their own profile",
        worst="it learns who signed in",
        tier=Tier.LITTLE,
        reasoning="One person's own profile, with that person there.",
        users_may_consent=True,
    ),
    "User.Read.All": Entry(
        allows="read the full profile of every user that the signed-in user may see",
        worst="it lists everybody with telephone number, manager, office and job",
        tier=Tier.READS_A_LOT,
        reasoning="Personal data of everybody, but neither rights nor keys.",
    ),
    "email": Entry(
        allows="learn the mail address of the signed-in user",
        worst="it learns a mail address",
        tier=Tier.LITTLE,
        reasoning="One address of somebody who is there.",
        users_may_consent=True,
    ),
    "offline_access": Entry(
        allows="keep the access a user gave after that user has left",
        worst="it goes on acting in the user's name until the refresh token is revoked",
        tier=Tier.LITTLE,
        reasoning="It lengthens other permissions and gives none; ISE names it in its token request, to no effect.",
        users_may_consent=True,
    ),
    "openid": Entry(
        allows="let users sign in",
        worst="it learns an identifier of who signed in",
        tier=Tier.LITTLE,
        reasoning="Signing in and no more; ISE names it in its token request, to no effect.",
        users_may_consent=True,
    ),
    "profile": Entry(
        allows="learn the name of the signed-in user",
        worst="it learns a name",
        tier=Tier.LITTLE,
        reasoning="The name of somebody who is there; ISE names it in its token request, to no effect.",
        users_may_consent=True,
    ),
}
