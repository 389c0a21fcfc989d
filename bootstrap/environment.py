"""The environment variables under which this project's programs run: the one place that knows them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bootstrap.layout import Layout

# Set by a person for their own Python or pip, these would send the installation elsewhere, or, the last one, have every
# process here compile everything anew: a third of what the tests cost.
ASTRAY = (
    "PIP_PREFIX",
    "PIP_REQUIRE_VIRTUALENV",
    "PIP_ROOT",
    "PIP_TARGET",
    "PIP_USER",
    "PYTHONHOME",
    "PYTHONPATH",
    "PYTHONDONTWRITEBYTECODE",
)


def tool_variables(layout: Layout) -> dict[str, str]:
    """Return what cdktf, jsii, npm and Terraform need to know, without PATH.

    All caches stay below the project's folder, and no program looks for newer versions of itself.
    """
    cache = layout.cache
    return {
        "CDKTF_HOME": str(cache / "cdktf"),
        "CHECKPOINT_DISABLE": "1",
        "DISABLE_VERSION_CHECK": "1",
        "HYPOTHESIS_STORAGE_DIRECTORY": str(cache / "hypothesis"),
        "JSII_NODE": str(layout.node),
        "JSII_RUNTIME_PACKAGE_CACHE_ROOT": str(cache / "jsii"),
        # cdktf-cli 0.21's pty add-on loads on Node 20 only, whose end of life jsii announces at every start.
        "JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION": "20",
        "RUFF_CACHE_DIR": str(cache / "ruff"),
        "npm_config_cache": str(cache / "npm"),
    }


def run_environment(layout: Layout, caller: Mapping[str, str]) -> dict[str, str]:
    """Return the caller's environment as if the project's were activated in it, with the tools' variables."""
    kept = {name: value for name, value in caller.items() if name not in ASTRAY}
    path = os.pathsep.join([str(layout.scripts), caller.get("PATH", os.defpath)])
    return kept | tool_variables(layout) | {"PATH": path, "VIRTUAL_ENV": str(layout.venv)}
