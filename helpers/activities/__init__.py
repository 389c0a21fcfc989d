"""Who changed what, and when: the directory's audit log, read, joined to differences, and told."""

from helpers.activities.activity import Activity, Actor, ActorKind, Change, Key, Modified, Target
from helpers.activities.explaining import ByObject, who_did
from helpers.activities.reading import count_unreadable, read_activities
from helpers.activities.telling import sentence_of
from helpers.activities.windows import FREE_DAYS, PREMIUM_DAYS, Window, window

__all__ = [
    "FREE_DAYS",
    "PREMIUM_DAYS",
    "Activity",
    "Actor",
    "ActorKind",
    "ByObject",
    "Change",
    "Key",
    "Modified",
    "Target",
    "Window",
    "count_unreadable",
    "read_activities",
    "sentence_of",
    "who_did",
    "window",
]
