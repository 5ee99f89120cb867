"""What the product is, and what it promises in law."""

from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation

# The version of terms and processing agreement that a new shop accepts; a change of either text is a new version.
AGREEMENT: Final = "2026-11"


def home(request: HttpRequest) -> HttpResponse:
    return render(request, "public/home.html")


def legal(request: HttpRequest, text: str) -> HttpResponse:
    """One of the product's own legal texts, which are documents of their own in each language."""
    language = (translation.get_language() or settings.LANGUAGE_CODE).partition("-")[0]
    context = {"text": text, "agreement": AGREEMENT, "operator": settings.OPERATOR}
    return render(request, f"public/legal/{'de' if language == 'de' else 'en'}/{text}.html", context)
