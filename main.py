"""Make a stack of each environment file and synthesize them. `cdktf synth`, `diff` and `deploy` run this.

`ISE_INTUNE_STACKS=a,b` selects environments, `ISE_INTUNE_ENVIRONMENTS` names another folder, `ISE_INTUNE_COMMIT` is
recorded in the output `applied`.
"""

from __future__ import annotations

import gc
import os
import sys
from pathlib import Path

from helpers.declaration.environments import read_environments
from helpers.declaration.folder import stacks_selected
from helpers.errors import DeclarationErrors, IseIntuneError

ROOT = Path(__file__).resolve().parent


def main() -> None:
    """Judge every selected file first: nothing starts, and nothing is written, while one has a mistake."""
    # This process lives for seconds and keeps all it makes: looking for garbage costs a tenth of them.
    gc.disable()
    folder = Path(os.environ.get("ISE_INTUNE_ENVIRONMENTS") or os.path.relpath(ROOT / "environments"))
    selected = stacks_selected(os.environ.get("ISE_INTUNE_STACKS", ""))
    declarations = read_environments(folder, only=selected)
    if not declarations:
        sys.exit(f"{folder}: holds no environment; `ise-intune new NAME` writes one")

    from stacks.synthesis import synthesize  # starts Node, so only now

    output = Path(os.environ.get("CDKTF_OUTDIR") or "cdktf.out")
    synthesize(declarations, output=output, root=ROOT, commit=os.environ.get("ISE_INTUNE_COMMIT") or None)


if __name__ == "__main__":
    try:
        main()
    except DeclarationErrors as error:
        sys.exit(f"{error}\nISE_INTUNE_STACKS=NAME,… judges and synthesizes those environments alone")
    except IseIntuneError as error:
        sys.exit(str(error))
