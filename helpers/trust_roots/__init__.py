"""The public roots below which Microsoft's services stand, and what of them an ISE deployment has. Facts: domain.md §8.

`roots` are what ISE shall trust, `missing` and `judge` compare them with what is installed, `import_payload` is what
ISE's API takes. Pure but for one package's file: the certificates come from `certifi`, by their fingerprints.
"""

from helpers.trust_roots.covering import Coverage, PresentedChain, coverage, coverage_findings
from helpers.trust_roots.installed import Installed, Listed, read_installed
from helpers.trust_roots.judging import TrustFinding, judge, missing
from helpers.trust_roots.payloads import import_payload
from helpers.trust_roots.roots import FORMER_ROOTS, FormerRoot, Purpose, Root, bundle, roots

__all__ = [
    "FORMER_ROOTS",
    "Coverage",
    "FormerRoot",
    "Installed",
    "Listed",
    "PresentedChain",
    "Purpose",
    "Root",
    "TrustFinding",
    "bundle",
    "coverage",
    "coverage_findings",
    "import_payload",
    "judge",
    "missing",
    "read_installed",
    "roots",
]
