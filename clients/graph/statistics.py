"""What a run cost: for whoever asks for more words, and for the figures."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Statistics:
    """`round_trips` are what went over the wire, `requests` what Graph counts: those inside batches one by one.

    `resource_units` are Graph's own count where it told one, else by its table. `throttled` counts answers 429.
    """

    round_trips: int = 0
    requests: int = 0
    resource_units: int = 0
    throttled: int = 0
    seconds_waited: float = 0.0


@dataclass
class Tally:
    """The same while it is being counted."""

    round_trips: int = 0
    requests: int = 0
    resource_units: int = 0
    throttled: int = 0
    seconds_waited: float = 0.0

    def counted(self) -> Statistics:
        """Return what has been counted so far."""
        return Statistics(
            self.round_trips, self.requests, self.resource_units, self.throttled, round(self.seconds_waited, 3)
        )
