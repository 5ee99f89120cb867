"""The merchant's details and legal texts: each change of a text is a new version."""

from datetime import datetime

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from events.services import publish
from legal.errors import DetailsMissing
from legal.models import BusinessDetails, LegalText, ProcessingAgreement
from legal.queries import business_details, texts_in_force
from legal.samples import SAMPLES, sample_of
from tenants.errors import Invalid
from tenants.models import longest
from tenants.roles import Actor
from tenants.scope import current_tenant

LONGEST_TEXT = 60_000
_REQUIRED = ("company", "street", "postcode", "city", "email")


def state_business_details(*, actor: Actor, **values: str) -> BusinessDetails:
    """Who the merchant is. Raises Invalid. Texts that are published keep what they say."""
    details = business_details() or BusinessDetails()
    for field, value in values.items():
        text = " ".join(value.split())
        if field in _REQUIRED and not text:
            raise Invalid(_("This is missing."), field=field)
        if len(text) > longest(BusinessDetails, field):
            raise Invalid(_("At most %(count)s characters.") % {"count": longest(BusinessDetails, field)}, field=field)
        setattr(details, field, text)
    with transaction.atomic():
        details.save()
        publish("legal.details_stated", actor=actor)
    return details


def publish_text(*, kind: str, language: str, body: str, actor: Actor, now: datetime, template: str = "") -> LegalText:
    """The next version of a text, in force at once. Raises Invalid."""
    body = body.replace("\r\n", "\n").strip()
    if not body or len(body) > LONGEST_TEXT:
        raise Invalid(_("Enter a text of at most %(count)s characters.") % {"count": LONGEST_TEXT}, field="body")
    with transaction.atomic():
        _one_at_a_time()
        newest = LegalText.objects.filter(kind=kind, language=language).aggregate(newest=Max("version"))["newest"] or 0
        text = LegalText.objects.create(
            kind=kind, language=language, version=newest + 1, body=body, template=template, published_at=now
        )
        publish("legal.text_published", actor=actor, text=text.pk, kind=kind, version=text.version)
    return text


def publish_samples(*, language: str, actor: Actor, now: datetime) -> list[LegalText]:
    """Publish every text that is not there yet from our samples. Raises DetailsMissing without an imprint's facts."""
    details = business_details()
    if details is None:
        raise DetailsMissing
    missing = [kind for kind in LegalText.Kind.values if kind not in texts_in_force(language=language)]
    with transaction.atomic():
        return [
            publish_text(
                kind=kind,
                language=language,
                body=sample_of(kind, language=language, details=details),
                template=SAMPLES,
                actor=actor,
                now=now,
            )
            for kind in missing
        ]


def accept_processing_agreement(*, version: str, actor: Actor, now: datetime) -> ProcessingAgreement:
    """Our agreement on processing personal data for the merchant, accepted once in each version."""
    with transaction.atomic():
        agreement, is_new = ProcessingAgreement.objects.get_or_create(
            version=version, defaults={"accepted_by": actor.reference, "accepted_at": now}
        )
        if is_new:
            publish("legal.agreement_accepted", actor=actor, version=version)
    return agreement


def _one_at_a_time() -> None:
    """Two people who publish the same text at once would both take the next number."""
    type(current_tenant()).objects.select_for_update(no_key=True).get(pk=current_tenant().pk)
