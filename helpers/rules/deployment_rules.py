"""Rules over where a deployment goes and what it loses sight of, and over decisions that weaken the watch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from helpers.comparing import Surface, TermChanged, ValueChanged
from helpers.declaration.decisions import revocations_in
from helpers.findings import Severity
from helpers.ise_releases import read_release, what_to_install, why_not
from helpers.rules.rule import Found, Rule

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from helpers.declaration.locations import KeyPath
    from helpers.rules.rule import Case

_MADE_ANEW = {
    Surface.TENANT: "the tenant",
    Surface.CLIENT_ID: "the client id",
    Surface.APPLICATION_OBJECT: "the application object",
    Surface.SERVICE_PRINCIPAL_OBJECT: "the service principal object",
}

_SUBJECT = 120  # characters of a line that name it in an exception
_CARRY_ON = "put it back, or into another file of the folder; a compromised key stays compromised"
# Backends whose server a file names, and to which Terraform signs in.
_SENDS_CREDENTIALS = ("backend: http,", "backend: remote,")


def _environment_removed(case: Case) -> Iterator[Found]:
    if case.after is None and case.before is not None:
        what = f"the file of {case.name} is gone: its state is no longer used, and the application in Entra lives on"
        remedy = "decommission it first (`cdktf destroy`), or, if it was renamed, rename it back"
        yield Found(case.name, what, remedy)


def _term(matches: Callable[[TermChanged], bool], what: str, remedy: str) -> Callable[[Case], Iterator[Found]]:
    """Look for a changed decision; an environment that is new has decided nothing else before."""

    def look(case: Case) -> Iterator[Found]:
        for change in case.changes:
            if case.before is not None and isinstance(change, TermChanged) and matches(change):
                sides = " → ".join(side for side in (change.before, change.after) if side)
                yield Found(change.term, f"{what}: {change.term}, {sides}", remedy, _path(change.term))

    return look


def _path(term: str) -> KeyPath:
    """Return where a decision stands in the file: `exceptions: …` and the like are told by their block."""
    return tuple(term.partition(": ")[0].split("."))


def _revocation_lost(case: Case) -> Iterator[Found]:
    """Find each revocation that this file had and that no file of the folder has any more."""
    if case.before is None:
        return
    revoked = dict(revocations_in(case.after.decisions)) if case.after else {}
    kept = case.revoked_elsewhere.union(*revoked.values())
    for term, fingerprints in revocations_in(case.before.decisions):
        if not _is_kept(term.partition(": ")[2], fingerprints, kept):
            was, now = case.before.decisions[term], case.after.decisions.get(term, "") if case.after else ""
            what = "a revocation is taken back" if case.after else f"a revocation goes with the file of {case.name}"
            sides = " → ".join(filter(None, (was, now)))
            yield Found(term, f"{what}: {term}, {sides}", _CARRY_ON, _path(term))


def _is_kept(certificate: str, fingerprints: frozenset[str], kept: frozenset[str]) -> bool:
    """Say whether all that was revoked still is: with a key, every certificate over it is."""
    return (fingerprints - {certificate} or fingerprints) <= kept


def _outside(case: Case) -> Iterator[Found]:
    for line in case.outside:
        yield Found(line[:_SUBJECT], line, "find out what it is for; keep it in a stack and a review of its own")


def _state_elsewhere(case: Case) -> Iterator[Found]:
    now = case.after.decisions.get("state", "") if case.after else ""
    before = case.before.decisions.get("state", "") if case.before else ""
    if now.startswith(_SENDS_CREDENTIALS) and now != before:
        what = f"whoever answers there is sent the state and the credentials for it: {now}"
        yield Found("state", what, "make sure the host is your team's own", ("state",))


def _release_cannot_work(case: Case) -> Iterator[Found]:
    ise = read_release(case.after.decisions.get("ise", "")) if case.after else None
    reason = why_not(ise) if ise else None
    if ise and reason:
        what = f"ISE {ise} cannot work with Intune: {reason}"
        yield Found(f"ISE {ise}", what, what_to_install(ise), ("ise", "release"))


def _identity_changed(case: Case) -> Iterator[Found]:
    for difference in case.differences:
        if isinstance(difference, ValueChanged) and difference.surface in _MADE_ANEW and case.before is not None:
            thing = _MADE_ANEW[difference.surface]
            what = f"{thing} is another: {difference.before} → {difference.after}"
            remedy = "if this is meant, ISE's form must be filled in anew, and what was deployed be taken down"
            yield Found(difference.surface.value, what, remedy)


RULES = (
    Rule(
        "outside-model",
        Severity.HIGH,
        "something a plan or stack does that this project's model does not know",
        "Nobody here can say what it allows. What belongs to an ISE integration is in the model.",
        _outside,
    ),
    Rule(
        "environment-removed",
        Severity.HIGH,
        "an environment file that was deleted or renamed",
        "The state's place follows from the file's name: nothing manages the live application any more.",
        _environment_removed,
    ),
    Rule(
        "state-moved",
        Severity.HIGH,
        "another place for the state",
        "Terraform finds an empty state there, and makes a second application unless the state is moved first.",
        _term(
            lambda change: change.term == "state",
            "the state is kept elsewhere",
            "move it in the same step (`terraform init -migrate-state`), or leave it",
        ),
    ),
    Rule(
        "state-host",
        Severity.MEDIUM,
        "a state kept by a server that the file names",
        "A pipeline that plans the change sends TF_HTTP_PASSWORD or its token to that host before anyone approved it.",
        _state_elsewhere,
    ),
    Rule(
        "identity-changed",
        Severity.HIGH,
        "another tenant, or an application made anew",
        "ISE goes on asking the old one until somebody changes its form.",
        _identity_changed,
    ),
    Rule(
        "ise-release",
        Severity.HIGH,
        "an ISE release that Intune no longer answers",
        "What it asks is gone: no permission and no certificate lets it ask again, and devices are kept out.",
        _release_cannot_work,
    ),
    Rule(
        "ise-api-changed",
        Severity.HIGH,
        "another address for ISE's API",
        "Whoever answers there is sent the ISE administrator's user name and password.",
        _term(
            lambda change: change.term == "ise.api" and bool(change.after),
            "ISE's API is asked elsewhere",
            "make sure the host is your primary PAN",
        ),
    ),
    Rule(
        "endpoint-changed",
        Severity.MEDIUM,
        "a sign-in host or Token Audience stated by hand",
        "ISE sends its assertions and asks its tokens there.",
        _term(
            lambda change: change.term.startswith("endpoints."),
            "an endpoint is stated by hand",
            "compare it with Microsoft's documentation for this cloud",
        ),
    ),
    Rule(
        "revocation-removed",
        Severity.HIGH,
        "a revoked certificate or key that no environment file lists any more, its file having gone or not",
        "The list is what keeps a compromised certificate from coming back.",
        _revocation_lost,
    ),
    Rule(
        "unaudited-added",
        Severity.MEDIUM,
        "a surface that nobody audits any more",
        "Access can hide there, and drift detection will say it is fine.",
        _term(
            lambda change: change.term.startswith("unaudited: ") and not change.before,
            "a surface is no longer audited",
            "give the auditor the permission it lacks instead",
        ),
    ),
    Rule(
        "exception-added",
        Severity.LOW,
        "a finding that is excepted from now on",
        "An exception is a decision: it should be seen when it is made.",
        _term(
            lambda change: change.term.startswith("exceptions: ") and bool(change.after),
            "a finding is excepted",
            "check its reason and its end date; it counts from the next change on",
        ),
    ),
)
