"""The shop's legal texts, for everybody."""

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import translation

from legal.models import LegalText
from legal.queries import text_in_force
from legal.rendering import as_html
from tenants.requests import ShopRequest


def legal(request: ShopRequest, kind: str) -> HttpResponse:
    """A kind that is not yet written has a page that says so: links to it stand on every page."""
    if kind not in LegalText.Kind.values:
        raise Http404
    text = text_in_force(kind, language=translation.get_language() or "")
    context = {
        "heading": LegalText.Kind(kind).label,
        "text": text,
        "html": as_html(text.body) if text else "",
    }
    return render(request, "portal/legal.html", context)
