"""The legal texts in force, and who the merchant is."""

from django.db.models import QuerySet

from legal.models import BusinessDetails, LegalText
from tenants.scope import current_tenant


def business_details() -> BusinessDetails | None:
    return BusinessDetails.objects.first()


def texts_in_force(*, language: str) -> dict[str, LegalText]:
    """The newest version of every kind in a language, by kind, in one query."""
    rows = LegalText.objects.filter(language=language).order_by("kind", "version")
    return {text.kind: text for text in rows}


def text_in_force(kind: str, *, language: str) -> LegalText | None:
    """What a reader of this language sees; where there is no translation, the text in the shop's own language."""
    for wanted in dict.fromkeys((language.partition("-")[0], current_tenant().language)):
        if text := versions_of(kind, language=wanted).first():
            return text
    return None


def is_superseded(text: LegalText) -> bool:
    """Whether a newer version in the same language has been published since."""
    return versions_of(text.kind, language=text.language).filter(version__gt=text.version).exists()


def versions_of(kind: str, *, language: str) -> QuerySet[LegalText]:
    """Newest first."""
    return LegalText.objects.filter(kind=kind, language=language).order_by("-version")
