"""What it costs to adopt one application: the command as a user runs it, Terraform's plan included."""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING

from bench.drift import fleet, round_trips
from bench.fleet import TENANT
from bench.measuring import ISE_INTUNE, ROOT, Figure, once
from sandbox.identities import CONSENTING_DEPLOYER
from sandbox.orders import Registration
from sandbox.portal.registering import register_in

if TYPE_CHECKING:
    from collections.abc import Iterator

_MOST_ROUND_TRIPS, _MOST_SECONDS = 20, 10.0
# The shape with most in it that Terraform could strip.
_SHAPE = "redirects-and-owners"
_RUNS = 3


def one_application() -> Iterator[Figure]:
    """Yield what adopting one application costs: round trips, those of Terraform's provider too, and seconds."""
    with fleet() as made:
        made.environments.mkdir()
        # Its nodes and their certificates are there from the first start on.
        with made.entered():
            pass
        wanted = Registration(_SHAPE, TENANT.id, deployer=CONSENTING_DEPLOYER.object_id)
        client_id = register_in(made.sandbox, wanted).client_id
        known = ("--tenant", TENANT.id, "--name", "bench", "--deployer", CONSENTING_DEPLOYER.object_id, "--replace")
        command = [ISE_INTUNE, "adopt", client_id, *known]
        trips, seconds = [], []
        with made.entered(CONSENTING_DEPLOYER) as environment:
            for _ in range(_RUNS):
                before = round_trips(made)
                seconds.append(once(command, cwd=ROOT, environment=environment).wall)
                trips.append(round_trips(made) - before)
    what = "ise-intune adopt, one application"
    yield Figure(what, max(trips), _MOST_ROUND_TRIPS, f"{max(trips)} round trips, at most {_MOST_ROUND_TRIPS}")
    taken = statistics.median(seconds)
    yield Figure(what, taken, _MOST_SECONDS, f"{taken:.1f} s with its plan, at most {_MOST_SECONDS:.0f} s")
