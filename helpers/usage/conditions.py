"""The six conditions under which a key that was not seen may count as unused; each yields why it does not hold.

1. The log was read, and reaches back at least the quiet time. 2. It is alive. 3. The activity report agrees. 4. Every
node of the key has signed in with another certificate since, one that no other node presents: a key of one node alone
is exact, addresses are not. Of a key that nobody declared, any node may be the one. 5. Every row says which key it is
of. 6. The quiet time is longer than tokens live and ISE pauses (`sight.LEAST_QUIET`), and nodes that stand by are
named.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from helpers.moments import minute
from helpers.plain_text import counted
from helpers.usage.keys import presents
from helpers.usage.sight import LEAST_QUIET, SETTLING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime

    from helpers.usage.keys import Key
    from helpers.usage.sight import Case

# The two may give one sign-in slightly different times.
_SAME = timedelta(minutes=5)


def log_was_read(case: Case) -> Iterator[str]:
    """(1) Nothing is missing of the log."""
    unread = case.sight.log_unread
    if unread and unread == case.sight.report_unread:
        yield f"neither the sign-in log nor the activity report could be read: {unread}"
    elif unread:
        yield f"the sign-in log could not be read in full: {unread}"


def log_reaches_back(case: Case) -> Iterator[str]:
    """(1) The log has a row from before the quiet time, so it was kept that long."""
    sight = case.sight
    if sight.log_unread:
        return
    if sight.oldest is None:
        yield f"the sign-in log has no sign-in of this application since {minute(sight.since)}"
    elif sight.oldest > case.quiet_since:
        yield (
            f"the sign-in log begins at {minute(sight.oldest)} for this application: nothing shows that it was kept"
            f" for the {case.quiet.days} days that are asked for"
        )


def log_is_alive(case: Case) -> Iterator[str]:
    """(2) The log has a row that is younger than the time it may take to settle."""
    newest = case.sight.newest
    if newest is not None and newest < case.sight.now - SETTLING:
        yield (
            f"the newest sign-in of this application in the log is of {minute(newest)}, more than"
            f" {SETTLING.total_seconds() / 3600:.0f} hours ago: the log may be behind, or ISE is silent"
        )


def report_agrees(case: Case) -> Iterator[str]:
    """(3) The activity report was read, and knows of no use that the log should have and has not."""
    sight, reported = case.sight, case.reported
    if sight.report_unread and sight.report_unread != sight.log_unread:
        yield f"the activity report could not be read: {sight.report_unread}"
    if reported is None or sight.oldest is None or reported.last < sight.oldest:
        return
    if case.last_logged is None or reported.last > case.last_logged + _SAME:
        yield f"the activity report knows of a use at {minute(reported.last)} that is not in the sign-in log"


def nodes_have_moved(case: Case) -> Iterator[str]:
    """(4) Each node has signed in since with a certificate that it alone presents."""
    for node in case.nodes:
        yield from _moved(node, case)


def _moved(node: str, case: Case) -> Iterator[str]:
    others = [each for each in case.sight.keys if each.entry != case.key.entry and presents(node, each.nodes)]
    own = [each for each in others if len(each.nodes) == 1]
    if not others:
        yield f"{node} has no other certificate here, so nothing shows that it presents another one"
    elif not own:
        yield (
            f"{node} shares {_names(others)} with other nodes: a sign-in with a shared certificate does not say whose"
            " it is"
        )
    elif not any(_signed_in(each, case, after=case.last) for each in own):
        since = case.last or case.sight.since
        yield (
            f"{node} has not signed in with {_names(own)} since {minute(since)}: it is unproven; a node that stands"
            " by may still present the old certificate when it wakes"
        )


def _signed_in(key: Key, case: Case, *, after: datetime | None) -> bool:
    return any(after is None or each.when > after for each in case.sight.successes.get(key.key_id, ()))


def _names(keys: Sequence[Key]) -> str:
    return ", ".join(key.entry for key in keys)


def every_row_names_its_key(case: Case) -> Iterator[str]:
    """(5) No success since its last use was logged without a key id, and every row was understood."""
    since = case.last_logged
    nameless = [each for each in case.sight.successes.get("", ()) if since is None or each.when > since]
    if nameless:
        last = minute(nameless[0].when)
        yield f"{counted(len(nameless), 'sign-in')} in the log without a key id, the last at {last}"
    for strange, where in (
        (case.sight.sign_ins.strange, "the sign-in log"),
        (case.sight.reported.strange, "the activity report"),
    ):
        if strange:
            yield f"{counted(strange, 'row')} of {where} could not be understood"


def quiet_is_long_enough(case: Case) -> Iterator[str]:
    """(6) The quiet time is longer than the longest pause between two sign-ins that are due."""
    if case.quiet < LEAST_QUIET:
        yield f"a quiet time of less than {LEAST_QUIET.days} days proves nothing: tokens live up to a day"


CONDITIONS: tuple[Callable[[Case], Iterator[str]], ...] = (
    log_was_read,
    log_reaches_back,
    log_is_alive,
    report_agrees,
    nodes_have_moved,
    every_row_names_its_key,
    quiet_is_long_enough,
)
