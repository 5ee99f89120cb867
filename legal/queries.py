"""The legal texts in force."""

from django.db.models import QuerySet

from legal.models import LegalText


def texts_in_force(*, language: str) -> dict[str, LegalText]:
    """The newest version of every kind in a language, by kind, in one query."""
    rows = LegalText.objects.filter(language=language).order_by("kind", "version")
    return {text.kind: text for text in rows}


def versions_of(kind: str, *, language: str) -> QuerySet[LegalText]:
    """Newest first."""
    return LegalText.objects.filter(kind=kind, language=language).order_by("-version")
