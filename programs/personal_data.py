"""What the ledger and this app hold about a customer: the account, every booking in words, every purchase."""

from django.db.models import QuerySet
from django.utils import timezone

from customers.export import Row, holds, plain, stored
from customers.merging import merged_into
from customers.models import Customer
from ledger.models import POINTS, Account, Lot
from ledger.queries import entries
from programs.holding import held_tier
from programs.models import Purchase, PurchaseLine, PurchaseReturn
from programs.statement import statement
from programs.terms import terms_at
from tenants.money import decimal_amount


def _accounts_of(customer: Customer) -> QuerySet[Account]:
    """Also those of customers who have been joined with this one: their bookings stay where they were made."""
    return Account.objects.filter(customer__in=[customer.pk, *merged_into(customer)]).order_by("pk")


@holds("accounts")
def _accounts(customer: Customer) -> list[Row]:
    now = timezone.now()
    terms = terms_at(now)
    return [
        stored(account, without={"program_id", "tier_id"})
        | ({"tier": held_tier(account, terms, now=now).name} if account.unit == POINTS else {})
        for account in _accounts_of(customer)
    ]


@holds("bookings")
def _bookings(customer: Customer) -> list[Row]:
    """The ledger in words."""
    return [
        {
            "occurred_at": plain(line.occurred_at),
            "unit": account.unit,
            "kind": line.kind,
            "points": line.points,
            "balance_after": line.balance_after,
            "text": line.text,
            "store": line.store,
            "voided": line.is_voided,
        }
        for account in _accounts_of(customer)
        for line in statement(account, list(entries(account)))
    ]


@holds("points_in_stock")
def _lots(customer: Customer) -> list[Row]:
    """The points and stamps that are left, with the moment they expire."""
    lots = Lot.objects.filter(account__customer=customer, remaining__gt=0).select_related("account")
    return [
        {"unit": lot.account.unit} | stored(lot, without={"entry_seq"}) for lot in lots.order_by("expires_at", "pk")
    ]


@holds("purchases")
def _purchases(customer: Customer) -> list[Row]:
    purchases = Purchase.objects.filter(customer=customer).select_related("store").order_by("purchased_at", "pk")
    return [
        {
            "id": plain(purchase.public_id),
            "purchased_at": plain(purchase.purchased_at),
            "recorded_at": plain(purchase.recorded_at),
            "voided_at": plain(purchase.voided_at),
            "store": purchase.store.name if purchase.store else None,
            "receipt_number": purchase.receipt_number,
            "total": plain(decimal_amount(purchase.total, currency=purchase.currency)),
            "currency": purchase.currency,
            "points": purchase.points,
        }
        for purchase in purchases
    ]


@holds("returns")
def _returns(customer: Customer) -> list[Row]:
    rows = PurchaseReturn.objects.filter(purchase__customer=customer).select_related("purchase", "store")
    return [
        {
            "id": plain(row.public_id),
            "purchase": plain(row.purchase.public_id),
            "returned_at": plain(row.returned_at),
            "store": row.store.name if row.store else None,
            "total": plain(decimal_amount(row.total, currency=row.purchase.currency)),
            "lines": row.lines,
            "points": row.points,
        }
        for row in rows.order_by("returned_at", "pk")
    ]


@holds("purchase_lines")
def _purchase_lines(customer: Customer) -> list[Row]:
    lines = PurchaseLine.objects.filter(purchase__customer=customer).select_related("purchase")
    return [
        {
            "purchase": plain(line.purchase.public_id),
            "index": line.index,
            "sku": line.sku,
            "name": line.name,
            "category": line.category,
            "quantity": plain(line.quantity),
            "total": plain(decimal_amount(line.total, currency=line.purchase.currency)),
        }
        for line in lines.order_by("purchase__purchased_at", "purchase_id", "index")
    ]
