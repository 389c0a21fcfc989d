"""Which key still signs in: the sign-in log and the activity report, read, and a verdict on each key.

A key is *unused* only where six conditions hold (`conditions`); where one does not, nobody can tell, and each says why.
"""

from helpers.usage.judging import KeyUsage, Usage, Verdict, judge
from helpers.usage.keys import Key, keys_of
from helpers.usage.reading import Reported, SignIn, read_activities, read_sign_ins
from helpers.usage.sight import KEPT, LEAST_QUIET, QUIET, Sight

__all__ = [
    "KEPT",
    "LEAST_QUIET",
    "QUIET",
    "Key",
    "KeyUsage",
    "Reported",
    "Sight",
    "SignIn",
    "Usage",
    "Verdict",
    "judge",
    "keys_of",
    "read_activities",
    "read_sign_ins",
]
