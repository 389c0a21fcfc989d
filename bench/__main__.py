"""`make bench`: print figures beside their bounds. Exit code 2 when one is over.

`make bench ARGS="deploys"` measures the groups it names instead of the usual ones; `ARGS=all` every one.
"""

from __future__ import annotations

import shutil
import statistics
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from bench import adopt, beside_plans, concurrent_deploys, drift
from bench.environments import change_first, write_certificates, write_environments
from bench.measuring import ISE_INTUNE, ROOT, Failed, Figure, once, python, ratio
from bench.plans import write_plan

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping


def main(names: list[str]) -> int:
    """Measure the named groups, a line as soon as it is known."""
    unknown = [name for name in names if name not in {*GROUPS, "all"}]
    if unknown:
        print(f"{unknown[0]}: is no group; choose from all, {', '.join(GROUPS)}", file=sys.stderr)
        return 1
    print("Ratios are medians of processor time over runs that take turns (wall time in brackets).")
    figures = []
    try:
        for figure in measured(GROUPS if "all" in names else names or USUAL):
            figures.append(figure)
            print(figure.line, flush=True)
    except Failed as error:
        print(f"not measured: {error}")
        return 1
    return 0 if all(figure.good for figure in figures) else 2


def measured(names: Iterable[str]) -> Iterator[Figure]:
    """Yield the figures of these groups."""
    for name in names:
        yield from GROUPS[name]()


def starting() -> Iterator[Figure]:
    """Yield what it costs to be told anything at all."""
    yield compared("ise-intune --help / python -c pass", [ISE_INTUNE, "--help"], python("-c", "pass"), 3.0, runs=15)
    certificate = ROOT / "environments" / "certificates" / "example-psn-01.pem"
    yield compared(
        "ise-intune certificate show / import cryptography.x509",
        [ISE_INTUNE, "certificate", "show", str(certificate)],
        python("-c", "import cryptography.x509"),
        2.0,
        runs=15,
    )


def reviews() -> Iterator[Figure]:
    """Yield what reviews of folders and of a plan cost."""
    yield folder_review(1, 0.3)
    yield folder_review(1000, 3.0)
    yield from plan_review(1000)


def drifts() -> Iterator[Figure]:
    """Yield what it costs to look at a large tenant."""
    yield from drift.unchanged(1000)
    yield from drift.all_changed(1000)
    yield drift.deep(1000)
    yield from beside_plans.measured(100)


def targets() -> Iterator[Figure]:
    """Yield how long `make` takes once everything is set up; each is run twice, and the second one counts."""
    for target, bound in (("demo", 60.0), ("test", 120.0)):
        yield seconds(f"make {target}, second run", ["make", "--silent", target], bound)


def compared(what: str, command: list[str], base: list[str], bound: float, *, runs: int) -> Figure:
    """Return a command's cost as a multiple of another's."""
    result = ratio(command, base, cwd=ROOT, runs=runs)
    shown = f"{result.processor:.2f} x ({result.wall:.2f} x), at most {bound} x"
    return Figure(what, result.processor, bound, shown)


def synthesis(count: int, bound: float) -> Iterator[Figure]:
    """Yield what `python main.py` costs for so many environments, of the least program for the same stacks."""
    with tempfile.TemporaryDirectory() as folder:
        environments = Path(folder) / "environments"
        write_environments(environments, count)
        result = ratio(
            python("main.py"),
            python("bench/minimal.py", f"{folder}/minimal.out", str(count)),
            cwd=ROOT,
            variables={"ISE_INTUNE_ENVIRONMENTS": str(environments), "CDKTF_OUTDIR": f"{folder}/cdktf.out"},
            runs=5,
        )
    shown = f"{result.processor:.2f} x ({result.wall:.2f} x), at most {bound} x"
    what = f"python main.py, {count} environments / bench/minimal.py"
    yield Figure(what, result.processor, bound, shown)
    yield Figure(f"{what}, memory", result.memory, bound, f"{result.memory:.2f} x, at most {bound} x")


def one_among(count: int, bound: float) -> Figure:
    """Return what `python main.py` costs for one environment among so many, of what it costs for one alone."""
    with tempfile.TemporaryDirectory() as folder:
        commands = []
        for among in (count, 1):
            write_environments(Path(folder, str(among)), among)
            variables = {"ISE_INTUNE_ENVIRONMENTS": f"{folder}/{among}", "CDKTF_OUTDIR": f"{folder}/{among}.out"}
            variables["ISE_INTUNE_STACKS"] = "environment-0"
            commands.append(["env", *(f"{name}={value}" for name, value in variables.items()), *python("main.py")])
        result = ratio(*commands, cwd=ROOT, runs=15)
    shown = f"{result.processor:.2f} x ({result.wall:.2f} x), at most {bound} x"
    return Figure(f"python main.py, one of {count} environments / one alone", result.processor, bound, shown)


def listing(count: int, bound: float) -> Iterator[Figure]:
    """Yield what listing so many environments costs, of reading their files with PyYAML and nothing else."""
    with tempfile.TemporaryDirectory() as folder:
        environments = Path(folder, "environments")
        write_environments(environments, count)
        for form in ("text", "json", "matrix"):
            yield compared(
                f"ise-intune environments --format {form}, {count} files / PyYAML",
                ["env", f"ISE_INTUNE_ENVIRONMENTS={environments}", ISE_INTUNE, "environments", "--format", form],
                python("bench/bare_yaml.py", str(environments)),
                bound,
                runs=9,
            )


def expiries(count: int, bound: float) -> Figure:
    """Return how long the expiries of `count` certificates take, read from as many files."""
    with tempfile.TemporaryDirectory() as folder:
        environments = Path(folder, "environments")
        write_certificates(environments, count)
        variables = {"ISE_INTUNE_ENVIRONMENTS": str(environments)}
        taken = once([ISE_INTUNE, "certificate", "expiry"], cwd=ROOT, variables=variables).wall
    return Figure(
        f"ise-intune certificate expiry, {count} certificates", taken, bound, f"{taken:.1f} s, at most {bound:.0f} s"
    )


def folder_review(count: int, bound: float) -> Figure:
    """Return what reviewing a change of one among so many environments takes, less the start of Python."""
    with tempfile.TemporaryDirectory() as folder:
        before, after = Path(folder) / "before", Path(folder) / "after"
        write_environments(before, count)
        shutil.copytree(before, after)
        change_first(after)
        command = [ISE_INTUNE, "review", "--before", str(before), "--after", str(after), "--output", f"{folder}/out"]
        runs = [
            (once(command, cwd=ROOT, ending=(2,)).wall, once(python("-c", "pass"), cwd=ROOT).wall) for _ in range(5)
        ]
    taken = statistics.median(whole - start for whole, start in runs)
    shown = f"{taken:.2f} s beyond the interpreter's start, at most {bound} s"
    return Figure(f"ise-intune review, two folders of {count}", taken, bound, shown)


def plan_review(count: int) -> Iterator[Figure]:
    """Yield what reviewing a plan of so many applications takes, in seconds and in MiB."""
    with tempfile.TemporaryDirectory() as folder:
        plan = Path(folder) / "plan.json"
        write_plan(plan, count)
        command = [ISE_INTUNE, "review", "--plan", str(plan), "--output", f"{folder}/review.txt"]
        runs = [once(command, cwd=ROOT, ending=(2,)) for _ in range(3)]  # it finds something in every one of them
        wall, memory = sorted(run.wall for run in runs)[1], max(run.memory for run in runs)
        size = plan.stat().st_size
    what = f"ise-intune review --plan, {count} applications"
    yield Figure(what, wall, 3.0, f"{wall:.1f} s for {size / 1e6:.0f} MB, at most 3 s")
    yield Figure(what, memory, 500.0, f"{memory:.0f} MiB, at most 500 MiB")


def seconds(what: str, command: list[str], bound: float) -> Figure:
    """Return how long a command takes the second time."""
    once(command, cwd=ROOT)
    taken = once(command, cwd=ROOT).wall
    return Figure(what, taken, bound, f"{taken:.0f} s, at most {bound:.0f} s on 2 cores")


GROUPS: Mapping[str, Callable[[], Iterable[Figure]]] = {
    "start": starting,
    "synthesis": lambda: (*synthesis(1, 1.4), *synthesis(100, 1.15), one_among(1000, 1.1)),
    "listing": lambda: listing(1000, 2.0),
    "expiry": lambda: [expiries(10_000, 10.0)],
    "review": reviews,
    "drift": drifts,
    "adopt": adopt.one_application,
    "targets": targets,
    # These take minutes.
    "thousand": lambda: synthesis(1000, 1.15),
    "deploys": lambda: concurrent_deploys.measured(20),
}
USUAL = ("start", "synthesis", "listing", "expiry", "review", "drift", "adopt", "targets")

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
