"""When declared certificates end, who takes over, and how that is told to people and to monitors."""

from helpers.expiry.expiries import Expiry, expiries

__all__ = ["Expiry", "expiries"]
