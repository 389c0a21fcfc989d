"""The one comparison: two integrations, or two declarations, and what differs between them."""

from helpers.comparing.declarations import compare_declarations
from helpers.comparing.differences import (
    CertificateEntryAdded,
    CertificateEntryRemoved,
    CertificateEntryRenamed,
    CertificateEntrySwapped,
    CertificateNodesChanged,
    CredentialAdded,
    CredentialChanged,
    CredentialRemoved,
    Difference,
    NotCompared,
    PermissionAdded,
    PermissionRemoved,
    TermChanged,
    ValueAdded,
    ValueChanged,
    ValueRemoved,
)
from helpers.comparing.integrations import compare, without_ids
from helpers.comparing.subjects import subject_of
from helpers.surfaces import Surface

__all__ = [
    "CertificateEntryAdded",
    "CertificateEntryRemoved",
    "CertificateEntryRenamed",
    "CertificateEntrySwapped",
    "CertificateNodesChanged",
    "CredentialAdded",
    "CredentialChanged",
    "CredentialRemoved",
    "Difference",
    "NotCompared",
    "PermissionAdded",
    "PermissionRemoved",
    "Surface",
    "TermChanged",
    "ValueAdded",
    "ValueChanged",
    "ValueRemoved",
    "compare",
    "compare_declarations",
    "subject_of",
    "without_ids",
]
