"""How many examples a property is tried on: few while somebody waits, many under `make test-all`.

No example has a deadline: these machines are noisy.
"""

from __future__ import annotations

from hypothesis import settings

QUICK, THOROUGH = "quick", "thorough"
_FEW = 20

settings.register_profile(QUICK, max_examples=_FEW, deadline=None)
settings.register_profile(THOROUGH, max_examples=10 * _FEW, deadline=None)


def examples(number: int) -> int:
    """Return `number`, as many times over as the profile has more examples than the quick one."""
    return number * settings().max_examples // _FEW
