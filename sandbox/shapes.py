"""The shapes of applications that people made in the portal before there was this project, by name."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

# Each says what it is after "an application". How each is made: sandbox/portal/shapes.py.
SHAPES: Mapping[str, str] = MappingProxyType(
    {
        "article-2016": "by Microsoft's article of 2016: pasted certificates, the retired Azure AD Graph",
        "support-tip-2020": "by Microsoft's support tip of 2020: uploaded certificates, delegated permissions",
        "cisco": "by Cisco's guide: each certificate is called as its common name",
        "with-secret": "with a client secret, an expired certificate and somebody else's",
        "redirects-and-owners": "with redirect URIs, an API of its own, and owners of whom one has left",
        "half-in-terraform": "that Terraform made for the pipeline, with certificates by hand",
    }
)
