"""Rules over what was there before: what a file says is to be taken over, what a plan imports, what is left alone.

An id says nothing about whose object it is, and Terraform asks for nothing else. So whoever reviews has to.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from helpers.comparing import TermChanged, ValueAdded, ValueChanged
from helpers.declaration.decisions import KEPT, adopted_entry
from helpers.findings import Severity
from helpers.rules.rule import Found, Import, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from helpers.rules.rule import Case

_OF_APPLICATION, _OF_PRINCIPAL = "adopted.application", "adopted.service_principal"
_CONSENTS, _UNMANAGED = "adopted.consents: ", "adopted.unmanaged."
# Beginnings of addresses (stacks/integration.py).
_APPLICATION, _SERVICE_PRINCIPAL = "azuread_application.", "azuread_service_principal."
_COMPARE = "compare the id with what ISE has in Entra; `ise-intune adopt --check {name}` plans it"


def _declared(case: Case) -> Iterator[Found]:
    """Find what a file newly says was there before; with an application, all that is said of it is one thing."""
    now = case.after.decisions if case.after else {}
    was = case.before.decisions if case.before else {}
    remedy = _COMPARE.format(name=case.name)
    application = now.get(_OF_APPLICATION)
    if application and _OF_APPLICATION not in was:
        what = f"the deploy takes over the application of object id {application}, whoever made it and uses it"
        yield Found(application, f"{what}{_with(now)}", remedy, ("adopted", "application"))
        return
    known = {was[term] for term in was if adopted_entry(term)}
    for term in sorted(now):
        # An entry that got another name has its key id as before.
        if now[term] != was.get(term) and not (adopted_entry(term) and now[term] in known):
            yield from _newly_there(term, now[term], is_other=term in was, remedy=remedy)


def _with(decisions: Mapping[str, str]) -> str:
    """Return how many credentials and consents go with an application."""
    counts = (
        (sum(1 for term in decisions if adopted_entry(term)), "certificate"),
        (sum(1 for term in decisions if term.startswith(_CONSENTS)), "consent"),
    )
    told = [f"{count} {what}{'' if count == 1 else 's'}" for count, what in counts if count]
    return f", with {' and '.join(told)} on it" if told else ""


def _newly_there(term: str, value: str, *, is_other: bool, remedy: str) -> Iterator[Found]:
    entry = adopted_entry(term)
    if entry and not is_other:
        what = (
            f"certificate {entry} is said to have been there before, under key id {value}: it is imported"
            " whoever put it there, and without --deep drift takes it for what the file says"
        )
        yield Found(value, what, remedy, ("certificates", entry, "adopted"))
    elif term == _OF_PRINCIPAL and not is_other:
        what = f"the deploy takes over the service principal of object id {value}, whoever made it"
        yield Found(value, what, remedy, ("adopted", "service_principal"))
    elif term.startswith(_CONSENTS):
        what = (
            f"consent to {term.removeprefix(_CONSENTS)} is imported by the id {value}: somebody else's consent would be"
            " taken away from them"
        )
        yield Found(value, what, remedy, ("adopted", "consents"))


def _kept(case: Case) -> Iterator[Found]:
    """Find what drift expects from now on, where no resource shows it: files tell it as what is added in Entra."""
    added = {each.value for each in case.differences if isinstance(each, ValueAdded)}
    added |= {each.after for each in case.differences if isinstance(each, ValueChanged)}
    now = case.after.decisions if case.after else {}
    was = case.before.decisions if case.before else {}
    for term in sorted(now.keys() - was.keys()):
        key, _, value = term.removeprefix(KEPT).partition(": ")
        if term.startswith(KEPT) and value not in added:
            what = f"drift takes it for what shall be, from now on, that {key} has {value}"
            remedy = "take it out, unless ISE's application has it and you know why"
            yield Found(value, what, remedy, ("adopted", "keeps", key))


def _imports(case: Case) -> Iterator[Found]:
    if case.imports is not None:
        number = len(case.imports.imported)
        what = f"{number} {'object' if number == 1 else 'objects'} that {'was' if number == 1 else 'were'} there before"
        remedy = f"see that a deploy changes nothing of what was there: `ise-intune adopt --check {case.name}`"
        yield Found(case.name, f"{what} Terraform {'is' if number == 1 else 'are'} taken into its state", remedy)


def _changes_while_importing(case: Case) -> Iterator[Found]:
    """Find what a deploy does to anything while it imports; what it only adds takes nothing from what is there.

    What it adds to an application that was there lets somebody in, though, and the application may not be ISE's.
    """
    imports = case.imports or Import(())
    taken_over = any(each.startswith(_APPLICATION) for each in imports.imported)
    for address, verb in imports.touched:
        what = f"{address} {verb} in the deploy that imports what was there before"
        severity = None
        if verb == "is created":
            lets_in = taken_over and not address.startswith(_SERVICE_PRINCIPAL)
            severity = Severity.MEDIUM if lets_in else Severity.LOW
            what += ": see that the application is ISE's, which gets it" if lets_in else ""
        yield Found(address, what, "import first, in a deploy that changes nothing; then change", severity=severity)


def _left_alone(case: Case) -> Iterator[Found]:
    """Find arguments of an adopted application that Terraform no longer sets as the stack has them."""
    for change in case.changes:
        if isinstance(change, TermChanged) and change.term.startswith(_UNMANAGED) and _stays_adopted(case):
            alone = sorted(set(change.after.split(", ")) - {"", *change.before.split(", ")})
            if alone:
                what = f"no deploy puts back any more what somebody changes of {change.term.rpartition('.')[2]} in"
                remedy = "take it out, unless `ise-intune adopt` wrote it: of what is there only drift tells then"
                yield Found(change.term, f"{what} {', '.join(alone)}", remedy, tuple(change.term.split(".")))


def _stays_adopted(case: Case) -> bool:
    """Say whether an application was adopted before: with a new one, all that is said of it is one thing."""
    return case.before is not None and _OF_APPLICATION in case.before.decisions


def _managed_again(case: Case) -> Iterator[Found]:
    """Find arguments that Terraform left alone as it found them, and from now on sets as the stack has them: empty."""
    for change in case.changes:
        if isinstance(change, TermChanged) and change.term.startswith(_UNMANAGED) and case.after is not None:
            again = sorted(set(change.before.split(", ")) - {"", *change.after.split(", ")})
            if again:
                what = f"the deploy takes away whatever {change.term.rpartition('.')[2]} has of: {', '.join(again)}"
                remedy = "right if that is what the change is for; see in the plan what is there"
                yield Found(change.term, what, remedy, tuple(change.term.split(".")))


RULES = (
    Rule(
        "adoption-declared",
        Severity.MEDIUM,
        "an application, certificate or consent that a file newly says was there before",
        "Terraform takes over whatever stands under the id; of another team's application, ISE would sign in as it.",
        _declared,
    ),
    Rule(
        "adoption-kept",
        Severity.MEDIUM,
        "something that ISE needs none of, and that an adopted application keeps from now on",
        "Drift says nothing of it any more, whoever puts it there.",
        _kept,
    ),
    Rule(
        "adoption",
        Severity.LOW,
        "an application, or a part of it, that Terraform takes over as it is",
        "From now on a deploy keeps it as the file says, and takes away what the file does not say.",
        _imports,
    ),
    Rule(
        "adoption-changes",
        Severity.HIGH,
        "a deploy that imports what was there before, and changes something at once",
        "ISE is in production on it: what an adoption changes nobody has tried, and the way back is not known yet.",
        _changes_while_importing,
    ),
    Rule(
        "adoption-managed-again",
        Severity.MEDIUM,
        "something of an adopted application that Terraform no longer leaves alone",
        "The stack states none of it, so the next deploy strips it: redirect URIs, exposed scopes, claims.",
        _managed_again,
    ),
    Rule(
        "adoption-left-alone",
        Severity.MEDIUM,
        "something of an adopted application that Terraform leaves alone from now on",
        "Redirect URIs, exposed scopes and claims can then change without any plan that shows it.",
        _left_alone,
    ),
)
