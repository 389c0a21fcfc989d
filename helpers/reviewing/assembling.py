"""A review put together: both sides of each environment compared, the rules asked, nothing passed over."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from helpers.advancing import quietly
from helpers.comparing import (
    CredentialAdded,
    CredentialRemoved,
    PermissionAdded,
    PermissionRemoved,
    Surface,
    compare,
    compare_declarations,
    without_ids,
)
from helpers.comparing.declarations import added_entries, removed_entries
from helpers.declaration.decisions import revocations_in
from helpers.declaration.declaration import CertificateEntry
from helpers.errors import InputError
from helpers.model import Exposure, Integration, NotSeen, Seen
from helpers.reviewing.folders import read_folders
from helpers.reviewing.review import EnvironmentReview, Review, Reviewed, Status
from helpers.reviewing.terraform.credentials import IMPORTED
from helpers.rules import drift_rules
from helpers.rules.policy import Policy
from helpers.rules.registry import RULES, findings_of
from helpers.rules.rule import Case

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping
    from datetime import datetime
    from pathlib import Path

    from helpers.advancing import Advance
    from helpers.comparing.declarations import EntryDifference
    from helpers.comparing.differences import Difference, TermChanged
    from helpers.declared import Declared
    from helpers.reviewing.review import AnyDifference


def review_folders(
    before: Path, after: Path, *, now: datetime, policy: Policy | None = None, advance: Advance = quietly
) -> Review:
    """Review what changes between two folders: of environment files, or synthesized outputs (with a manifest.json).

    No code of either side is run. A file with mistakes, on either side, is an error of the review.
    Raises `InputError` if one of them is no folder, if they are not of one kind, or for an output that cannot be read.
    """
    outputs = [(folder / "manifest.json").is_file() for folder in (before, after)]
    if all(outputs):
        from helpers.reviewing.synthesized_reading import review_synthesized

        return review_sources(review_synthesized(before, after), now=now, policy=policy, advance=advance)
    if any(outputs):
        cause = "one is an output of cdktf and the other is not"
        raise InputError(f"{before} and {after}", cause, "compare two outputs, or two folders of environment files")
    sources, errors = read_folders(before, after, advance=advance)
    return review_sources(sources, now=now, policy=policy, errors=errors, advance=advance)


def review_sources(
    sources: Iterable[Reviewed],
    *,
    now: datetime,
    policy: Policy | None = None,
    errors: Iterable[str] = (),
    advance: Advance = quietly,
) -> Review:
    """Review environments as some source says they were and will be; `errors` are what it could not read."""
    policy = policy or Policy()
    sources = sorted(sources, key=lambda each: each.name)
    revoking = _revoking(sources)
    environments = []
    for number, source in enumerate(sources, start=1):
        environments.append(_environment(source, now, policy, revoking))
        advance("comparing environments", number, len(sources))
    return Review(tuple(environments), tuple(errors), policy.gate)


def _revoking(sources: Iterable[Reviewed]) -> dict[str, set[str]]:
    """Return which environments revoke a certificate or key once the change is made, by its SHA-256."""
    revoking: dict[str, set[str]] = {}
    for source in sources:
        for _, fingerprints in revocations_in(source.after.decisions) if source.after else ():
            for fingerprint in fingerprints:
                revoking.setdefault(fingerprint, set()).add(source.name)
    return revoking


def _environment(
    source: Reviewed, now: datetime, policy: Policy, revoking: Mapping[str, Collection[str]]
) -> EnvironmentReview:
    drift = _drift(source)
    case = _case(source, now, policy, drift)
    case = replace(case, revoked_elsewhere=_elsewhere(source, revoking))
    declared = source.after or source.before
    if declared is None:
        raise InputError(source.name, "is neither before nor after", "give a source that holds it")
    changes = (*_told_once(case), *case.changes)
    status = _status(source, changes)
    # What stands in an unchanged environment is not this change's; what somebody else changed is everybody's.
    rules = RULES if status is not Status.UNCHANGED else drift_rules.RULES
    return EnvironmentReview(
        name=source.name,
        file=declared.file,
        application=_display_name(declared.integration),
        status=status,
        changes=changes,
        drift=drift,
        outside=source.outside,
        unclear=source.unclear,
        findings=findings_of(case, policy, rules=rules),
        consent=declared.decisions.get("permissions.admin_consent", "manual"),
    )


def _elsewhere(source: Reviewed, revoking: Mapping[str, Collection[str]]) -> frozenset[str]:
    return frozenset(fingerprint for fingerprint, names in revoking.items() if set(names) - {source.name})


def _case(source: Reviewed, now: datetime, policy: Policy, drift: tuple[Difference, ...]) -> Case:
    before, after = source.before, source.after
    return Case(
        name=source.name,
        before=before,
        after=after,
        differences=_differences(before, after),
        changes=_changes(before, after),
        now=now,
        max_lifetime_days=policy.max_certificate_lifetime_days,
        outside=source.outside,
        drift=drift,
        imports=source.imports,
    )


def _differences(before: Declared | None, after: Declared | None) -> tuple[Difference, ...]:
    one = before.integration if before else _nothing(after)
    other = after.integration if after else _nothing(before)
    return without_ids(compare(*_without_untouched(one, other))) if one and other else ()


def _without_untouched(one: Integration, other: Integration) -> tuple[Integration, Integration]:
    """Leave out the certificates that Terraform took over and that stay as they are.

    It knows their bytes on neither side, and so changes none: that nobody compared them is no news of this change.
    """
    before, after = one.credentials, other.credentials
    if isinstance(before, NotSeen) or isinstance(after, NotSeen):
        return one, other
    untouched = {each for each in before.items & after.items if each.fingerprint == IMPORTED}
    return (
        replace(one, credentials=Seen(before.items - untouched)),
        replace(other, credentials=Seen(after.items - untouched)),
    )


def _changes(before: Declared | None, after: Declared | None) -> tuple[EntryDifference | TermChanged, ...]:
    if before and after:
        return compare_declarations(before, after)
    if after:
        return added_entries(after)
    return removed_entries(before) if before else ()


def _told_once(case: Case) -> Iterator[Difference]:
    """Yield the differences in Entra that no entry and no other difference tells as well.

    A certificate is told by its entry, which knows its name and nodes. A permission that is asked for and granted in
    one change is told as asked for.
    """
    entries = {key_id for change in case.changes for key_id in _key_ids(change)}
    asked = {_as_granted(each) for each in case.differences}
    for difference in case.differences:
        told_by_entry = (
            isinstance(difference, (CredentialAdded, CredentialRemoved)) and difference.credential.key_id in entries
        )
        if not told_by_entry and difference not in asked:
            yield difference


def _key_ids(change: EntryDifference | TermChanged) -> Iterator[str]:
    for side in ("entry", "before", "after"):
        entry = getattr(change, side, None)
        if isinstance(entry, CertificateEntry):
            yield entry.key_id


def _as_granted(difference: Difference) -> Difference | None:
    """Return what a requested permission's difference looks like where it is granted as well."""
    if isinstance(difference, (PermissionAdded, PermissionRemoved)) and difference.surface is Surface.REQUESTED:
        return replace(difference, surface=Surface.GRANTED)
    return None


def _drift(source: Reviewed) -> tuple[Difference, ...]:
    if source.observed is None:
        return ()
    known, found = source.observed
    return without_ids(compare(known.integration, found.integration))


def _nothing(declared: Declared | None) -> Integration | None:
    """Return what there is of an environment where it is not: the same names, and no access at all."""
    if declared is None:
        return None
    there, empty = declared.integration, Seen(frozenset[str]())
    return replace(
        there,
        application=replace(there.application, owners=empty, exposure=Seen(Exposure())),
        service_principal=replace(there.service_principal, owners=empty, settings=empty),
        requested=Seen(frozenset()),
        granted=Seen(frozenset()),
        credentials=Seen(frozenset()),
    )


def _status(source: Reviewed, changes: tuple[AnyDifference, ...]) -> Status:
    if source.before is None:
        return Status.ADDED
    if source.after is None:
        return Status.REMOVED
    return Status.CHANGED if changes or source.outside or source.unclear or source.imports else Status.UNCHANGED


def _display_name(integration: Integration) -> str:
    name = integration.application.display_name
    return name.items if isinstance(name, Seen) else f"(not known: {name.reason})"
