"""Files from elsewhere: the list of imports, and the four steps of one."""

from backoffice.views.imports.files import columns, discard, reading, upload
from backoffice.views.imports.pages import listing, page, progress, refused, start, stop, undo

__all__ = ["columns", "discard", "listing", "page", "progress", "reading", "refused", "start", "stop", "undo", "upload"]
