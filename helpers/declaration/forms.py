"""The forms that texts of an environment file have: each with what to say when a text has another.

One definition for the reader's pattern, its message and the editor's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pydantic import BeforeValidator, StringConstraints, WithJsonSchema

# What `ise-intune new` writes where a person must fill in, beside `NO_GUID`. It is refused wherever it stands.
FILL_IN = "fill-in"
TO_FILL_IN = "is still to be filled in"


@dataclass(frozen=True)
class Form:
    """A form of text: its regular expression, what a text of another form is not, and what to write instead.

    `editor_pattern` is for the JSON Schema, where it differs; editors speak JavaScript's expressions.
    """

    pattern: str
    cause: str
    remedy: str
    editor_pattern: str = ""
    longest: int = 1024

    @property
    def constraint(self) -> StringConstraints:
        """What pydantic checks. Without `strip`: nothing of the file is changed silently."""
        return StringConstraints(pattern=self.pattern, min_length=1, max_length=self.longest)

    @property
    def schema(self) -> WithJsonSchema:
        """What an editor checks. `patternErrorMessage` is what YAML language servers then show."""
        pattern = {
            "pattern": self.editor_pattern or self.pattern,
            "patternErrorMessage": f"{self.cause}; {self.remedy}",
        }
        return WithJsonSchema({"type": "string", "minLength": 1, "maxLength": self.longest, **pattern})


def _lower(value: object) -> object:
    return value.lower() if isinstance(value, str) else value


_TEXT = Form(r"\S", "is blank", "write something")
_LINE = Form(r"^\S(.*\S)?$", "begins or ends with a space", "take it off", longest=120)
_GUID = Form(
    "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$",
    "is not a GUID",
    "copy the id from the portal: 32 hex digits in five groups, without braces",
    editor_pattern="^(?![0-]{36}$)[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$",
)
_RELEASE = Form(
    r"^[0-9]{1,2}\.[0-9]{1,2}$", "is not an ISE release", 'write it as in "3.3", in quotes, the patch apart'
)
_ENTRY_NAME = Form(
    "^[A-Za-z][A-Za-z0-9_-]{0,62}$",
    "cannot name a certificate",
    "begin with a letter; then letters, digits, - and _, 63 at most",
)
_NODE = Form(
    r"^[A-Za-z0-9][A-Za-z0-9._-]*$",
    "is not a node's name",
    "write the node's host name: letters, digits, dots and hyphens",
    longest=253,
)
_ADDRESS = Form(
    r"^https://[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:[0-9]{1,5})?$",
    "is not the address of a server",
    "write https:// and a host, with a port if need be: no user name, path or query",
    longest=300,
)
_SHA256 = Form(
    "^[0-9A-Fa-f]{2}(:?[0-9A-Fa-f]{2}){31}$",
    "is not a SHA-256",
    "write 64 hex digits, as `ise-intune certificate show` prints them",
)
_GRAPH_ID = Form(
    "^[A-Za-z0-9_-]{1,200}$",
    "is not an id of Microsoft Graph's",
    "copy the object's `id` from Graph: letters, digits, - and _",
)
_HOST = Form(
    r"^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+$",
    "is not a host name",
    "write the bare name in small letters, without https://, port or path",
    longest=253,
)
_AUDIENCE = Form(
    r"^https://[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+/$",
    "is not an audience",
    "write https://, a host in small letters, and a slash at the end",
    longest=262,
)
_STATE_PATH = Form(
    r"^[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*)*\.tfstate$",
    "is not a path for a state file",
    "write it from the project's root, ending in .tfstate, with no part that begins with a dot",
    longest=200,
)
_BLOB = Form(
    r"^[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*)*$",
    "is not a usable name",
    "write letters, digits, dots, - and _, in parts with / between",
    longest=200,
)
_STATE_URL = Form(
    r"^https://[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:[0-9]{1,5})?(/[A-Za-z0-9._~%:-]*)*$",
    "is not a plain https:// address",
    "write scheme, host and path: no user name, query or secret",
    longest=500,
)
_STORAGE_ACCOUNT = Form("^[a-z0-9]{3,24}$", "is not a storage account's name", "write 3 to 24 small letters and digits")
_CONTAINER = Form(
    "^[a-z0-9][a-z0-9-]{2,62}$",
    "is not a container's name",
    "write 3 to 63 small letters, digits and hyphens",
)
_PG_SCHEMA = Form(
    "^[a-z_][a-z0-9_]{0,62}$",
    "is not a plain PostgreSQL schema name",
    "write small letters, digits and _, 63 at most",
)
_RESOURCE_GROUP = Form(
    r"^[A-Za-z0-9_()-]([A-Za-z0-9_().-]*[A-Za-z0-9_()-])?$",
    "is not a resource group's name",
    "copy it from the portal",
)
_HCP_NAME = Form("^[A-Za-z0-9_-]{1,90}$", "is not a usable name", "write letters, digits, - and _")

FORMS = {form.pattern: form for form in list(globals().values()) if isinstance(form, Form)}

ENTRY_NAME = _ENTRY_NAME.pattern
NODE_NAME = _NODE.pattern
# In characters.
LONGEST_LINE, LONGEST_TEXT, LONGEST_NODE_NAME = _LINE.longest, _TEXT.longest, _NODE.longest

Text = Annotated[str, _TEXT.constraint, _TEXT.schema]
Line = Annotated[str, _LINE.constraint, _LINE.schema]
Guid = Annotated[str, BeforeValidator(_lower), _GUID.constraint, _GUID.schema]
Release = Annotated[str, _RELEASE.constraint, _RELEASE.schema]
EntryName = Annotated[str, _ENTRY_NAME.constraint, _ENTRY_NAME.schema]
NodeName = Annotated[str, _NODE.constraint, _NODE.schema]
Address = Annotated[str, _ADDRESS.constraint, _ADDRESS.schema]
Sha256 = Annotated[str, _SHA256.constraint, _SHA256.schema]
GraphId = Annotated[str, _GRAPH_ID.constraint, _GRAPH_ID.schema]
Host = Annotated[str, _HOST.constraint, _HOST.schema]
Audience = Annotated[str, _AUDIENCE.constraint, _AUDIENCE.schema]
StatePath = Annotated[str, _STATE_PATH.constraint, _STATE_PATH.schema]
Blob = Annotated[str, _BLOB.constraint, _BLOB.schema]
StateUrl = Annotated[str, _STATE_URL.constraint, _STATE_URL.schema]
StorageAccount = Annotated[str, _STORAGE_ACCOUNT.constraint, _STORAGE_ACCOUNT.schema]
Container = Annotated[str, _CONTAINER.constraint, _CONTAINER.schema]
PgSchema = Annotated[str, _PG_SCHEMA.constraint, _PG_SCHEMA.schema]
ResourceGroup = Annotated[str, _RESOURCE_GROUP.constraint, _RESOURCE_GROUP.schema]
HcpName = Annotated[str, _HCP_NAME.constraint, _HCP_NAME.schema]
