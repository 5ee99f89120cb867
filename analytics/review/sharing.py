"""Something good of a report is passed on to the whole team by a link, and can be taken back."""

import uuid
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from analytics.errors import NothingToShare
from analytics.kpis import Period
from analytics.models import SharedReview
from analytics.review.figures import review_of
from analytics.review.spans import Span, is_finished
from analytics.review.table import Success, success_of
from events.services import publish
from tenants.errors import NotFound
from tenants.roles import Actor


def share_review(*, span: Span, what: str, actor: Actor, now: datetime) -> SharedReview:
    """The same thing shared twice is one link. Raises NothingToShare where there is nothing to be glad about."""
    if not is_finished(span) or success_of(review_of(span), what) is None:
        raise NothingToShare(field="what")
    days = span.period
    known = SharedReview.objects.filter(first_on=days.first, last_on=days.last, what=what, ended_at=None)
    if found := known.first():
        return found
    try:
        with transaction.atomic():
            shared = SharedReview.objects.create(first_on=days.first, last_on=days.last, what=what, shared_at=now)
            publish("review.shared", actor=actor, occurred_at=now, shared=shared.pk, span=span.code, what=what)
    except IntegrityError:
        return known.get()
    return shared


def end_sharing(*, public_id: uuid.UUID, actor: Actor, now: datetime) -> Span:
    """Whoever opens the link from now on finds nothing. Raises NotFound."""
    with transaction.atomic():
        shared = SharedReview.objects.select_for_update().filter(public_id=public_id).first()
        if shared is None:
            raise NotFound
        span = span_of(shared)
        if shared.ended_at is None:
            shared.ended_at = now
            shared.save(update_fields=["ended_at"])
            publish("review.unshared", actor=actor, occurred_at=now, shared=shared.pk, span=span.code, what=shared.what)
    return span


def shared_links(span: Span) -> QuerySet[SharedReview]:
    """Those that work."""
    days = span.period
    return SharedReview.objects.filter(first_on=days.first, last_on=days.last, ended_at=None).order_by("pk")


def shared_success(public_id: uuid.UUID) -> tuple[Span, Success]:
    """As the figures are today. Raises NotFound, also where nothing is left of it."""
    shared = SharedReview.objects.filter(public_id=public_id, ended_at=None).first()
    if shared is None:
        raise NotFound
    span = span_of(shared)
    success = success_of(review_of(span), shared.what)
    if success is None:
        raise NotFound
    return span, success


def span_of(shared: SharedReview) -> Span:
    return Span.of(Period(shared.first_on, shared.last_on))
