"""Each part of an examination, by the functions of the verb that has it to itself."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from cli.drift.sources import OutputFiles, TerraformOutputs, source_of
from cli.drift.watching import Looking, watch
from cli.verify.walking import Wanted, verified, walked
from clients.ise_account import PASSWORD_VARIABLE, USER_VARIABLE
from clients.tls_chain import presented_chains
from helpers.clouds import CLOUDS
from helpers.drifting.assembling import assemble
from helpers.errors import IseIntuneError
from helpers.examination import CERTIFICATES, CHAIN, DECLARATION, DRIFT, OUTPUTS, TRUST, Part, failed
from helpers.expiry import expiries
from helpers.findings import Finding
from helpers.plain_text import counted
from helpers.reports import of_drift, of_verify
from helpers.reports.of_review import plain
from helpers.reports.report import Section
from helpers.rules.declared_certificates import certificate_findings
from helpers.rules.named import misnamed
from helpers.sentences.parts import code, say
from helpers.trust_roots import coverage, coverage_findings, judge, roots
from helpers.verifying.links import NOTICED_MILLISECONDS, Outcome
from helpers.verifying.verified import Proof

if TYPE_CHECKING:
    from pathlib import Path

    from cli.settings import Settings
    from cli.verify.acting import Acting
    from cli.verify.target import Target
    from helpers.declaration.declaration import Declaration
    from helpers.declaration.environments import Judged
    from helpers.declaration.locations import Location
    from helpers.expiry import Expiry
    from helpers.sentences import Sentence
    from helpers.trust_roots import Coverage, Installed, TrustFinding


_NOT_ASKED = "What ISE itself trusts was not read:"


def declaration(judged: Judged) -> Part:
    """Return what `check` says of the file's structure and names."""
    wrong = [*judged.mistakes, *(mistake for each in judged.declarations for mistake in misnamed(each))]
    if wrong:
        return Part(DECLARATION, counted(len(wrong), "mistake"), unchecked=tuple(map(str, wrong)))
    return Part(DECLARATION, "sound")


def certificates(declared: Declaration) -> Part:
    """Return what `check` and `certificate expiry` say of the certificates."""
    now = datetime.now(UTC)
    ends = sorted(expiries(declared, now), key=lambda end: (end.entry.not_after, end.entry.name))
    section = Section("When they end", tuple(map(_end, ends)))
    findings = tuple(certificate_findings(declared, now))
    return Part(CERTIFICATES, counted(len(ends), "certificate"), (section,), findings)


def _end(end: Expiry) -> Sentence:
    left = f"{counted(end.days_left, 'day')} left" if end.days_left >= 0 else "expired"
    followed = f"; followed by {', '.join(end.successors)}" if end.successors else ""
    nodes = ", ".join(end.entry.nodes)
    return say(code(end.entry.name), f" of {nodes}: to {end.entry.not_after:%Y-%m-%d}, {left}{followed}")


def outputs(target: Target) -> Part:
    """Return whether the outputs are of this environment, and lead where they must."""
    # A verification of its own, so that `verify` says the same of it.
    findings = verified(target, Proof.NONE, ()).findings
    return Part(OUTPUTS, target.link.what, findings=findings)


def drift(settings: Settings, declared: Declaration, source: Path | None, *, settle: float) -> Part:
    """Return what `drift` says, without the bytes of certificates."""
    where = OutputFiles(source) if source else TerraformOutputs(settings.root)
    looking = Looking(where, deep=False, settle=settle, cache=settings.root / ".cache" / "drift")
    watched = watch([source_of(declared, where)], (), looking, settings=settings)
    report = of_drift.report_of(assemble(watched, now=datetime.now(UTC)))
    sections = tuple(section for subject in report.subjects for section in subject.sections)
    return Part(
        DRIFT,
        f"{report.verdict} {report.overview}",
        sections,
        tuple(each.finding for each in (*report.findings, *report.accepted)),
        tuple(str(sentence) for section in sections if section.incomplete for sentence in section.sentences),
    )


def trust(declared: Declaration | None, location: Location) -> Part:
    """Return what `trust --probe` says of the hosts, and `ise trust` of what ISE trusts, where it can be asked."""
    now = datetime.now(UTC)
    cloud = declared.cloud if declared else CLOUDS["global"]
    chains, errors = presented_chains(cloud.hosts)
    covered = tuple(coverage(chain, roots(), now) for chain in chains)
    installed, said, unread = _installed(declared)
    found = (*coverage_findings(covered), *(judge(installed, now) if installed is not None else ()))
    return Part(
        TRUST,
        f"{counted(len(roots()), 'root')} for ISE, {counted(len(covered), 'host')} of the cloud {cloud.name}",
        (Section("What the hosts present here", tuple(map(_host, covered))), Section("ISE", (plain(said),))),
        tuple(_finding(each, location) for each in found),
        (*map(str, errors), *unread),
    )


def _installed(declared: Declaration | None) -> tuple[list[Installed] | None, str, tuple[str, ...]]:
    """Return what ISE trusts, if it was asked; a sentence about that; and why it did not say, where it did not."""
    user, password = os.environ.get(USER_VARIABLE, ""), os.environ.get(PASSWORD_VARIABLE, "")
    if declared is None or not declared.ise_api:
        return None, f"{_NOT_ASKED} no `ise.api` is declared.", ()
    if not user or not password:
        return None, f"{_NOT_ASKED} {USER_VARIABLE} and {PASSWORD_VARIABLE} are not set.", ()
    # Takes most of a second: only where it is used.
    from clients.ise_api import IseApi

    try:
        installed = IseApi(declared.ise_api, user=user, password=password).trusted_certificates()
    except IseIntuneError as error:
        return None, f"{_NOT_ASKED} it could not be asked.", (str(error),)
    return installed, f"ISE at {declared.ise_api} trusts {counted(len(installed), 'certificate')}.", ()


def _host(covered: Coverage) -> Sentence:
    return say(code(covered.host), f": covered by {covered.root.name}" if covered.root else f": {covered.why}")


def _finding(found: TrustFinding, location: Location) -> Finding:
    return Finding(found.id, found.severity, found.subject, f"{found.subject}: {found.what}", found.remedy, location)


def chain(settings: Settings, target: Target, acting: Acting) -> Part:
    """Return what `verify` says."""
    if target.cloud is None:
        return failed(CHAIN, ["the outputs cannot be relied on"])
    done = walked(settings, target, Wanted("", NOTICED_MILLISECONDS), acting)
    report = of_verify.report_of(done)
    untested = (f"{link.name}: {link.what}" for link in done.links if link.outcome is Outcome.NOT_TESTED)
    return Part(
        CHAIN,
        " ".join(filter(None, (report.verdict, report.overview, *report.notes))),
        tuple(section for subject in report.subjects for section in subject.sections),
        done.findings,
        tuple(untested),
    )
