"""What an environment claims for itself in Entra and in Terraform's storage, and who else in its folder may claim it.

Files nobody asked for claim things too. Most are told apart by their text alone, so that one environment among a
thousand costs no more than one alone; only where a claim's words stand in a file is that file read.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from pydantic import ValidationError

from helpers.declaration.peeking import UTF16_MARKS, peek
from helpers.declaration.state_settings import STATES, default_place, whereabouts
from helpers.declaration.yaml_reading import read_yaml
from helpers.errors import DeclarationErrors
from helpers.guids import NO_GUID

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from helpers.declaration.declaration import Declaration
    from helpers.declaration.locations import Locations
    from helpers.declaration.state_settings import StateSettings

_UNRESERVED = re.compile(r"%(2[DEde]|3\d|4[1-9A-Fa-f]|5[\dAaFf]|6[1-9A-Fa-f]|7[\dAaEe])")
_HTTPS_PORT = 443


@dataclass(frozen=True)
class Claims:
    """What one file claims, in the form in which two claims are compared; None where it claims nothing.

    `name_in_tenant` is tenant and display name, `adopted` the object id of an application that was there before,
    `state` the backend and the place in it. `words` are in the file of
    whoever makes one of these claims, unless it is a default that follows from the file's name.
    """

    locations: Locations
    name_in_tenant: tuple[str, str] | None
    client_id: str | None
    adopted: str | None
    state: tuple[str, ...] | None
    words: frozenset[str]

    @property
    def file(self) -> str:
        """The file that claims it."""
        return self.locations.file


def claims_of(declaration: Declaration) -> Claims:
    """Return what a sound file claims."""
    file = declaration.settings
    return _claims(
        declaration.locations,
        tenant_id=file.tenant_id,
        display_name=file.application.display_name,
        client_id=file.client_id,
        adopted=file.adopted.application if file.adopted else None,
        state=_place(file.state, declaration.name),
    )


def claims_in(values: Mapping[str, Any], locations: Locations, name: str) -> Claims:
    """Return what the plain values of environment `name` claim, as far as each says something by itself."""
    application, adopted, state = (values.get(key) for key in ("application", "adopted", "state"))
    return _claims(
        locations,
        tenant_id=_text(values.get("tenant_id")),
        display_name=_text(application.get("display_name")) if isinstance(application, dict) else None,
        client_id=_text(values.get("client_id")),
        adopted=_text(adopted.get("application")) if isinstance(adopted, dict) else None,
        state=_place_in(state, name) if isinstance(state, dict) else None,
    )


def claims_beside(claimed: Sequence[Claims], paths: Iterable[Path]) -> Iterator[Claims]:
    """Yield what those files of `paths` claim that may claim what `claimed` do."""
    words = frozenset(word for each in claimed for word in each.words)
    for path in paths if words else ():
        content = peek(path)
        if not _may_claim(content, path.stem, words):
            continue
        try:
            document = read_yaml(content, file=str(path))
        except DeclarationErrors:
            continue
        yield claims_in(document.values, document.locations, path.stem)


def _claims(
    locations: Locations,
    *,
    tenant_id: str | None,
    display_name: str | None,
    client_id: str | None,
    adopted: str | None,
    state: tuple[str, ...] | None,
) -> Claims:
    known_tenant = tenant_id is not None and tenant_id != NO_GUID
    # Entra compares names without regard to case.
    name = (tenant_id.lower(), display_name.casefold()) if tenant_id and display_name and known_tenant else None
    application, there = (each.lower() if each and each != NO_GUID else None for each in (client_id, adopted))
    # An address is compared with others by its last part, which every spelling of it has.
    place = (state[-1].rpartition("/")[2] if state[0] == "http" else state[-1]) if state else ""
    words = (searched(word) for word in (display_name if name else None, application, there, place) if word)
    return Claims(locations, name, application, there, state, frozenset(words))


def _may_claim(content: bytes, name: str, words: Collection[str]) -> bool:
    """Say whether a file may hold one of `words`: in its letters, in what stands for letters, or by its name."""
    if b"\\" in content or any(searched(default_place(backend, name) or "") in words for backend in STATES):
        return True
    text = searchable(content)
    return any(word in text and re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text) for word in words)


def searchable(content: bytes) -> str:
    """Return the text of a file in which `searched` words are found, unless escapes stand for their letters."""
    encoding = "utf-16" if content.startswith(UTF16_MARKS) else "utf-8-sig"
    return searched(content.decode(encoding, "replace"))


def searched(text: str) -> str:
    """Return a text so that YAML's ways to write it without escapes are one: quotes doubled, lines folded."""
    return " ".join(_decoded(text).casefold().replace("'", "").split())


def _decoded(text: str) -> str:
    """Return `text` with those percent-encodings undone that never had to be (RFC 3986, section 2.3)."""
    return _UNRESERVED.sub(lambda match: chr(int(match[1], 16)), text) if "%" in text else text


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _place_in(state: dict[str, Any], name: str) -> tuple[str, ...] | None:
    model = STATES.get(str(state.get("backend")))
    try:
        return _place(cast("StateSettings", model.model_validate(state)), name) if model else None
    except ValidationError:
        return None


def _place(state: StateSettings, name: str) -> tuple[str, ...]:
    # Some file systems and all host names do not tell capitals apart; where they are told apart this asks too much.
    places = whereabouts(state, name).values()
    return state.backend, *(_one_address(place) if state.backend == "http" else place.casefold() for place in places)


def _one_address(address: str) -> str:
    """Return the one spelling of an address that all its spellings lead to (RFC 3986, section 6.2)."""
    server, *parts = _decoded(address).casefold().removeprefix("https://").split("/")
    host, _, port = server.partition(":")
    path: list[str] = []
    for part in parts:
        if part == "..":
            del path[-1:]
        elif part not in {"", "."}:
            path.append(part)
    port = "" if not port or int(port) == _HTTPS_PORT else f":{int(port)}"
    return "/".join((f"{host}{port}", *path))
