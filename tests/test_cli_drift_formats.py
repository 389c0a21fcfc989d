"""`drift` in every format, into files, with plans beside it: from what somebody did to what is read."""

from __future__ import annotations

import io
import json
import logging
import re
import sys
from typing import TYPE_CHECKING, Any

import pytest

from cli.main import main
from sandbox.identities import ADMINISTRATOR_ID, AUDITOR, COLLEAGUE_ID
from sandbox.portal import Desk, make_change
from tests.at_the_portal import BY_NAME
from tests.commanding import say
from tests.drifting import NAME, Fleet, entered
from tests.exposition import read_exposition
from tests.hostile_texts import ATTACKS
from tests.recorded_plan import APPLICATION, entry, recorded
from tests.test_reports_drift import VALIDATOR

if TYPE_CHECKING:
    from pathlib import Path

    from tests.commanding import Said

FORMATS = ("text", "markdown", "json", "sarif", "html", "prometheus", "issue")
EVERY_FORMAT = pytest.mark.parametrize("form", FORMATS)
_TOKEN = re.compile(r"eyJ[\w-]{10,}")


@pytest.fixture
def fleet(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Fleet:
    """Return a sandbox with one environment deployed; the command line finds both."""
    return entered(tmp_path, tmp_path_factory, monkeypatch)


def change(fleet: Fleet, name: str, /, **options: str) -> None:
    """Let the administrator do something in the portal."""
    deployment = fleet.deployments[NAME]
    desk = Desk(fleet.sandbox.world, deployment.declaration.integration.tenant_id, deployment.client_id)
    make_change(BY_NAME[name], desk, **options)


@EVERY_FORMAT
def test_what_was_found_is_in_every_format(capsys: pytest.CaptureFixture[str], fleet: Fleet, form: str) -> None:
    change(fleet, "add-secret")
    said = fleet.drift(capsys, "--format", form)
    assert (said.code, said.err) == (2, "")
    assert ("ise_intune_drift_findings" if form == "prometheus" else "credential-secret") in said.out


@EVERY_FORMAT
def test_a_result_goes_into_a_file_whole(capsys: pytest.CaptureFixture[str], fleet: Fleet, form: str) -> None:
    fleet.add_owner(COLLEAGUE_ID)
    file = fleet.folder / "result"
    said = fleet.drift(capsys, "--format", form, "--output", str(file))
    assert (said.code, said.out, said.err) == (2, "", "")
    printed = fleet.drift(capsys, "--format", form).out
    if form != "prometheus":  # which says when the run ended
        assert file.read_text(encoding="utf-8") == printed


def test_json_is_as_its_schema_says_found_or_not_and_unchecked(
    capsys: pytest.CaptureFixture[str], fleet: Fleet
) -> None:
    VALIDATOR.validate(fleet.drift(capsys, "--format", "json").json)
    for name in ("add-secret", "join-group", "request-and-consent", "change-notes", "remove-certificate"):
        change(fleet, name)
    fleet.may("Application.Read.All", "AuditLog.Read.All")
    said = fleet.drift(capsys, "--format", "json")
    VALIDATOR.validate(said.json)
    assert said.json["unchecked"]
    change(fleet, "delete-application")
    VALIDATOR.validate(fleet.drift(capsys, "--format", "json").json)


def test_an_issue_stays_as_it_is_until_something_else_differs_and_closes_itself(
    capsys: pytest.CaptureFixture[str], fleet: Fleet
) -> None:
    closed = fleet.drift(capsys, "--format", "issue")
    fleet.add_owner(COLLEAGUE_ID)
    first = fleet.drift(capsys, "--format", "issue")
    fleet.day.go_on(3600)
    again = fleet.drift(capsys, "--format", "issue")
    assert again.out == first.out
    change(fleet, "add-secret")
    other = fleet.drift(capsys, "--format", "issue")
    assert other.json["body"] != first.json["body"]
    assert [said.json["state"] for said in (closed, first, other)] == ["closed", "open", "open"]
    assert {said.json["key"] for said in (closed, first, other)} == {"ise-intune-issue:drift"}
    assert {said.json["title"] for said in (closed, first, other)} == {"ise-intune drift: somebody has to look"}


def test_an_issue_says_nothing_of_today(capsys: pytest.CaptureFixture[str], fleet: Fleet) -> None:
    """Exceptions end some days from the run, and the log keeps some days before it: neither is in the issue."""
    fleet.add_owner(COLLEAGUE_ID)
    fleet.sandbox.world.store.delete(*_last_record(fleet))
    body = fleet.drift(capsys, "--format", "issue").json["body"]
    assert "not known: the audit log does not tell it" in body
    assert not re.search(r"20\d\d-\d\d-\d\d", body)
    assert "until:" in fleet.drift(capsys).out


def _last_record(fleet: Fleet) -> tuple[str, str, str]:
    tenant = fleet.deployments[NAME].declaration.integration.tenant_id
    return tenant, "directoryAudit", fleet.sandbox.world.store.all(tenant, "directoryAudit")[-1]["id"]


def test_gauges_are_read_by_a_strict_reader(capsys: pytest.CaptureFixture[str], fleet: Fleet) -> None:
    change(fleet, "add-secret")
    gauges = read_exposition(fleet.drift(capsys, "--format", "prometheus").out)
    assert gauges["ise_intune_drift_checked"] == {(("environment", NAME),): 1}
    assert gauges["ise_intune_drift_findings"][("environment", NAME), ("severity", "high")] == 1


# Texts that mean no good


@EVERY_FORMAT
@pytest.mark.parametrize("text", ["\x1b]0;owned\x07 \x1b[31mred", "\u202egnp.exe", "::error::x\r\n##vso[task]"])
def test_names_that_somebody_gave_reach_no_terminal_raw(
    capsys: pytest.CaptureFixture[str], fleet: Fleet, form: str, text: str
) -> None:
    change(fleet, "join-group", group=text)
    change(fleet, "rename", to=f"ISE {text}")
    change(fleet, "add-secret", name=text)
    said = fleet.drift(capsys, "--format", form)
    assert said.code == 2
    assert all(line.isprintable() for line in said.out.split("\n"))
    assert not any(line.startswith(("::", "##vso")) for line in said.out.splitlines())


def test_a_name_is_shown_in_json_letter_by_letter(capsys: pytest.CaptureFixture[str], fleet: Fleet) -> None:
    text = " ".join(text for text in ATTACKS if text.isprintable())[:200]
    change(fleet, "rename", to=text)
    said = fleet.drift(capsys, "--format", "json")
    VALIDATOR.validate(said.json)
    (drifted,) = said.json["environments"][0]["drift"]
    assert drifted["difference"]["after"] == text


# A terminal


class Terminal(io.StringIO):
    """A standard output that is a terminal."""

    encoding = "utf-8"

    def isatty(self) -> bool:
        """Say so."""
        return True


TERMINALS: list[Any] = [
    pytest.param({}, True, id="any"),
    pytest.param({"NO_COLOR": "1"}, False, id="NO_COLOR"),
    pytest.param({"TERM": "dumb"}, False, id="dumb"),
]


@pytest.mark.parametrize(("variables", "coloured"), TERMINALS)
def test_colour_is_for_a_terminal_whose_owner_wants_it(
    fleet: Fleet, monkeypatch: pytest.MonkeyPatch, *, variables: dict[str, str], coloured: bool
) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    for name, value in {"TERM": "xterm", **variables}.items():
        monkeypatch.setenv(name, value)
    screen = Terminal()
    monkeypatch.setattr(sys, "stdout", screen)
    assert main(["drift", "--outputs", str(fleet.outputs)]) == 0
    assert ("\x1b[" in screen.getvalue()) is coloured


# Secrets


@EVERY_FORMAT
def test_no_token_and_no_secret_is_ever_said(
    capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture, fleet: Fleet, form: str
) -> None:
    caplog.set_level(logging.DEBUG)
    change(fleet, "add-secret")
    (secret,) = (
        each["secretText"]
        for each in fleet.sandbox.world.store.where(
            fleet.deployments[NAME].declaration.integration.tenant_id,
            "application",
            "appId",
            fleet.deployments[NAME].client_id,
        )[0]["passwordCredentials"]
    )
    ours = fleet.sandbox.variables(AUDITOR)["ARM_CLIENT_SECRET"]
    said = say(capsys, "-vv", "drift", "--deep", "--outputs", str(fleet.outputs), "--settle", "0", "--format", form)
    assert said.code == 2
    for told in (said.out, said.err, caplog.text):
        assert secret not in told
        assert ours not in told
        assert not _TOKEN.search(told)


# Plans


def planned(fleet: Fleet, *, owners: list[str]) -> tuple[str, ...]:
    """Return the option that gives a plan of this environment, before whose making somebody made these its owners."""
    plan = recorded()
    known = entry(plan, APPLICATION)["change"]["before"]
    drifted = {**known, "owners": [*known["owners"], *owners]}
    plan["resource_drift"] = [
        {**entry(plan, APPLICATION), "change": {"actions": ["update"], "before": known, "after": drifted}}
    ]
    file = fleet.folder / "plan.json"
    file.write_text(json.dumps(plan), encoding="utf-8")
    return "--plan", str(file)


def drift_of(said: Said) -> list[Any]:
    """Return what drifted, in JSON."""
    (environment,) = said.json["environments"]
    drifted: list[Any] = environment["drift"]
    return drifted


def test_what_terraform_saw_too_is_said_once_with_both_witnesses(
    capsys: pytest.CaptureFixture[str], fleet: Fleet
) -> None:
    fleet.add_owner(COLLEAGUE_ID)
    said = fleet.drift(capsys, "--format", "json", *planned(fleet, owners=[COLLEAGUE_ID]))
    (drifted,) = drift_of(said)
    assert (said.code, drifted["witnesses"]) == (2, ["graph", "terraform"])
    assert said.json["environments"][0]["only_planned"] == []
    assert [each["subject"] for each in said.json["found"] if each["id"] == "owner-added"] == [COLLEAGUE_ID]


def test_what_only_an_old_plan_saw_is_shown_and_counts_for_nothing(
    capsys: pytest.CaptureFixture[str], fleet: Fleet
) -> None:
    said = fleet.drift(capsys, "--format", "json", *planned(fleet, owners=[ADMINISTRATOR_ID]))
    environment = said.json["environments"][0]
    assert (environment["drift"], len(environment["only_planned"])) == ([], 1)
    assert "Only in Terraform's plan" in fleet.drift(capsys, *planned(fleet, owners=[ADMINISTRATOR_ID])).out


def test_what_graph_did_not_let_us_see_a_plan_can_tell(capsys: pytest.CaptureFixture[str], fleet: Fleet) -> None:
    fleet.may("AuditLog.Read.All")
    said = fleet.drift(capsys, "--format", "json", *planned(fleet, owners=[COLLEAGUE_ID]))
    (drifted,) = drift_of(said)
    assert (said.code, drifted["witnesses"]) == (2, ["terraform"])
    assert "Seen by: Terraform's plan alone" in fleet.drift(capsys, *planned(fleet, owners=[COLLEAGUE_ID])).out


def test_a_plan_comes_from_standard_input_too(
    capsys: pytest.CaptureFixture[str], fleet: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, file = planned(fleet, owners=[COLLEAGUE_ID])
    fleet.add_owner(COLLEAGUE_ID)
    with open(file, "rb") as content:  # noqa: PTH123 — what stands in for standard input
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(content))
        said = fleet.drift(capsys, "--format", "json", "--plan", "-")
    assert drift_of(said)[0]["witnesses"] == ["graph", "terraform"]


def test_a_plan_of_what_nobody_looks_at_is_said(capsys: pytest.CaptureFixture[str], fleet: Fleet) -> None:
    fleet.deploy("test", application={"display_name": "Cisco ISE (test)"})
    said = fleet.drift(capsys, "test", *planned(fleet, owners=[]))
    assert said.code == 1
    assert f"plan of '{NAME}': no sound environment of that name is looked at" in " ".join(said.out.split())


def test_two_plans_of_one_environment_are_said_and_neither_counts(
    capsys: pytest.CaptureFixture[str], fleet: Fleet
) -> None:
    option, file = planned(fleet, owners=[COLLEAGUE_ID])
    other = fleet.folder / "other.json"
    other.write_bytes((fleet.folder / "plan.json").read_bytes())
    said = fleet.drift(capsys, option, file, option, str(other))
    assert said.code == 1
    assert f"plan of '{NAME}': there is more than one; give the newest alone" in " ".join(said.out.split())
    assert COLLEAGUE_ID not in said.out


@pytest.mark.parametrize("content", [None, "not JSON", "{}"], ids=["none", "text", "no plan"])
def test_a_plan_that_cannot_be_read_hides_nothing(
    capsys: pytest.CaptureFixture[str], fleet: Fleet, content: str | None
) -> None:
    file = fleet.folder / "plan.json"
    if content is not None:
        file.write_text(content, encoding="utf-8")
    assert fleet.drift(capsys, "--plan", str(file)).code == 1
    fleet.add_owner(COLLEAGUE_ID)
    said = fleet.drift(capsys, "--plan", str(file))
    assert said.code == 2
    assert "plan.json" in said.out
