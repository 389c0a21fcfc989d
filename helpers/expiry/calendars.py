"""Expiries as a calendar (RFC 5545): a day for each certificate's end, and an alarm when its window begins."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from icalendar import Alarm, Calendar, Event, vDatetime

from helpers.plain_text import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from helpers.expiry.expiries import Expiry


def calendar_text(expiries: Iterable[Expiry], now: datetime) -> str:
    """Return the text of an `.ics` file made at `now`, with CRLF as the RFC wants it."""
    calendar = Calendar()
    calendar.add("prodid", "-//ise-intune//certificate expiry//EN")
    calendar.add("version", "2.0")
    calendar.add("name", "Certificates of Cisco ISE for Intune")
    for expiry in sorted(expiries, key=lambda each: (each.entry.not_after, each.environment)):
        calendar.add_component(_event(expiry, now))
    text: str = calendar.to_ical().decode("utf-8")
    return text


def _event(expiry: Expiry, now: datetime) -> Event:
    certificate, last_day = expiry.entry.certificate, expiry.entry.not_after.date()
    event = Event()
    # The same at every writing and after a rename, so that a calendar replaces what it has.
    event.add("uid", f"{certificate.key_id}.{expiry.environment}@ise-intune")
    event.add("dtstamp", now.replace(microsecond=0))
    event.add("dtstart", last_day)
    event.add("dtend", last_day + timedelta(days=1))
    event.add("transp", "TRANSPARENT")
    event.add("summary", _summary(expiry))
    event.add("description", _description(expiry))
    event.add_component(_alarm(expiry))
    return event


def _alarm(expiry: Expiry) -> Alarm:
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", f"Renew: {_summary(expiry)}")
    trigger = vDatetime(expiry.window_starts.replace(microsecond=0))
    trigger.params["VALUE"] = "DATE-TIME"
    alarm["trigger"] = trigger
    return alarm


def _summary(expiry: Expiry) -> str:
    return f"ISE certificate {expiry.entry.name} of {expiry.environment} expires"


def _description(expiry: Expiry) -> str:
    entry, certificate = expiry.entry, expiry.entry.certificate
    lines = [
        f"Presented by: {', '.join(expiry.entry.nodes)}",
        f"Common name: {one_line(certificate.common_name)}",
        f"SHA-1: {certificate.sha1_hex}",
        f"Valid: {entry.not_before:%Y-%m-%dT%H:%M:%SZ} to {entry.not_after:%Y-%m-%dT%H:%M:%SZ}",
        f"Successor: {', '.join(expiry.successors) or 'none yet: its nodes then cannot ask Intune any more'}",
    ]
    return "\n".join(lines)
