"""Tags that Entra gives a meaning, as the switches Terraform has for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sandbox.provider.values import Value, Values

_TAGS = {
    "custom_single_sign_on": "WindowsAzureActiveDirectoryCustomSingleSignOnApplication",
    "enterprise": "WindowsAzureActiveDirectoryIntegratedApp",
    "gallery": "WindowsAzureActiveDirectoryGalleryApplicationNonPrimaryV1",
    "hide": "HideApp",
}


def expand_features(blocks: Value) -> list[str]:
    """Return the tags for a `feature_tags` block."""
    switches = (blocks or [{}])[0] or {}
    return [tag for name, tag in _TAGS.items() if switches.get(name)]


def flatten_features(tags: list[str] | None) -> list[Values]:
    """Return the `feature_tags` block for an object's tags."""
    present = {tag.lower() for tag in tags or []}
    return [{name: tag.lower() in present for name, tag in _TAGS.items()}]


def flatten_deprecated_features(tags: list[str] | None) -> list[Values]:
    """Return the `features` block, older than `feature_tags` and still in every state."""
    (switches,) = flatten_features(tags)
    return [
        {
            "custom_single_sign_on_app": switches["custom_single_sign_on"],
            "enterprise_application": switches["enterprise"],
            "gallery_application": switches["gallery"],
            "visible_to_users": not switches["hide"],
        }
    ]
