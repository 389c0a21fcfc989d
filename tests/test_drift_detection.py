"""Every change behind Terraform's back is found and named, whichever way Graph is read; what means nothing is not.

`python -m tests.test_drift_detection` writes the table of it into docs/drift.md, with what `terraform plan` was seen to
say of each (tests/test_drift_beside_terraform.py).
"""

from __future__ import annotations

import json
import re
import textwrap
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from sandbox.identities import TENANTS
from sandbox.portal import CHANGES, Desk, make_change
from tests.at_the_portal import BY_NAME
from tests.behind_terraform import DECLARED, recorded
from tests.deployments import undone
from tests.drifting import NAME, Fleet, a_fleet
from tests.reading_graph import alone, in_lists

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from clients.graph.objects import Choose
    from sandbox.portal import Change
    from tests.commanding import Said

HARMFUL = [change for change in CHANGES if change.harmful]
HARMLESS = [change for change in CHANGES if not change.harmful]
# Found by the bytes of certificates alone.
DEEP = {"swap-certificate"}
# What Microsoft does is in no tenant's log.
BY_NOBODY = {"disable-by-microsoft"}
_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[\w-]{43}(?= )")
_SETTLING = 60.0

# Which rules say it, and of what: `{id}` is the id of something that the change was about.
FOUND: Mapping[str, tuple[tuple[str, str], ...]] = {
    "add-certificate": (("certificate-foreign", "{id}"),),
    "add-certificate-to-service-principal": (("certificate-foreign", "{id}"),),
    "swap-certificate": (("credential-changed", "{id}"),),
    "change-certificate-end": (("credential-changed", "{id}"),),
    "remove-certificate": (("certificate-missing", "{id}"),),
    "add-secret": (("credential-secret", "{id}"),),
    "add-secret-to-service-principal": (("credential-secret", "{id}"),),
    "add-federated-credential": (("credential-federated", "{id}"),),
    "add-flexible-federated-credential": (("credential-federated", "{id}"),),
    "set-token-encryption-key": (
        ("credential-other-key", "{id}"),
        ("application-setting", "tokenEncryptionKeyId: {id}"),
    ),
    "add-owner": (("owner-added", "{id}"),),
    "add-owner-to-service-principal": (("owner-added", "{id}"),),
    "remove-owner": (("deployer-not-owner", "{id}"),),
    "remove-owner-of-service-principal": (("deployer-not-owner", "{id}"),),
    "request-permission": (("permission-tier-0", "Directory.ReadWrite.All"),),
    "unrequest-permission": (("changed-outside", "Directory.Read.All"),),
    "grant-permission": (("permission-tier-0", "Directory.ReadWrite.All"),),
    "withdraw-permission": (("permission-missing", "Directory.Read.All"),),
    "consent-for-everyone": (("permission-writes", "Application.ReadWrite.All"),),
    "consent-for-one-user": (("consent-for-user", "Application.ReadWrite.All on Microsoft Graph for user {id}"),),
    "withdraw-consent": (
        ("changed-outside", "DeviceManagementConfiguration.Read.All"),
        ("changed-outside", "DeviceManagementServiceConfig.Read.All"),
        ("changed-outside", "Directory.Read.All"),
        ("changed-outside", "User.Read"),
        ("changed-outside", "offline_access"),
        ("changed-outside", "openid"),
    ),
    "request-and-consent": (("permission-tier-0", "Directory.ReadWrite.All"),),
    "give-directory-role": (("directory-role", "{id} Application Administrator on /"),),
    "join-group": (("group-membership", "{id} group Tier 0, to which roles can be assigned"),),
    "own-another-application": (("object-owned", "{id} application Payroll"),),
    "attach-token-lifetime-policy": (("policy-applied", "{id} tokenLifetimePolicy A day"),),
    "exempt-from-management-policy": (("policy-applied", "{id} appManagementPolicy Exempt"),),
    "widen-audience": (("audience-widened", "application.sign_in_audience"),),
    "add-web-redirect-uri": (("redirect-uri-added", "https://portal.attacker.example/auth"),),
    "add-spa-redirect-uri": (("redirect-uri-added", "https://portal.attacker.example/auth"),),
    "add-public-client-redirect-uri": (("redirect-uri-added", "http://localhost"),),
    "allow-public-client": (("public-client", "application.public_client"),),
    "add-identifier-uri": (("identifier-uri-added", "api://{id}"),),
    "expose-scope": (("scope-exposed", "user_impersonation"),),
    "pre-authorize-client": (("client-authorized", "{id}"), ("scope-exposed", "user_impersonation")),
    "add-app-role": (("app-role-exposed", "Everything.Write"),),
    "enable-implicit-grant": (("application-setting", "web.implicitGrantSettings.enableAccessTokenIssuance: true"),),
    "accept-mapped-claims": (("application-setting", "api.acceptMappedClaims: true"),),
    "turn-on-saml": (("service-principal-setting", "preferredSingleSignOnMode: saml"),),
    "rename": (("changed-outside", "application.display_name"),),
    "change-notes": (("changed-outside", "application.notes"),),
    "disable-service-principal": (("service-principal-disabled", "service_principal.enabled"),),
    "deactivate-application": (("application-deactivated", "application.enabled"),),
    "disable-by-microsoft": (("application-deactivated", "application.enabled"),),
    "delete-application": (("application-missing", "application"),),
    "delete-service-principal": (("service-principal-missing", "service_principal"),),
    "recreate-service-principal": (
        ("identity-changed", "service_principal.object_id"),
        ("deployer-not-owner", "{id}"),
        ("permission-missing", "Directory.Read.All"),
        ("permission-missing", "Directory.Read.All"),
        ("permission-missing", "get_device_compliance"),
        ("changed-outside", "{id}"),
        ("changed-outside", "DeviceManagementConfiguration.Read.All"),
        ("changed-outside", "DeviceManagementServiceConfig.Read.All"),
        ("changed-outside", "User.Read"),
        ("changed-outside", "offline_access"),
        ("changed-outside", "openid"),
    ),
    "restore-application": (("service-principal-missing", "service_principal"),),
}


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Fleet:
    made = a_fleet(tmp_path_factory.mktemp("detection"), tmp_path_factory)
    made.deploy(NAME, **DECLARED)
    return made


@pytest.fixture
def fleet(shared: Fleet) -> Iterator[Fleet]:
    """The same deployed environment for every test, as it was."""
    conditions = shared.sandbox.world.conditions
    limits = conditions.limits
    with undone(shared.sandbox.world.store):
        yield shared
    conditions.set(limits)
    shared.day.later = timedelta()


class Watch:
    """Looks at an environment by the command line."""

    def __init__(self, fleet: Fleet, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self._fleet, self._monkeypatch, self._capsys = fleet, monkeypatch, capsys
        self.settled = 0
        monkeypatch.setattr("cli.drift.watching._settle", self._settle)

    def _settle(self, *_: object) -> None:
        self.settled += 1
        self._fleet.day.go_on(_SETTLING)

    def look(self, *arguments: str, choose: Choose = alone) -> Said:
        """Run the verb. The second look, where there is one, always reads one by one."""
        self._fleet.enter(self._monkeypatch, choose=choose)
        return self._fleet.drift(self._capsys, "--format", "json", *arguments)

    def found(self, *arguments: str, choose: Choose = alone) -> list[tuple[str, str]]:
        """Return which rules speak of what, in an order of their own."""
        said = self.look(*arguments, choose=choose)
        assert said.json["unchecked"] == said.json["errors"] == []
        return sorted((each["id"], each["subject"]) for each in said.json["found"])


@pytest.fixture
def watch(fleet: Fleet, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Watch:
    return Watch(fleet, monkeypatch, capsys)


def make(fleet: Fleet, *changes: Change) -> set[str]:
    """Make changes, and return the ids of all that they touched."""
    desk = Desk(fleet.sandbox.world, TENANTS[0].id, fleet.deployments[NAME].client_id)
    with fleet.sandbox.world.store.watched() as touched:
        for change in changes:
            make_change(change, desk)
    return {identifier for each in touched for identifier in _ID.findall(json.dumps([each.before, each.after]))} | {
        str((each.after or each.before or {})["id"]) for each in touched
    }


def masked(said: Said) -> list[tuple[str, str]]:
    """Return which rules speak of what, ids left out, in an order of their own."""
    return sorted((each["id"], _ID.sub("{id}", each["subject"])) for each in said.json["found"])


def test_there_are_as_many_as_promised_and_each_is_expected_somehow() -> None:
    assert len(HARMFUL) >= 25
    assert len(HARMLESS) >= 15
    assert list(FOUND) == [change.name for change in HARMFUL]


@pytest.mark.parametrize("change", HARMFUL, ids=lambda change: change.name)
def test_a_change_is_found_named_and_explained(fleet: Fleet, watch: Watch, change: Change) -> None:
    """The first look reads lists of all, the second one by one: what counts is what both agree on."""
    touched = make(fleet, change)
    said = watch.look(*(["--deep"] if change.name in DEEP else []), choose=in_lists)
    (environment,) = said.json["environments"]
    assert (said.code, said.json["unchecked"], said.json["errors"], watch.settled) == (2, [], [], 1)
    assert masked(said) == sorted(FOUND[change.name])
    assert {each for finding in said.json["found"] for each in _ID.findall(finding["subject"])} <= touched
    for drifted in environment["drift"]:
        assert drifted["difference"]["sentence"]
        assert drifted["witnesses"] == ["graph"]
        assert drifted["ways_back"]
    assert any(each["activities"] for each in environment["drift"]) is (change.name not in BY_NOBODY)


@pytest.mark.parametrize("choose", [alone, in_lists], ids=["alone", "in lists"])
@pytest.mark.parametrize("change", HARMLESS, ids=lambda change: change.name)
def test_what_means_nothing_is_not_even_looked_at_twice(
    fleet: Fleet, watch: Watch, change: Change, choose: Choose
) -> None:
    make(fleet, change)
    said = watch.look(choose=choose)
    (environment,) = said.json["environments"]
    assert (said.code, said.json["found"], said.json["unchecked"], watch.settled) == (0, [], [], 0)
    assert environment["drift"] == environment["arrived"] == environment["not_understood"] == []


# Some of each kind that can be made at once, and leave each other alone.
_TOGETHER = ("add-secret", "add-owner", "grant-permission", "add-web-redirect-uri", "join-group", "change-notes")
_SPELLED = [each for each in HARMLESS if each.name != "reorder-owners"]


def test_all_that_means_nothing_means_nothing_together(fleet: Fleet, watch: Watch) -> None:
    make(fleet, *HARMLESS)
    assert (watch.found(), watch.found(choose=in_lists), watch.settled) == ([], [], 0)


def test_what_means_nothing_hides_no_change(fleet: Fleet, watch: Watch) -> None:
    make(fleet, *(BY_NAME[name] for name in _TOGETHER))
    found = watch.found()
    make(fleet, *_SPELLED)
    assert watch.found() == watch.found(choose=in_lists) == found
    assert len(found) == len(_TOGETHER)


def test_looking_again_says_the_same(fleet: Fleet, watch: Watch) -> None:
    make(fleet, *(BY_NAME[name] for name in _TOGETHER))
    first, again = (watch.look(choose=choose) for choose in (in_lists, alone))
    assert first.out == again.out


LAGGING = [BY_NAME[name] for name in (*_TOGETHER, "remove-certificate", "widen-audience", "withdraw-permission")]
# Lists and eventual reads are behind until it has settled; and one by one each object shows an old copy once.
LAG: list[Any] = [
    pytest.param((alone, {"lag_seconds": _SETTLING / 2, "lag_objects": 1}), id="alone"),
    pytest.param((in_lists, {"lag_seconds": _SETTLING / 2}), id="in lists"),
]


@pytest.mark.parametrize("lag", LAG)
@pytest.mark.parametrize("change", LAGGING, ids=lambda change: change.name)
def test_a_change_that_has_not_arrived_everywhere_is_found_once_it_has(
    fleet: Fleet, watch: Watch, change: Change, lag: tuple[Choose, dict[str, Any]]
) -> None:
    """Until then nothing else is said."""
    choose, limits = lag
    fleet.lag(**limits)
    make(fleet, change)
    first = watch.look(choose=choose)
    assert (first.code, first.json["found"]) == (0, [])
    fleet.day.go_on(_SETTLING)
    said = watch.look(choose=choose)
    assert said.code == 2
    assert masked(said) == sorted(FOUND[change.name])


@pytest.mark.parametrize("lag", LAG)
@pytest.mark.parametrize("change", LAGGING, ids=lambda change: change.name)
def test_what_was_put_right_a_moment_ago_is_no_drift_though_graph_still_shows_it(
    fleet: Fleet, watch: Watch, change: Change, lag: tuple[Choose, dict[str, Any]]
) -> None:
    (choose, limits), world = lag, fleet.sandbox.world
    with world.store.watched() as put_right, undone(world.store):
        make(fleet, change)
        fleet.lag(**limits)
        put_right.clear()
    world.conditions.note(put_right, now=world.now())
    said = watch.look(choose=choose)
    assert (said.code, said.json["found"], watch.settled) == (0, [], 1), "it was looked at twice"


@pytest.mark.parametrize("change", HARMFUL, ids=lambda change: change.name)
def test_a_deploy_is_said_to_lead_back_where_one_was_seen_to(fleet: Fleet, watch: Watch, change: Change) -> None:
    make(fleet, change)
    said = watch.look(*(["--deep"] if change.name in DEEP else []))
    (environment,) = said.json["environments"]
    ways = [drifted["ways_back"] for drifted in environment["drift"]]
    deploys = all(any(way["kind"] == "deploy" and not way["follows"] for way in each) for each in ways)
    assert deploys is (change.name in recorded()["put_right"])


# The table

DOCUMENT = Path(__file__).parent.parent / "docs" / "drift.md"
_HEADING = "## What is found\n"
_TERRAFORM = {"false drift": "**false drift**", "missed": "**missed**", "error": "**error**"}


def section() -> str:
    """Return the end of the documentation: every change, what is found of it, and what a plan was seen to say."""
    measured = recorded()
    verdicts = measured["verdicts"]
    seen, missed, failed, false = (
        sum(verdict == said for verdict in verdicts.values()) for said in ("seen", "missed", "error", "false drift")
    )
    summary = (
        f"Of {len(HARMFUL)} changes that matter `ise-intune drift` finds all. A plan sees {seen}, misses {missed} and"
        f" fails with an error at {failed}; the deploy that follows puts {len(measured['put_right'])} wholly right. Of"
        f" {len(HARMLESS)} that mean nothing `ise-intune drift` reports none, a plan {false}."
    )
    return f"""\
{_HEADING}
`ise-intune sandbox portal` makes each of these changes on the sandbox; tests make all of them, and wrote these tables.
Beside them is what `terraform plan -detailed-exitcode` says after the same change, for an environment with consent as
code: measured with Terraform {measured["terraform"]} and the unmodified azuread provider {measured["azuread"]}.

{textwrap.fill(summary, 120)}

| Somebody … | `ise-intune drift` | `terraform plan` |
|---|---|---|
{_rows(HARMFUL, verdicts)}

| … and what means nothing | `ise-intune drift` | `terraform plan` |
|---|---|---|
{_rows(HARMLESS, verdicts)}
"""


def _rows(changes: list[Change], verdicts: Mapping[str, str]) -> str:
    return "\n".join(
        f"| {change.does} | {_found(change)} | {_TERRAFORM.get(verdicts[change.name], verdicts[change.name])} |"
        for change in changes
    )


def _found(change: Change) -> str:
    rules = ", ".join(f"`{rule}`" for rule in dict.fromkeys(rule for rule, _ in FOUND.get(change.name, ())))
    return f"{rules or 'quiet'}{' (with `--deep`)' if change.name in DEEP else ''}"


def test_the_documentation_ends_with_the_tables() -> None:
    _, heading, rest = DOCUMENT.read_text(encoding="utf-8").partition(_HEADING)
    assert heading + rest == section()


if __name__ == "__main__":
    before, _, _ = DOCUMENT.read_text(encoding="utf-8").partition(_HEADING)
    DOCUMENT.write_text(before + section(), encoding="utf-8")
