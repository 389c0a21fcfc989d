"""Why an application cannot be adopted as it is: what nobody saw, and what no file of this project can say.

Whatever a deploy would strip has to be seen first: what was not seen is not taken for absent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from helpers.adopting.keys import certificates_of
from helpers.adopting.taking import documents_of
from helpers.declaration.adoption_schema import AUDIENCES
from helpers.declaration.forms import LONGEST_LINE, LONGEST_TEXT
from helpers.declaration.texts import is_expressible
from helpers.model import Existence, NotSeen, Seen, stated
from helpers.observing.documents import Unread

if TYPE_CHECKING:
    from collections.abc import Iterator

    from helpers.model import Integration
    from helpers.observing.observed import Observed


def unseen(observed: Observed, *, by_code: bool, left: frozenset[str]) -> tuple[str, ...]:
    """Return, as sentences, what an adoption needs and could not be read.

    `by_code`: consent is to be Terraform's, so it must be seen too. `left` are key ids that nobody declares.
    """
    return tuple(dict.fromkeys(_unseen(observed, by_code=by_code, left=left)))


def _unseen(observed: Observed, *, by_code: bool, left: frozenset[str]) -> Iterator[str]:
    integration, documents = observed.integration, documents_of(observed)
    application, principal = integration.application, integration.service_principal
    if not isinstance(documents.application, dict):
        yield _no_application(observed)
        return
    surfaces: list[tuple[str, object]] = [
        ("the application", application.object_id),
        ("its client id", integration.client_id),
        ("its name", application.display_name),
        ("its notes", application.notes),
        ("its service management reference", application.service_management_reference),
        ("its owners", application.owners),
        ("its settings", application.exposure),
        ("the permissions it asks for", integration.requested),
        ("its credentials", integration.credentials),
    ]
    if principal.existence != Seen(Existence.ABSENT):
        surfaces += [
            ("the service principal", principal.object_id),
            ("the service principal's owners", principal.owners),
            ("the service principal's settings", principal.settings),
        ]
    if by_code:
        surfaces.append(("what is consented to", integration.granted))
        unread = documents.delegated_grants
        surfaces.append(("delegated permissions", NotSeen(unread.reason) if isinstance(unread, Unread) else None))
    for what, surface in surfaces:
        if isinstance(surface, NotSeen):
            yield f"{what}: {surface.reason}"
    yield from _bytes(integration, left)


def _bytes(integration: Integration, left: frozenset[str]) -> Iterator[str]:
    """Yield the certificates whose bytes were not shown: a file without them declares nothing."""
    for each in certificates_of(integration):
        if isinstance(each.fingerprint, NotSeen) and each.key_id not in left:
            yield f"the bytes of the certificate {each.key_id}: {each.fingerprint.reason}"


def _no_application(observed: Observed) -> str:
    existence = observed.integration.application.existence
    if isinstance(existence, NotSeen):
        return f"the application: {existence.reason}"
    if existence.items is Existence.DELETED:
        return "the application: it was deleted; restore it first, in the portal under Deleted applications"
    return "the application: there is none with this client id in this tenant"


def unsayable(observed: Observed) -> tuple[str, ...]:
    """Return, as sentences with what to do, what no file says and a deploy would change. All parts were seen."""
    return tuple(_unsayable(observed.integration, documents_of(observed).service_principal))


def _unsayable(integration: Integration, principal: object) -> Iterator[str]:
    application = integration.application
    name = stated(application.display_name)
    if not name.strip() or name != name.strip() or len(name) > LONGEST_LINE or not is_expressible(name):
        yield f"its display name is no text for a file ({name[:60]!r}); rename it in the portal"
    for what, value, path in (
        ("notes are", stated(application.notes), ("application", "notes")),
        ("service management reference is", stated(application.service_management_reference), ()),
    ):
        if value and (not value.strip() or len(value) > LONGEST_TEXT or not is_expressible(value, path)):
            yield f"its {what} no text for a file; write something plainer in the portal"
    audience = stated(application.exposure).sign_in_audience
    if audience not in AUDIENCES:
        yield f"its sign-in audience is {audience[:60]!r}, which Terraform does not know; change it in the portal"
    if isinstance(principal, dict) and principal.get("accountEnabled") is False:
        yield "its service principal is disabled, and a deploy would enable it; enable it in the portal, or stop here"
