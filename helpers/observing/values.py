"""Single values of Graph's documents: what must be there is there, ids are in lower case, and `@odata.type`s are short.

Everything here raises `Misshapen` for a value of another form: null where Graph always says something is not "none".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from helpers.shapes import Misshapen, objects, text, texts

if TYPE_CHECKING:
    from helpers.observing.documents import Document

TYPE = "@odata.type"
_NAMESPACE = "#microsoft.graph."


def present(document: Document, name: str) -> object:
    """Return a value that Graph always shows."""
    value = document.get(name)
    if value is None:
        raise Misshapen(f"`{name}` is not there")
    return value


def identifier(document: Document, name: str = "id") -> str:
    """Return an id in lower case."""
    value = text(present(document, name), f"`{name}`")
    if not value:
        raise Misshapen(f"`{name}` is empty")
    return value.lower()


def members(document: Document, name: str) -> list[Document]:
    """Return a collection of objects that Graph always shows."""
    return objects(present(document, name), f"`{name}`")


def words(document: Document, name: str) -> list[str]:
    """Return a collection of texts that Graph always shows."""
    return texts(present(document, name), f"`{name}`")


def kind_of(document: Document) -> str:
    """Return an object's type without its namespace, such as `group`; empty where Graph does not say."""
    return text(document.get(TYPE), f"`{TYPE}`").removeprefix(_NAMESPACE)
