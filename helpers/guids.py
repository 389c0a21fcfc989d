"""GUIDs as texts, by which Entra names everything."""

from __future__ import annotations

import re

GUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
NO_GUID = "00000000-0000-0000-0000-000000000000"
"""What `ise-intune new` writes where a person must fill one in; refused wherever it stands."""
