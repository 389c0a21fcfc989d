"""Two synthesized outputs of cdktf, read for a review: no credentials, no Node, no code of either side is run.

The folders may come from a pull request: what their `manifest.json` names stays inside, and what is neither a literal
nor a plain reference is not understood, and said.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from helpers.declaration.folder import NAME
from helpers.errors import InputError
from helpers.reviewing.terraform.beyond import Change
from helpers.reviewing.terraform.permissions import ApisNamed
from helpers.reviewing.terraform.reading import Side, TwoSides, reviewed
from helpers.reviewing.terraform.record import CONTRACT, Record, read_record
from helpers.reviewing.terraform.resource import Notes
from helpers.reviewing.terraform.shapes import load_json
from helpers.reviewing.terraform.stack_document import StackDocument
from helpers.shapes import Misshapen, mapping, short, text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from helpers.reviewing.review import Reviewed

MANIFEST = "manifest.json"
_REMEDY = "give a folder that `cdktf synth` or `python main.py` wrote, such as cdktf.out"
_LOADED = (".tf", ".tf.json", ".tofu", ".tofu.json", ".tfvars", ".tfvars.json")
_LARGEST = 32 * 1024 * 1024  # bytes of a stack; one has some twenty thousand


def review_synthesized(before: Path, after: Path) -> list[Reviewed]:
    """Return what changes between two synthesized outputs, stack by stack, under the stacks' names.

    Raises `InputError` where one of the folders is none of cdktf's, or a stack in it cannot be read.
    """
    earlier, later = read_synthesized(before), read_synthesized(after)
    if not earlier and not later:
        raise InputError(f"{before} and {after}", "neither holds a stack", _REMEDY)
    return [
        each
        for name in sorted(earlier.keys() | later.keys())
        for each in _stack(name, earlier.get(name), later.get(name))
    ]


def read_synthesized(folder: Path) -> dict[str, StackDocument]:
    """Return the stacks that a folder's manifest names. Raises `InputError`."""
    manifest = load_json(_content(folder / MANIFEST), name=str(folder / MANIFEST), remedy=_REMEDY)
    try:
        stacks = mapping(manifest.get("stacks"), "`stacks`")
        paths = {name: _path(folder, name, mapping(each, "a stack")) for name, each in stacks.items()}
    except Misshapen as error:
        raise InputError(str(folder / MANIFEST), f"is not as cdktf writes it: {error}", _REMEDY) from None
    return {
        name: StackDocument(load_json(_content(path), name=str(path), remedy=_REMEDY), str(path))
        for name, path in paths.items()
    }


def _path(folder: Path, name: str, stack: dict[str, object]) -> Path:
    """Return the file of a stack, which stays below `folder` whatever the manifest says and links do."""
    written = text(stack.get("synthesizedStackPath"), "`synthesizedStackPath`")
    relative = PurePosixPath(written)
    working = text(stack.get("workingDirectory"), "`workingDirectory`")
    if working and PurePosixPath(working) != relative.parent:
        raise Misshapen(f"Terraform would run elsewhere than in the folder of stack {short(name)}")
    if not NAME.fullmatch(name):
        raise Misshapen(f"{short(name)!r} is not a stack's name")
    if not written or relative.is_absolute() or ".." in relative.parts or "\\" in written or ":" in written:
        raise Misshapen(f"the path of stack {name} does not stay inside")
    path = folder / relative
    try:
        inside = path.resolve().is_relative_to(folder.resolve())
    except (OSError, RuntimeError, ValueError):
        raise Misshapen(f"the path of stack {name} leads nowhere") from None
    if not inside:
        raise Misshapen(f"the path of stack {name} leads out by a link")
    return path


def _content(path: Path) -> bytes:
    try:
        if path.exists() and not path.is_file():  # a pipe would keep us waiting
            raise InputError(str(path), "is not a regular file", _REMEDY)
        with path.open("rb") as stream:
            content = stream.read(_LARGEST + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "no file can be there"
        raise InputError(str(path), f"cannot be read ({reason})", _REMEDY) from None
    if len(content) > _LARGEST:
        raise InputError(str(path), f"is larger than {_LARGEST // 1024 // 1024} MiB", _REMEDY)
    return content


def _stack(name: str, before: StackDocument | None, after: StackDocument | None) -> list[Reviewed]:
    file = (after or before or StackDocument({}, name)).file
    try:
        found = reviewed(_two_sides(name, before, after))
    except Misshapen as error:
        raise InputError(file, f"is not as cdktf writes a stack: {short(str(error))}", _REMEDY) from None
    except RecursionError:
        raise InputError(file, "is nested too deeply to be cdktf's", _REMEDY) from None
    if not found:
        raise InputError(file, "says nothing about an application", _REMEDY)
    return found


def _beside_the_stack(path: Path) -> Iterator[str]:
    """Yield the files beside a stack's that Terraform would load as well."""
    try:
        names = sorted(each.name for each in path.parent.iterdir() if each.name.lower().endswith(_LOADED))
    except OSError:
        return
    others = [name for name in names if name != path.name]
    if others:
        more = f" and {len(others) - 1} more" if len(others) > 1 else ""
        yield f"Terraform would also load {short(others[0])}{more} beside {path.name}, which nobody here reads"


def _lifecycles(before: StackDocument, after: StackDocument) -> Iterator[str]:
    earlier, later = before.lifecycles(), after.lifecycles()
    for address in sorted(earlier.keys() & later.keys()):
        if earlier[address] != later[address]:
            yield f"{short(address)} changes its lifecycle: what Terraform may destroy, replace or leave alone"


def _two_sides(name: str, before: StackDocument | None, after: StackDocument | None) -> TwoSides:
    notes = Notes()
    one, other = _side(before, notes, earlier=True), _side(after, notes, earlier=False)
    for stack in (before, after):
        notes.unclear.extend(stack.not_understood() if stack else ())
    notes.outside.extend((*after.beside(), *_beside_the_stack(Path(after.file))) if after else ())
    if before and after:
        notes.outside.extend(_lifecycles(before, after))
        notes.outside.extend(_imported_otherwise(before, after))
        notes.outside.extend(_other_outputs(before, after))
        same_place = (one.record.decisions or {}).get("state") == (other.record.decisions or {}).get("state")
        if same_place and before.state() != after.state():
            notes.outside.append("the block `terraform` changes: where the state is, or which provider runs")
    return TwoSides(name, one, other, list(_changes(before, after)), notes=notes)


def _side(stack: StackDocument | None, notes: Notes, *, earlier: bool) -> Side:
    if stack is None:
        return Side("", Record(), ApisNamed(), {})
    apis_named = ApisNamed(by_address=stack.client_ids_looked_up, guessing=earlier)
    return Side(stack.file, read_record(stack.outputs, notes), apis_named, stack.tenants, stack.clouds, stack.outputs)


def _changes(before: StackDocument | None, after: StackDocument | None) -> Iterator[Change]:
    """Yield every resource on both sides; one that the new code moves is paired with what it was."""
    there = {each.address for each in before.resources} if before else set()
    now_called = {was: now for now, was in (after.moves if after else {}).items() if now not in there}
    one = {now_called.get(each.address, each.address): each for each in (before.resources if before else ())}
    other = {each.address: each for each in (after.resources if after else ())}
    imported = after.imports.keys() - (before.imports.keys() if before else set()) if after else set()
    for address in dict.fromkeys((*one, *other)):
        resource = one.get(address)
        was, will = replace(resource, address=address) if resource else None, other.get(address)
        forgotten = will is None and after is not None and address in after.forgotten
        type_ = next((each.type for each in (was, will) if each), "")
        after_all = was if forgotten else will
        yield Change(address, type_, was, after_all, forgotten=forgotten, imported=address in imported)


def _imported_otherwise(before: StackDocument, after: StackDocument) -> Iterator[str]:
    """Yield what is imported by another id than it was: nothing happens to what is in the state, and much without."""
    for address in sorted(before.imports.keys() & after.imports.keys()):
        if before.imports[address] != after.imports[address]:
            yield f"{short(address)} is imported by another id than before: another object, where there is no state"


def _other_outputs(before: StackDocument, after: StackDocument) -> Iterator[str]:
    one, other = before.outputs, after.outputs
    for name in sorted((one.keys() | other.keys()) - CONTRACT):
        if one.get(name) != other.get(name):
            yield f"output {short(name)} is not one of this project's, and changes"
