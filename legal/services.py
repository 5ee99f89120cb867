"""Publishing legal texts: each change is a new version."""

from datetime import datetime

from django.db import transaction
from django.db.models import Max

from events.services import publish
from legal.models import LegalText
from tenants.roles import Actor


def publish_text(*, kind: str, language: str, body: str, actor: Actor, now: datetime, template: str = "") -> LegalText:
    """The next version of a text, in force at once."""
    with transaction.atomic():
        rows = LegalText.objects.filter(kind=kind, language=language)
        newest = rows.aggregate(newest=Max("version"))["newest"] or 0
        text = LegalText.objects.create(
            kind=kind, language=language, version=newest + 1, body=body, template=template, published_at=now
        )
        publish("legal.text_published", actor=actor, text=text.pk, kind=kind, version=text.version)
    return text
