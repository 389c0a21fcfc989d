"""What drift is held against: each environment's declaration, and what its last deploy says it made so."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from clients.terraform import is_synthesized, output_json, stack_folder
from helpers.advancing import quietly
from helpers.declaration.environments import judge_files
from helpers.declaration.folder import FOLDER_VARIABLE, environment_paths, select
from helpers.drifting.applied import read_applied
from helpers.errors import InputError, IseIntuneError
from helpers.model import Seen
from helpers.outputs import OutputsFile, read_file

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from helpers.advancing import Advance
    from helpers.declaration.declaration import Declaration
    from helpers.drifting.applied import Applied
    from helpers.outputs import StackOutputs
    from helpers.reviewing.review import Reviewed

# Terraform reads one state at a time, and more processes than this only wait for each other.
_TERRAFORMS = 4
_NO_OUTPUTS = (
    "no outputs of a deploy are here, so a change behind Terraform's back and a declaration that is not deployed yet"
    " look the same: give --outputs, or run where the stack was deployed"
)


@dataclass(frozen=True)
class Source:
    """One environment to look at. `client_id` is empty where nobody knows it; `failure` says then why."""

    declaration: Declaration
    client_id: str = ""
    applied: Applied | None = None
    failure: str = ""
    notes: tuple[str, ...] = ()


class Outputs(Protocol):
    """Where outputs of deploys come from."""

    def of(self, name: str) -> StackOutputs | None:
        """Return a stack's outputs, or None where it has none here. Raises `IseIntuneError` if they cannot be read."""

    def anew(self) -> Outputs:
        """Return the same place, with nothing read from it yet."""


@dataclass
class OutputFiles:
    """What `cdktf deploy --outputs-file` wrote: one file with many stacks, or a folder with `NAME.json`."""

    path: Path
    _read: dict[Path, OutputsFile] = field(default_factory=dict)

    def of(self, name: str) -> StackOutputs | None:
        """Return a stack's outputs; each file is read once."""
        file = self.path / f"{name}.json" if self.path.is_dir() else self.path
        if file not in self._read:
            self._read[file] = read_file(file)
        return self._read[file].stack(name)

    def anew(self) -> OutputFiles:
        """Return the same path, with nothing read yet."""
        return OutputFiles(self.path)


@dataclass(frozen=True)
class TerraformOutputs:
    """What Terraform says of the stacks that were synthesized below `root`."""

    root: Path

    def of(self, name: str) -> StackOutputs | None:
        """Return a stack's outputs, or None where the stack was not synthesized here."""
        folder = stack_folder(self.root, name)
        if not is_synthesized(folder):
            return None
        source = f"outputs of {name}"
        return OutputsFile.of(output_json(folder), name=source).stack(name)

    def anew(self) -> TerraformOutputs:
        """Return itself: Terraform is asked every time."""
        return self


def read_declarations(
    folder: Path, wanted: Collection[str], *, advance: Advance = quietly
) -> tuple[tuple[Declaration, ...], tuple[str, ...]]:
    """Return the sound environments, and every mistake of the others: one bad file hides none of them.

    Raises `InputError` for a name that no file has, and where there is no file at all: that nothing was looked at
    must not pass for clean.
    """
    paths = select(folder, wanted) if wanted else environment_paths(folder)
    if not paths:
        remedy = f"name the environments' folder with {FOLDER_VARIABLE}, or write a first file: `ise-intune new NAME`"
        raise InputError(str(folder), "holds no environment file", remedy)
    judged = judge_files(paths, advance=advance)
    return judged.declarations, tuple(str(mistake) for mistake in judged.mistakes)


def plans_of(
    declarations: Collection[Declaration], planned: Collection[Reviewed]
) -> tuple[tuple[Reviewed, ...], tuple[str, ...]]:
    """Return the one plan of each environment that is looked at, and what is wrong with the others."""
    names = [each.name for each in planned]
    wanted = {each.name for each in declarations}
    wrong = [
        f"plan of {name!r}: no sound environment of that name is looked at; name it too, or leave its plan out"
        for name in dict.fromkeys(names)
        if name not in wanted
    ]
    wrong += [
        f"plan of {name!r}: there is more than one; give the newest alone"
        for name in sorted(wanted)
        if names.count(name) > 1
    ]
    return tuple(each for each in planned if each.name in wanted and names.count(each.name) == 1), tuple(wrong)


def read_sources(
    declarations: Collection[Declaration], outputs: Outputs, *, advance: Advance = quietly
) -> list[Source]:
    """Find each environment's application: by outputs, else by the file; never by a name, which anyone can take."""
    sources: list[Source] = []
    with ThreadPoolExecutor(_TERRAFORMS) as pool:
        # Terraform is a process for each; files are read once, which threads would not see.
        each_of = pool.map if isinstance(outputs, TerraformOutputs) else map
        for source in each_of(lambda declaration: source_of(declaration, outputs), declarations):
            sources.append(source)
            advance("reading outputs", len(sources), len(declarations))
    return sources


def source_of(declaration: Declaration, outputs: Outputs) -> Source:
    """Return one environment with what its last deploy made so."""
    try:
        read = outputs.of(declaration.name)
        kept = declaration.integration if declaration.adopted else None
        applied = read_applied(read, name=f"outputs of {declaration.name}", kept=kept) if read else None
    except IseIntuneError as error:
        return _by_file(declaration, str(error))
    if read is None or applied is None:
        return _by_file(declaration, _NO_OUTPUTS)
    wrong = _of_something_else(declaration, read, applied)
    return Source(declaration, failure=wrong) if wrong else Source(declaration, read.client_id.lower(), applied)


def _of_something_else(declaration: Declaration, read: StackOutputs, applied: Applied) -> str:
    """Say what shows that outputs are of another environment: held against that one, this one would pass for clean."""
    tenant, stated = declaration.integration.tenant_id, declaration.integration.client_id
    if read.tenant_id.lower() != tenant:
        return f"its outputs are of the tenant {read.tenant_id}, and the file names {tenant}; deploy again"
    if applied.name != declaration.name:
        return f"its outputs are of the environment {applied.name!r}; give its own with --outputs"
    if isinstance(stated, Seen) and read.client_id.lower() != stated.items:
        return (
            f"its outputs are of the application {read.client_id}, and {declaration.file} names {stated.items};"
            " correct `client_id` there, or give the outputs of its last deploy"
        )
    if declaration.adopted and read.application_object_id.lower() != declaration.adopted.application:
        return (
            f"its outputs are of the application object {read.application_object_id}, and {declaration.file} adopts"
            f" {declaration.adopted.application}; give the outputs of its last deploy"
        )
    if applied.integration.client_id != Seen(read.client_id.lower()):
        return f"its outputs name the application {read.client_id}, and say that another was applied; deploy again"
    return ""


def _by_file(declaration: Declaration, why: str) -> Source:
    stated = declaration.integration.client_id
    if isinstance(stated, Seen):
        return Source(declaration, stated.items, notes=(why,))
    return Source(declaration, failure=f"{why}; or write `client_id` into {declaration.file}")
