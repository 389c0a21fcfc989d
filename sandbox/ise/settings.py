"""Whether ISE's Open API is on, as an administrator sets it under *Administration > System > Settings > API Settings*.

A document of kind `iseSettings`, under the tenant `""`: {id, openApi}.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import HTMLResponse

if TYPE_CHECKING:
    from starlette.responses import Response

    from sandbox.store import Store

_SETTINGS = "settings"
# A real ISE begins with it off; a sandbox that nobody has set up yet would only be in the way.
_AT_FIRST = True
# Nobody documents what an ISE says whose API is off: 404 with the web interface's page is a guess.
_PAGE = "<!DOCTYPE html><html><head><title>Identity Services Engine</title></head><body>404 Not Found</body></html>"


def open_api_is_on(store: Store) -> bool:
    """Say whether the API answers."""
    return bool((store.get("", "iseSettings", _SETTINGS) or {"openApi": _AT_FIRST})["openApi"])


def turn_open_api(store: Store, *, on: bool) -> None:
    """Turn the API on or off; it stays so until it is turned again."""
    store.put("", "iseSettings", _SETTINGS, {"id": _SETTINGS, "openApi": on})


def answer_while_off() -> Response:
    """Return what the web server says that stands before the API."""
    return HTMLResponse(_PAGE, status_code=404)
