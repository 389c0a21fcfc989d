"""What Graph says of one application, read into the model."""

from helpers.observing.credentials import BYTES_NOT_READ
from helpers.observing.documents import Document, Documents, Listing, Unread
from helpers.observing.observed import Observed
from helpers.observing.reading import observe

__all__ = ["BYTES_NOT_READ", "Document", "Documents", "Listing", "Observed", "Unread", "observe"]
