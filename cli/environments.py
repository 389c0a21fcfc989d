"""`ise-intune environments`: which deployments there are, and which of them a change concerns."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli.completing import environment_names
from cli.exit_codes import COULD_NOT, FINE
from cli.results import complain, json_result, json_text, say, write_result
from cli.tables import table
from helpers.declaration.folder import environment_files, select
from helpers.plain_text import one_line

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cli.concerned import Concerned
    from cli.settings import Settings
    from helpers.declaration.listing import Listed
    from helpers.errors import Mistake

_HELP = """List the environments: name, tenant, ISE release, certificates, where the state is.

NAMES are environments; all without any. Files are read for what is listed, and not judged: `check` does that. One that
cannot be read, or does not say all that is listed, is an error.

--changed-since REV lists only those that a change concerns: their own file changed, or a certificate they name; another
file revokes a certificate they hold; or the code that makes stacks is another. What is compared is the files as they
are here, new ones included, with the commit where REV and HEAD parted. Environments whose file is gone are told apart:
they leave a live application behind.

\b
Formats:
  text           a table
  json           for programs
  names          one name a line; no file is read
  matrix         jobs for GitHub's strategy.matrix, on one line; a job judges its own
  azure-matrix   the same for Azure Pipelines
  gitlab-matrix  the same for GitLab's parallel.matrix

\b
Examples:
  ise-intune environments --format names
  ise-intune environments --changed-since origin/main
  ise-intune environments --changed-since "$BEFORE" --compare revision --format matrix --chunk 10
"""
_COLUMNS = ("NAME", "DISPLAY NAME", "CLOUD", "TENANT", "ISE", "CERTIFICATES", "STATE")
_FORMATS = ("text", "json", "names", "matrix", "azure-matrix", "gitlab-matrix")


@click.command(help=_HELP, short_help="List the environments.")
@click.argument("names", metavar="[NAME]...", nargs=-1, shell_complete=environment_names)
@click.option("--changed-since", metavar="REV", help="Only those that the change since this commit concerns.")
@click.option(
    "--compare",
    type=click.Choice(("merge-base", "revision")),
    help="With the commit where REV and HEAD parted (a review; default), or with REV as it is (a deploy).",
)
@click.option(
    "--code-changes",
    type=click.Choice(("all", "ignore")),
    help="Whether a change of the code that makes stacks concerns all environments (default), or none.",
)
@click.option("--format", "form", type=click.Choice(_FORMATS), default="text", show_default=True)
@click.option(
    "--chunk", type=click.IntRange(min=1), metavar="N", help="In a matrix: up to N environments of one tenant a job."
)
@click.option("--output", type=click.Path(path_type=Path), help="Write the result to this file.")
@click.pass_obj
def environments(
    settings: Settings,
    names: tuple[str, ...],
    *,
    changed_since: str | None,
    compare: str | None,
    code_changes: str | None,
    form: str,
    chunk: int | None,
    output: Path | None,
) -> int:
    """List them, and say which do not even say what is listed."""
    _refuse_lonely(changed_since, compare=compare, code_changes=code_changes, chunk=chunk, form=form)
    concerned = None
    if changed_since is not None:
        from cli.concerned import concerned_by_change

        concerned = concerned_by_change(
            settings, names, changed_since, exactly=compare == "revision", ignore_code=code_changes == "ignore"
        )
    files = concerned.files if concerned else _files(settings, names)
    if form == "names":
        write_result("".join(f"{name}\n" for name in files), output)
        return FINE
    if form.endswith("matrix"):
        write_result(_matrix(files, form, chunk or 1), output)
        return FINE
    return _listed(settings, files, concerned, form=form, output=output)


def _refuse_lonely(
    changed_since: str | None, *, compare: str | None, code_changes: str | None, chunk: int | None, form: str
) -> None:
    """Refuse options without what they are about: a forgotten --changed-since would select everything."""
    if changed_since is None and (compare or code_changes):
        raise click.UsageError("--compare and --code-changes go with --changed-since REV")
    if chunk is not None and not form.endswith("matrix"):
        raise click.UsageError("--chunk goes with --format matrix, azure-matrix or gitlab-matrix")


def _files(settings: Settings, names: tuple[str, ...]) -> dict[str, Path]:
    if names:
        return {path.stem: path for path in select(settings.environments, names)}
    return environment_files(settings.environments)


def _matrix(files: Mapping[str, Path], form: str, chunk: int) -> str:
    from helpers.matrices import MATRICES, jobs_of

    jobs = jobs_of(files, chunk=chunk)
    write, most = MATRICES[form]
    if most is not None and len(jobs) > most:
        complain(f"warning: {len(jobs)} jobs, and this system takes at most {most} at once; --chunk N puts N into one")
    return json_text(write(jobs), indent=None)


def _listed(
    settings: Settings, files: Mapping[str, Path], concerned: Concerned | None, *, form: str, output: Path | None
) -> int:
    found, mistakes = _look(files)
    if form == "json":
        errors = [vars(mistake) for mistake in mistakes]
        write_result(json_result(_content(found, concerned), errors=errors), output)
    else:
        rows = [(*_row(each), *_why(each.name, concerned)) for each in found]
        write_result(table((*_COLUMNS, *(("WHY",) if concerned else ())), rows), output)
        if not files and not concerned:
            say(settings, "no environment yet; `ise-intune new NAME` writes one")
    for mistake in mistakes:
        complain(f"error: {mistake}")
    return COULD_NOT if mistakes else FINE


def _look(files: Mapping[str, Path]) -> tuple[list[Listed], tuple[Mistake, ...]]:
    """Return what is to be listed. Only a file that does not say all of it is judged: its judge says what is wrong."""
    from helpers.declaration.listing import listed, listed_of

    found, unclear = listed(files.values())
    if not unclear:
        return found, ()
    from helpers.declaration.environments import judge_files

    judged = judge_files(unclear)
    found.extend(listed_of(each) for each in judged.declarations)
    return sorted(found, key=lambda each: each.name), judged.mistakes


def _content(found: Sequence[Listed], concerned: Concerned | None) -> dict[str, object]:
    if concerned is None:
        return {"environments": [_as_object(each) for each in found]}
    objects = [{**_as_object(each), "why": concerned.objects(each.name)} for each in found]
    return {"environments": objects, **concerned.content}


def _why(name: str, concerned: Concerned | None) -> tuple[str, ...]:
    if concerned is None:
        return ()
    return (one_line("; ".join(str(reason) for reason in concerned.reasons[name])),)


def _row(environment: Listed) -> tuple[str, ...]:
    return (
        environment.name,
        one_line(environment.display_name),
        environment.cloud,
        environment.tenant_id,
        str(environment.ise),
        str(len(environment.certificates)),
        environment.state,
    )


def _as_object(environment: Listed) -> dict[str, object]:
    return {
        "name": environment.name,
        "file": environment.file,
        "display_name": environment.display_name,
        "cloud": environment.cloud,
        "tenant_id": environment.tenant_id,
        "ise": {"release": environment.ise.release, "patch": environment.ise.patch},
        "admin_consent": environment.admin_consent.value,
        "certificates": [
            {"name": entry.name, "nodes": list(entry.nodes), "file": entry.file} for entry in environment.certificates
        ],
        "state": environment.state,
    }
