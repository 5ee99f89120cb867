"""A forgotten card: an anonymous sale is credited afterwards to the customer who has its receipt, once."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Final

from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext as _

from customers.models import Customer
from events.models import Event
from events.services import publish
from ledger.book import open_book_of
from ledger.models import Account
from programs.customer_stats import mark_changed
from programs.earning import Terms, TierTerms, earning
from programs.errors import AlreadyClaimed, AlreadyReturned, ReceiptTooOld, UnknownReceipt
from programs.facts import as_stored, facts_of, refuse_blocked
from programs.holding import bring_forward, tier_of
from programs.limits import locked_given_to
from programs.models import Purchase, Tier
from programs.plausibility import refuse_implausible
from programs.remains import remains_of
from programs.rules import Channel
from programs.services import Award, Valuation, book_award
from programs.terms import terms_at, terms_of
from team.models import Store
from tenants.calendar import midnight
from tenants.errors import Invalid
from tenants.roles import Actor
from tenants.scope import current_tenant, refuse_closed

# How long customers can do it by themselves; the team may help with older receipts.
CLAIM_DAYS: Final = 30
# Beyond any receipt; a calendar's first and last days break the arithmetic.
YEARS_AGO: Final = timedelta(days=3_650)


def claim_purchase(
    *,
    customer: Customer,
    receipt_number: str,
    total: int,
    actor: Actor,
    now: datetime,
    store: Store | None = None,
    purchased_on: date | None = None,
    at_most_days: int | None = None,
) -> Award:
    """Credit a sale that was recorded without a card; whoever names number and amount of its receipt has it.

    Valued by the rules of its day and the tier then held; what has come back since earns nothing. Without a store or a
    day any will do. Raises UnknownReceipt, AlreadyClaimed, AlreadyReturned, ReceiptTooOld, Invalid, ShopClosed,
    CustomerBlocked, AccountClosed, and at a till OwnAccount and TooManyBookings.
    """
    refuse_closed()
    refuse_blocked(customer)
    if not receipt_number.strip():
        raise Invalid(_("Enter the number of the receipt."), field="receipt_number")
    if purchased_on is not None and abs(now.date() - purchased_on) > YEARS_AGO:
        raise UnknownReceipt(field="receipt_number")
    found = _sales(receipt_number.strip(), total, store=store, purchased_on=purchased_on).first()
    if found is None:
        raise UnknownReceipt(field="receipt_number")
    if at_most_days is not None and found.purchased_at < now - timedelta(days=at_most_days):
        raise ReceiptTooOld
    with open_book_of(customer.pk, now=now) as book:
        refuse_implausible(customer=customer, actor=actor, now=now)
        purchase = Purchase.objects.select_for_update(no_key=True).get(pk=found.pk)
        _refuse_taken(purchase)
        purchase.customer = customer
        account, terms, current = book.account, terms_of(purchase.program_version_id), terms_at(now)
        at = purchase.purchased_at.astimezone(current_tenant().zone)
        bring_forward([account], current, at=now)
        before = tier_of(account, current, at=now)
        given, remains = locked_given_to([account.pk], terms.limited, at=at), remains_of(purchase)
        facts = facts_of(
            purchase,
            account=account,
            tier=_tier_then(account, purchase.purchased_at, terms=terms, held=before),
            channel=_channel(purchase),
            lines=[line.facts for line in remains.lines if line.left > 0],
            left=given.left(terms.limited, account_id=account.pk, at=at),
        )
        facts = replace(facts, total=remains.total)
        earned = earning(terms, facts)
        purchase.points, purchase.facts = earned.points, as_stored(facts, terms)
        purchase.save(update_fields=["customer", "points", "facts"])
        valued = Valuation(facts, earned, given, terms)
        award = book_award(book, purchase, valued, current=current, before=before, actor=actor)
        publish(
            "purchase.claimed",
            actor=actor,
            purchase=purchase.pk,
            customer=customer.pk,
            store=purchase.store_id,
            points=earned.points,
        )
        mark_changed(purchase)
    return award


def _sales(receipt_number: str, total: int, *, store: Store | None, purchased_on: date | None) -> QuerySet[Purchase]:
    """Those that nobody has first. All stores are named, because the index begins with them."""
    stores = [store] if store else list(Store.objects.all())
    of_stores = Q(store__in=stores) if store else Q(store__in=stores) | Q(store=None)
    sales = Purchase.objects.filter(of_stores, receipt_number=receipt_number, total=total, voided_at=None)
    if purchased_on is not None:
        zone = current_tenant().zone
        until = midnight(purchased_on + timedelta(days=1), zone=zone)
        sales = sales.filter(purchased_at__gte=midnight(purchased_on, zone=zone), purchased_at__lt=until)
    return sales.order_by(F("customer").asc(nulls_first=True), "pk")


def _refuse_taken(purchase: Purchase) -> None:
    if purchase.voided_at is not None:
        raise UnknownReceipt(field="receipt_number")
    if purchase.customer_id is not None:
        raise AlreadyClaimed(field="receipt_number")
    if purchase.is_returned:
        raise AlreadyReturned(field="receipt_number")


def _tier_then(account: Account, moment: datetime, *, terms: Terms, held: TierTerms) -> TierTerms:
    """What the terms of that day give the tier that was held at the moment, by the changes that the log knows."""
    changes = Event.objects.filter(customer_id=account.customer_id, name="tier.changed").order_by("-occurred_at", "-pk")
    last = changes.filter(occurred_at__lte=moment).first()
    if last is not None:
        return terms.tier_of(Tier.objects.get(pk=last.payload["tier"]).rank)
    return terms.tiers[0] if changes.exists() else terms.tier_of(held.rank)


def _channel(purchase: Purchase) -> Channel:
    if purchase.import_key is not None:
        return Channel.IMPORT
    return Channel.CHECKOUT if purchase.device_id is not None else Channel.API
