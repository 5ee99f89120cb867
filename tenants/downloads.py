"""Files for a browser: to save, or to look at and print."""

from django.http import HttpResponse
from django.utils.http import content_disposition_header


def download(content: bytes, *, name: str, kind: str) -> HttpResponse:
    """Saved instead of shown; `kind` is the media type."""
    return _file(content, name=name, kind=kind, is_saved=True)


def printable(content: bytes, *, name: str) -> HttpResponse:
    """A PDF that the browser shows; `name` is for whoever saves it."""
    return _file(content, name=name, kind="application/pdf", is_saved=False)


def _file(content: bytes, *, name: str, kind: str, is_saved: bool) -> HttpResponse:
    shown = {"Content-Disposition": content_disposition_header(is_saved, name)}
    return HttpResponse(content, content_type=kind, headers=shown)
