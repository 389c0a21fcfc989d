"""Start as Terraform starts a provider, or say why not."""

from __future__ import annotations

import os
import sys

_STARTED_BY_TERRAFORM = "TF_PLUGIN_MAGIC_COOKIE"


def main() -> int:
    """Serve Terraform; outside the sandbox it is told so as a diagnostic, a person in one line."""
    if _STARTED_BY_TERRAFORM not in os.environ:
        sys.stderr.write("This is a Terraform provider for the sandbox of ise-intune; Terraform starts it.\n")
        return 1
    from sandbox.provider.serve import serve

    serve()
    return 0


if __name__ == "__main__":
    sys.exit(main())
