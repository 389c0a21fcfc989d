"""Which environments name a certificate's file, or hold a certificate, without judging any of them.

Most files are told apart by their text alone, so that a changed certificate costs little among a thousand environments.
"""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from helpers.declaration.certificate_entries import read_named_certificate
from helpers.declaration.claims import searchable, searched
from helpers.declaration.peeking import peek
from helpers.declaration.yaml_reading import read_yaml
from helpers.errors import DeclarationErrors, InputError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from pathlib import Path

# A link may lead to a link; who chains more of them than this means to keep us busy.
_LINKS = 8
# With more changed files than this, reading every environment is cheaper than searching each for all of their names.
_SEARCHED = 20


def naming(files: Mapping[str, Path], folder: Path, changed: Collection[str]) -> Iterator[tuple[str, str]]:
    """Yield each environment of `files` with each file of `changed` that it names as a certificate, links followed.

    `changed` are paths from `folder`. A file that may name one and cannot be read does.
    """
    if not changed:
        return
    wanted = {path.casefold(): path for path in changed}
    words = {path: searched(PurePosixPath(path).name) for path in changed}
    every = len(changed) > _SEARCHED or any(path.is_symlink() for path in folder.rglob("*"))
    for name, path in files.items():
        content = peek(path)
        if not every and b"\\" not in content and not _mentioned(words, content):
            continue
        named = certificates_named(content, str(path))
        if named is None:
            yield from ((name, each) for each in _mentioned(words, content))
            continue
        touched = {step.casefold() for file in named for step in (file, *links_of(folder, file))}
        yield from ((name, wanted[each]) for each in sorted(wanted.keys() & touched))


def holding(files: Mapping[str, Path], folder: Path, fingerprints: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield each environment that holds a certificate, or its key, of these SHA-256, with what `fingerprints` says."""
    read: dict[str, frozenset[str]] = {}
    for name, path in files.items() if fingerprints else ():
        for file in certificates_named(peek(path), str(path)) or ():
            if file not in read:
                read[file] = _fingerprints_of(folder, file)
            yield from ((name, fingerprints[each]) for each in read[file] & fingerprints.keys())


def certificates_named(content: bytes, file: str) -> list[str] | None:
    """Return the certificates' files that an environment file names, as plain paths; None if it cannot be read."""
    try:
        entries = read_yaml(content, file=file).values.get("certificates")
    except DeclarationErrors:
        return None
    written = (_file_of(each) for each in (entries.values() if isinstance(entries, dict) else ()))
    return [PurePosixPath(each).as_posix() for each in written if isinstance(each, str)]


def links_of(folder: Path, path: str, *, most: int = _LINKS) -> Iterator[str]:
    """Yield every link that the path `path`, from `folder`, leads through, and where each leads to, from `folder`."""
    relative = PurePosixPath(path)
    for part in (relative, *relative.parents[:-1]) if most else ():
        link = folder / part
        if not link.is_symlink():
            continue
        yield part.as_posix()
        target = _normal(part.parent / PurePosixPath(link.readlink()) / relative.relative_to(part))
        if target is not None:
            yield target
            yield from links_of(folder, target, most=most - 1)


def _normal(path: PurePosixPath) -> str | None:
    """Return a relative path without `..` in it; None for one that leads out, or begins elsewhere."""
    parts: list[str] = []
    for part in path.parts:
        if part != "..":
            parts.append(part)
        elif not parts:
            return None
        else:
            parts.pop()
    return None if path.is_absolute() else "/".join(parts)


def _mentioned(words: Mapping[str, str], content: bytes) -> list[str]:
    text = searchable(content)
    return [path for path, word in words.items() if word in text]


def _file_of(entry: Any) -> Any:  # noqa: ANN401 — any plain value of a file
    return entry.get("file") if isinstance(entry, dict) else entry


def _fingerprints_of(folder: Path, file: str) -> frozenset[str]:
    try:
        certificate = read_named_certificate(folder, file)
    except InputError:
        return frozenset()
    return frozenset({certificate.sha256_hex, certificate.public_key_sha256})
