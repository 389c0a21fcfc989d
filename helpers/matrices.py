"""Environments as jobs that a CI system fans out over its runners, in the form that each system takes.

A job is told names, tenant ids and clouds, each held to its form: they are safe wherever a pipeline writes them down.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from helpers.declaration.listing import cloud_in, tenant_in
from helpers.declaration.peeking import peek
from helpers.declaration.yaml_reading import read_yaml
from helpers.errors import DeclarationErrors

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path


@dataclass(frozen=True)
class Job:
    """Environments that one job works on, all of one tenant and cloud; both are empty where a file does not say."""

    names: tuple[str, ...]
    tenant_id: str
    cloud: str

    @property
    def name(self) -> str:
        """What to call it: its one environment, or the first and how many more, which no environment is called."""
        more = len(self.names) - 1
        return f"{self.names[0]}_and_{more}_more" if more else self.names[0]

    @property
    def variables(self) -> dict[str, str]:
        """What it is told. `stacks` is a value of ISE_INTUNE_STACKS; files are named from the environments' folder."""
        return {
            "name": self.name,
            "stacks": ",".join(self.names),
            "tenant_id": self.tenant_id,
            "cloud": self.cloud,
            "file": " ".join(f"{name}.yaml" for name in self.names),
        }


def jobs_of(files: Mapping[str, Path], *, chunk: int = 1) -> list[Job]:
    """Return jobs of at most `chunk` environments each, sorted by name. None is judged: its own job does that."""
    places = {name: _tenant_and_cloud(path) for name, path in files.items()}
    together = groupby(sorted(places, key=lambda name: (places[name], name)), key=places.__getitem__)
    jobs = (
        Job(names, tenant_id, cloud) for (tenant_id, cloud), same in together for names in _chunks(list(same), chunk)
    )
    return sorted(jobs, key=lambda job: job.names)


def for_github(jobs: Sequence[Job]) -> dict[str, list[dict[str, str]]]:
    """Return a value of GitHub's `strategy.matrix`."""
    return {"include": [job.variables for job in jobs]}


def for_azure(jobs: Sequence[Job]) -> dict[str, dict[str, str]]:
    """Return a value of Azure Pipelines' `strategy.matrix`: by names of letters, digits and underscores alone."""
    return {job.name.replace("-", "_"): job.variables for job in jobs}


def for_gitlab(jobs: Sequence[Job]) -> list[dict[str, str]]:
    """Return a value of GitLab's `parallel.matrix`, whose keys become environment variables."""
    return [{name.upper(): value for name, value in job.variables.items()} for job in jobs]


# What each format is called, who makes it, and how many jobs its system takes at once, where that is documented.
MATRICES: Mapping[str, tuple[Callable[[Sequence[Job]], object], int | None]] = {
    "matrix": (for_github, 256),
    "azure-matrix": (for_azure, None),
    "gitlab-matrix": (for_gitlab, 200),
}


def _tenant_and_cloud(path: Path) -> tuple[str, str]:
    """Return what an environment file says of both, as far as that is one; empty for what is not."""
    try:
        values = read_yaml(peek(path), file=str(path)).values
    except DeclarationErrors:
        return "", ""
    return tenant_in(values) or "", cloud_in(values) or ""


def _chunks(names: Sequence[str], length: int) -> Iterator[tuple[str, ...]]:
    yield from (tuple(names[first : first + length]) for first in range(0, len(names), length))
