"""Environments as jobs: what each CI system takes, and what none can be made to take."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from helpers.matrices import MATRICES, Job, for_azure, for_github, for_gitlab, jobs_of
from tests.declaring import TENANT, write_environment

if TYPE_CHECKING:
    from pathlib import Path

OTHER = "22222222-2222-2222-2222-222222222222"


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    """Return five environments: three of one tenant, one of another, one in another cloud."""
    tenants = {"a": TENANT, "b-1": OTHER.upper(), "c": TENANT, "d": TENANT, "e": TENANT}
    clouds = {"d": "china"}
    return {
        name: write_environment(tmp_path, name, tenant_id=tenant, cloud=clouds.get(name), certificates=None)
        for name, tenant in tenants.items()
    }


def test_each_environment_is_a_job_of_its_own(files: dict[str, Path]) -> None:
    assert jobs_of(files) == [
        Job(("a",), TENANT, "global"),
        Job(("b-1",), OTHER, "global"),
        Job(("c",), TENANT, "global"),
        Job(("d",), TENANT, "china"),
        Job(("e",), TENANT, "global"),
    ]


@pytest.mark.parametrize(
    ("chunk", "expected"),
    [
        (2, [("a", "c"), ("b-1",), ("d",), ("e",)]),
        (3, [("a", "c", "e"), ("b-1",), ("d",)]),
        (99, [("a", "c", "e"), ("b-1",), ("d",)]),
    ],
)
def test_a_job_has_environments_of_one_tenant_and_cloud_only(
    files: dict[str, Path], chunk: int, expected: list[tuple[str, ...]]
) -> None:
    assert [job.names for job in jobs_of(files, chunk=chunk)] == expected


def test_github_takes_a_list_to_include(files: dict[str, Path]) -> None:
    assert for_github(jobs_of(files, chunk=3))["include"][:2] == [
        {
            "name": "a_and_2_more",
            "stacks": "a,c,e",
            "tenant_id": TENANT,
            "cloud": "global",
            "file": "a.yaml c.yaml e.yaml",
        },
        {"name": "b-1", "stacks": "b-1", "tenant_id": OTHER, "cloud": "global", "file": "b-1.yaml"},
    ]


def test_azure_takes_names_without_hyphens(files: dict[str, Path]) -> None:
    legs = for_azure(jobs_of(files))
    assert list(legs) == ["a", "b_1", "c", "d", "e"]
    assert legs["b_1"]["name"] == "b-1"


def test_gitlab_takes_environment_variables(files: dict[str, Path]) -> None:
    first = for_gitlab(jobs_of(files))[0]
    assert first == {"NAME": "a", "STACKS": "a", "TENANT_ID": TENANT, "CLOUD": "global", "FILE": "a.yaml"}


@pytest.mark.parametrize(
    ("form", "nothing"), [("matrix", {"include": []}), ("azure-matrix", {}), ("gitlab-matrix", [])]
)
def test_no_environment_is_no_job(form: str, nothing: object) -> None:
    assert MATRICES[form][0](jobs_of({})) == nothing


@pytest.mark.parametrize(
    "text",
    [
        'tenant_id: "$(touch owned)"\ncloud: "; touch owned"\n',
        "tenant_id: [1]\ncloud: {a: b}\n",
        "tenant_id: ${{ secrets.TOKEN }}\n",
        "{",
        "",
        f"tenant_id: {TENANT}-0\ncloud: Global\n",
    ],
    ids=["shell", "shapes", "expression", "no-yaml", "empty", "nearly"],
)
def test_what_has_not_its_form_does_not_reach_a_job(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.yaml").write_text(text, encoding="utf-8")
    for form in MATRICES:
        written = json.dumps(MATRICES[form][0](jobs_of({"a": tmp_path / "a.yaml"})))
        assert not re.search(r"[$;(]|\bowned|secrets|-0\b", written)


def test_two_jobs_never_share_a_name(tmp_path: Path) -> None:
    files = {f"a-{number}": write_environment(tmp_path, f"a-{number}", certificates=None) for number in range(9)}
    for chunk in (1, 2, 3):
        jobs = jobs_of(files, chunk=chunk)
        assert len({job.name for job in jobs}) == len(for_azure(jobs)) == len(jobs)
