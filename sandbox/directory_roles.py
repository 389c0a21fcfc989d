"""Microsoft's own directory roles: their template ids are the same everywhere.

Source: MicrosoftDocs/entra-docs, role-based-access-control/permissions-reference.md.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

ROLE_NAMES: Mapping[str, str] = MappingProxyType(
    {
        "62e90394-69f5-4237-9190-012177145e10": "Global Administrator",
        "e8611ab8-c189-46e8-94e1-60213ab1f814": "Privileged Role Administrator",
        "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3": "Application Administrator",
        "158c047a-c907-4556-b7ef-446551a6b5f7": "Cloud Application Administrator",
        "3a2c62db-5318-420d-8d74-23affee5d9d5": "Intune Administrator",
        "fe930be7-5e62-47db-91af-98c3a49a38b1": "User Administrator",
        "f2ef992c-3afb-46b9-b7cf-a126ee74c451": "Global Reader",
        "88d8e3e3-8f55-4a1e-953a-9b9898b8876b": "Directory Readers",
        "4a5d8f65-41da-4de4-8968-e035b65339cf": "Reports Reader",
    }
)
