"""Where code is hosted: comments on changes, their statuses, and issues, on GitHub, GitLab and Azure DevOps.

Which one, where it is and what happened is told by the variables that its own runners set; the change's number comes
from the event, never from what a job of the change left behind.
"""

from __future__ import annotations

from contextlib import contextmanager
from types import MappingProxyType
from typing import TYPE_CHECKING

import httpx

from clients.forges.azure_devops import AzureDevOps, pull_request_in
from clients.forges.forge import Change, Forge, Issue, Verdict
from clients.forges.github import GitHub
from clients.forges.gitlab import GitLab, told_of
from helpers.errors import InputError, ServiceError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["Change", "Forge", "Issue", "Verdict", "change_in", "forge_of"]

_BY_VARIABLE: Mapping[str, type[GitHub | GitLab | AzureDevOps]] = MappingProxyType(
    {"GITHUB_ACTIONS": GitHub, "GITLAB_CI": GitLab, "TF_BUILD": AzureDevOps}
)


@contextmanager
def forge_of(environment: Mapping[str, str]) -> Iterator[Forge]:
    """Give the forge whose runner this is.

    Raises `InputError` anywhere else and where a variable lacks, `ServiceError` where an answer is of another form.
    """
    with httpx.Client(timeout=30, follow_redirects=False) as http:
        forge = _kind(environment).of(environment, http)
        try:
            yield forge
        except (KeyError, TypeError, AttributeError):
            # What a forge answers is read as its documentation has it.
            failure = ServiceError("the forge", "answered in another form than it documents", "try again later")
        else:
            return
    raise failure


def change_in(environment: Mapping[str, str]) -> tuple[int, str]:
    """Return the number and the commit of the change that the event is about, without asking anybody.

    Raises `InputError` where the event does not say: GitHub's does not, and needs no telling.
    """
    kind = _kind(environment)
    if kind is GitLab:
        return told_of(environment)
    if kind is AzureDevOps:
        return pull_request_in(environment)
    raise InputError("the event", "names no change by itself", "on GitHub the workflow's checkout brings the change")


def _kind(environment: Mapping[str, str]) -> type[GitHub | GitLab | AzureDevOps]:
    for variable, forge in _BY_VARIABLE.items():
        if environment.get(variable, "").lower() == "true":
            return forge
    remedy = "run it in a pipeline of GitHub Actions, GitLab or Azure DevOps; to read it here, use `ise-intune review`"
    raise InputError("post", "this is no pipeline's runner, so nobody knows where to post", remedy)
