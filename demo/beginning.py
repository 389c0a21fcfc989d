"""How the story begins: with a new sandbox, in which another process tells it."""

from __future__ import annotations

import os
import sys

from cli.main import main as ise_intune
from demo.place import NAME, ROOT, Place, shown
from demo.telling import Teller


def begin(arguments: list[str]) -> int:
    """Play the story from its beginning, and pass on how it ended."""
    place = Place.parse(arguments)
    teller = Teller()
    teller.title(
        "Cisco ISE asks Microsoft Intune: may this device join the network?",
        "The whole story, on this machine alone: loopback services play Entra, Intune and ISE. A new world is made for"
        f" it in {shown(place.sandbox)}, in place of the last one.",
    )
    os.chdir(ROOT)
    # Whatever else is declared here, and however this shell selects among it: the story is about one file.
    os.environ.update(ISE_INTUNE_ENVIRONMENTS=str(place.environments), ISE_INTUNE_STACKS=NAME)
    folder = ["--folder", str(place.sandbox)]
    if place.sandbox.exists() and (left := ise_intune(["--quiet", "sandbox", "reset", *folder])):
        return left
    story = [sys.executable, "-m", "demo", "tell", *place.arguments]
    return ise_intune(["sandbox", "run", *folder, "--provider", place.provider, "--", *story])
