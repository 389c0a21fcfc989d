"""What sound settings of a backend mean together, and what no pattern of a single text can say."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from helpers.declaration.state_settings import HttpState, PgState

if TYPE_CHECKING:
    from helpers.declaration.mistakes import Complaints
    from helpers.declaration.state_settings import StateSettings

# GitLab's managed state: docs.gitlab.com, "GitLab-managed Terraform/OpenTofu state".
_OF_GITLAB = re.compile(r"/api/v4/projects/[^/]+/terraform/state/[^/]+")
_GITLABS_METHODS = {"lock_method": "POST", "unlock_method": "DELETE"}


def judge_state(state: StateSettings | None, complaints: Complaints) -> None:
    """Complain of settings that Terraform would refuse, or not lock with; None is a state without shape."""
    if isinstance(state, PgState) and (state.schema_name or "").startswith("pg_"):
        remedy = "choose another name, or leave it out"
        complaints.about(("state", "schema_name"), "is a name that PostgreSQL keeps for itself", remedy)
    if isinstance(state, HttpState) and _OF_GITLAB.search(state.address):
        _judge_gitlab(state, complaints)


def _judge_gitlab(state: HttpState, complaints: Complaints) -> None:
    lock = f"{state.address}/lock"
    for key in ("lock_address", "unlock_address"):
        if getattr(state, key) != lock:
            remedy = "write the text of `address` and `/lock` after it"
            complaints.about(("state", key), "is not where GitLab locks this state", remedy)
    for key, method in _GITLABS_METHODS.items():
        if getattr(state, key) != method:
            complaints.about(("state", key), f"is not {method}, which GitLab needs", f"write `{key}: {method}`")
