"""From resources on two sides to what a review needs: the part that a plan and synthesized stacks have in common."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from helpers.errors import InputError
from helpers.reviewing.review import Reviewed
from helpers.reviewing.terraform.beyond import UNDERSTOOD, beyond_model
from helpers.reviewing.terraform.certificates import CertificatesRead
from helpers.reviewing.terraform.grouping import group
from helpers.reviewing.terraform.handed_out import handed_out
from helpers.reviewing.terraform.record import Record, settle
from helpers.reviewing.terraform.resource import APPLICATION, Notes
from helpers.reviewing.terraform.side import Known, Naming, PlannedSide, planned_side
from helpers.rules.rule import Import
from helpers.shapes import short

if TYPE_CHECKING:
    from collections.abc import Mapping

    from helpers.reviewing.terraform.beyond import Change
    from helpers.reviewing.terraform.grouping import Bundle, Grouped
    from helpers.reviewing.terraform.permissions import ApisNamed
    from helpers.reviewing.terraform.record import Output

LEFT_OVER = " (left over, "
_BACK = "behind Terraform's back: "


@dataclass(frozen=True)
class Side:
    """What one side has beside its resources.

    `tenants` and `clouds` are by the key of a provider's configuration. In `outputs` what Terraform has yet to fill in
    stands as the code writes it.
    """

    file: str
    record: Record
    apis_named: ApisNamed
    tenants: Mapping[str, str]
    clouds: Mapping[str, str] = field(default_factory=dict)
    outputs: Mapping[str, Output] = field(default_factory=dict)


@dataclass(frozen=True)
class TwoSides:
    """What a front end brings. `name` is what a single application is called; empty for what its outputs call it.

    `drift` are the changes that somebody made behind Terraform's back; `unclear` are sentences about a resource, by
    its address; `notes` those about no resource. `planned`: Terraform says what happens; else it only follows.
    """

    name: str
    before: Side
    after: Side
    changes: list[Change]
    drift: list[Change] = field(default_factory=list)
    unclear: list[tuple[str, str]] = field(default_factory=list)
    notes: Notes = field(default_factory=Notes)
    certificates: CertificatesRead = field(default_factory=CertificatesRead)
    planned: bool = False


def reviewed(sides: TwoSides) -> list[Reviewed]:
    """Return what happens to each application; what belongs to none is told with the first.

    Raises `InputError` where something is to be told, and there is no application to tell it with.
    """
    before = group(change.before for change in sides.changes if change.before)
    after = group(change.after for change in sides.changes if change.after)
    addresses = list(dict.fromkeys((*before.bundles, *after.bundles)))
    notes = _notes(sides, before, after)
    main = _main(addresses)
    known, found = _drifting(sides)
    reading = _Reading(sides, main, frozenset(change.address for change in sides.changes if change.leaves))
    everything = [
        reading.of(
            address,
            (before.bundles.get(address), after.bundles.get(address)),
            (known.get(address), found.get(address)),
            notes[address],
        )
        for address in addresses
    ]
    return _with_the_rest(everything, notes[""], sides.after.file)


def _import(notes: Notes) -> Import | None:
    return Import(tuple(notes.imported), tuple(notes.touched)) if notes.imported else None


def _main(addresses: list[str]) -> str:
    """Return the application that the outputs speak of: the only one, what failed deploys left over not counted."""
    applications = [address for address in addresses if LEFT_OVER not in address]
    return applications[0] if len(applications) == 1 else ""


@dataclass(frozen=True)
class _Reading:
    """Applications being read, one by one. `leaving` are the addresses where Terraform keeps nothing afterwards."""

    sides: TwoSides
    main: str
    leaving: frozenset[str]

    def of(
        self,
        address: str,
        bundles: tuple[Bundle | None, Bundle | None],
        drift: tuple[Bundle | None, Bundle | None],
        notes: Notes,
    ) -> Reviewed:
        """Return one application on both sides, and as it drifted."""
        if bundles[1] and self._leaves(*bundles):
            notes.outside.append(f"{short(address)} lives on in Entra with all its access, and nobody manages it there")
            bundles = (bundles[0], None)
        name = self._name(notes) if address == self.main else address
        was, will = self._known(address, notes, compared=None not in bundles)
        before = self._side(bundles[0], was, Naming(name, self.sides.before.file), notes, earlier=True)
        after = self._side(bundles[1], will, Naming(name, self.sides.after.file), notes, earlier=False)
        if after and bundles[1] and address == self.main:
            will_be = self.sides.after
            cloud = will_be.clouds.get(bundles[1].application.provider, "")
            notes.outside.extend(handed_out(after, address, cloud, will_be.outputs, planned=self.sides.planned))
        observed = self._observed(drift, was, Naming(name, self.sides.before.file), notes)
        outside, unclear = (tuple(dict.fromkeys(said)) for said in (notes.outside, notes.unclear))
        return Reviewed(name, before, after, observed, outside, unclear, _import(notes))

    def _leaves(self, *bundles: Bundle | None) -> bool:
        """Say whether Terraform keeps nothing of an application afterwards: for its environment, that is its end."""
        return all(each.address in self.leaving for bundle in bundles if bundle for each in bundle.everything)

    def _name(self, notes: Notes) -> str:
        before, after = self.sides.before.record.name, self.sides.after.record.name
        if self.sides.name:
            if {before, after} - {"", self.sides.name}:
                notes.unclear.append(f"the outputs of {self.sides.name} say that it is {after or before}")
            return self.sides.name
        if before and after and before != after:
            notes.unclear.append(f"the state belongs to environment {before}, and the change is for {after}")
        return after or before or self.main

    def _known(self, address: str, notes: Notes, *, compared: bool) -> tuple[Known, Known]:
        """Return what is known beside resources; the outputs speak of one application alone."""
        certificates, sides = self.sides.certificates, (self.sides.before, self.sides.after)
        one, other = (each.record if address == self.main else Record() for each in sides)
        if address in notes.imported and one.decisions is None:
            one = other  # nobody recorded anything of what was not in the state; what is decided now is no change of it
        was, will = settle(one, other, notes) if compared else (one.decisions or {}, other.decisions or {})
        return (
            Known("", certificates, sides[0].apis_named, one, was),
            Known("", certificates, sides[1].apis_named, other, will),
        )

    def _side(
        self, bundle: Bundle | None, known: Known, naming: Naming, notes: Notes, *, earlier: bool
    ) -> PlannedSide | None:
        if bundle is None:
            return None
        tenant = _tenant(bundle, self.sides.before if earlier else self.sides.after, earlier=earlier)
        if not tenant:
            notes.not_seen("the tenant", "is not stated")
        return planned_side(bundle, replace(known, tenant_id=tenant), naming, notes)

    def _observed(
        self, drift: tuple[Bundle | None, Bundle | None], known: Known, naming: Naming, notes: Notes
    ) -> tuple[PlannedSide, PlannedSide] | None:
        expected, found = (self._side(bundle, known, naming, notes, earlier=True) for bundle in drift)
        if expected is None or found is None or expected.integration == found.integration:
            return None
        return expected, found


def _tenant(bundle: Bundle, side: Side, *, earlier: bool) -> str:
    """Return the tenant: of what is there, where it was made; of what will be, where its provider is told to."""
    made_in = next((each.known_text("application_tenant_id").lower() for each in bundle.principals), "")
    told = side.tenants.get(bundle.application.provider, "")
    if not told and len(set(side.tenants.values())) == 1:
        told = next(iter(side.tenants.values()))
    return (made_in or told) if earlier else (told or made_in)


def _notes(sides: TwoSides, before: Grouped, after: Grouped) -> defaultdict[str, Notes]:
    """Return what is to be said beside differences, by application; under an empty address what concerns none."""
    notes: defaultdict[str, Notes] = defaultdict(Notes)
    owners = {**before.owners, **after.owners}
    single = next(iter(owners.values())) if len(set(owners.values())) == 1 else ""
    notes[""].outside.extend(sides.notes.outside)
    notes[""].unclear.extend(sides.notes.unclear)
    for address, sentence in sides.unclear:
        notes[owners.get(address, single)].unclear.append(sentence)
    for change in sides.changes:
        owner = owners.get(change.address, single)
        # With an application goes all that belongs to it: that is said once.
        if change.after or change.type not in UNDERSTOOD or owner in after.bundles:
            notes[owner].outside.extend(beyond_model(change))
        if change.imported:
            notes[owner].imported.append(change.address)
        if sides.planned and change.verb:
            notes[owner].touched.append((change.address, change.verb))
    strays = {stray.address for stray in (*before.strays, *after.strays)}
    for change in sides.changes:
        if change.address in strays and change.type in UNDERSTOOD and change.verb:
            sentence = f"{change.address} {change.verb}; it belongs to no application that is seen here"
            notes[single].unclear.append(sentence)
    for change in sides.drift:
        told = [*beyond_model(change)]
        if change.after is None and change.type == APPLICATION:
            told.append(f"{change.address} was deleted")
        notes[owners.get(change.address, single)].outside.extend(_BACK + sentence for sentence in told)
    return notes


def _drifting(sides: TwoSides) -> tuple[dict[str, Bundle], dict[str, Bundle]]:
    """Return what Terraform knew and what it found, for the applications that differ in it."""
    if not sides.drift:
        return {}, {}
    known = {change.address: change.before for change in sides.changes if change.before}
    found = dict(known)
    for change in sides.drift:
        for side, resource in ((known, change.before), (found, change.after)):
            side.pop(change.address, None)
            if resource:
                side[change.address] = resource
    grouped = [group(side.values()) for side in (known, found)]
    touched = {change.address for change in sides.drift}
    drifted = {owner for each in grouped for address, owner in each.owners.items() if address in touched}
    one, other = ({key: each.bundles[key] for key in drifted & each.bundles.keys()} for each in grouped)
    return one, other


def _with_the_rest(everything: list[Reviewed], rest: Notes, file: str) -> list[Reviewed]:
    if not rest.outside and not rest.unclear:
        return everything
    if not everything:
        said = (*rest.unclear, *rest.outside)[0]
        raise InputError(file, f"holds no application, and yet there is this to say: {said}", "review it by hand")
    first, *others = everything
    outside, unclear = (*first.outside, *dict.fromkeys(rest.outside)), (*first.unclear, *dict.fromkeys(rest.unclear))
    return [replace(first, outside=outside, unclear=unclear), *others]
