"""Taking back a whole import: what it recorded is voided and reversed, and what it brought in alone goes again."""

from dataclasses import asdict, dataclass
from datetime import datetime
from functools import partial
from typing import Final

from django.db import connection
from django.db.models import Exists, OuterRef, QuerySet

from customers.models import Consent, Customer, Note, TermsAcceptance
from customers.queries import known_customers
from customers.services import erase
from imports.lease import Lease, patiently
from imports.models import Import, OpeningBalance
from ledger.models import Entry
from programs.balances import Booked, reverse_opening_balances
from programs.models import Product, Purchase
from programs.products import unused_products
from programs.rules import STAMPS
from programs.voids import void_imported_purchases
from tenants.models import Tenant
from tenants.roles import Actor
from tenants.scope import tenant_scope

# Few enough for a till that waits for the lock of an account.
CUSTOMERS_AT_ONCE: Final = 500
PURCHASES_AT_ONCE: Final = 5_000
BALANCES_AT_ONCE: Final = 2_000
PEOPLE_AT_ONCE: Final = 100
# Movements of points that only happen to somebody who is there.
DOINGS: Final = (Entry.Kind.REDEEM, Entry.Kind.RETURN, Entry.Kind.ADJUST, Entry.Kind.TRANSFER)

# For whoever holds the points by now, which after a merge is somebody else: what is left to take back, how much of that
# lies untouched in its own lots, and how many other points there are to draw on. What neither covers becomes a debt.
POINTS = """
WITH award AS (
    SELECT e.account_id, e.seq, e.points, h.id AS holder
      FROM programs_purchase AS p
      JOIN ledger_entry AS e ON e.purchase_id = p.id AND e.kind = 'earn'
      JOIN ledger_account AS b ON b.id = e.account_id AND b.unit = 'points'
      JOIN ledger_account AS h ON h.customer_id = p.customer_id AND h.unit = 'points'
     WHERE p.import_id = %(source)s AND p.voided_at IS NULL
     UNION ALL
    SELECT e.account_id, e.seq, e.points, h.id
      FROM imports_openingbalance AS o
      JOIN ledger_entry AS e ON e.account_id = o.account_id AND e.seq = o.entry_seq
      JOIN ledger_account AS a ON a.id = o.account_id
      JOIN customers_customer AS c ON c.id = a.customer_id
      JOIN ledger_account AS h ON h.customer_id = coalesce(c.merged_into_id, c.id) AND h.unit = 'points'
     WHERE o.source_id = %(source)s
), own AS (
    SELECT a.account_id, a.seq, a.holder, l.id, l.account_id AS lies_on, l.remaining
      FROM award AS a JOIN ledger_lot AS l ON l.account_id = a.account_id AND l.entry_seq = a.seq
     UNION ALL
    SELECT a.account_id, a.seq, a.holder, l.id, l.account_id, l.remaining
      FROM award AS a JOIN ledger_lot AS l ON l.origin_account_id = a.account_id AND l.origin_seq = a.seq
), gone AS (
    SELECT account_id, seq, sum(points) AS points
      FROM (SELECT r.account_id, r.reverses AS seq, -r.points AS points
              FROM ledger_entry AS r
             WHERE r.reverses IS NOT NULL AND r.account_id IN (SELECT account_id FROM award)
             UNION ALL
            SELECT own.account_id, own.seq, u.points
              FROM own
              JOIN ledger_lotuse AS u ON u.account_id = own.lies_on AND u.lot_id = own.id
              JOIN ledger_entry AS x ON x.account_id = u.account_id AND x.seq = u.entry_seq AND x.kind = 'expire') AS g
     GROUP BY account_id, seq
), holder AS (
    SELECT a.holder AS id, sum(greatest(a.points - coalesce(g.points, 0), 0)) AS points
      FROM award AS a LEFT JOIN gone AS g USING (account_id, seq)
     GROUP BY a.holder
), untouched AS (
    SELECT holder AS id, sum(remaining) AS points FROM own GROUP BY holder
), other AS (
    SELECT l.account_id AS id, sum(l.remaining) AS points
      FROM ledger_lot AS l
     WHERE l.account_id IN (SELECT holder FROM award) AND l.remaining > 0 AND NOT l.is_pending
       AND NOT EXISTS (SELECT FROM own WHERE own.id = l.id)
     GROUP BY l.account_id
), debt AS (
    SELECT h.points, greatest(h.points - coalesce(u.points, 0) - coalesce(o.points, 0), 0) AS owed
      FROM holder AS h LEFT JOIN untouched AS u USING (id) LEFT JOIN other AS o USING (id)
)
SELECT coalesce(sum(points), 0)::bigint, count(*) FILTER (WHERE owed > 0), coalesce(sum(owed), 0)::bigint FROM debt
"""


@dataclass(frozen=True, slots=True)
class Plan:
    """What undoing an import would do now, and what it would have to leave."""

    purchases: int
    balances: int
    points: int
    # Customers who have spent more than they would keep, and how many points they would owe.
    debtors: int
    debt: int
    customers: int
    customers_staying: int
    products: int
    products_staying: int

    @property
    def is_empty(self) -> bool:
        return not (self.purchases or self.balances or self.customers or self.products)


def plan_of(source: Import) -> Plan:
    with connection.cursor() as cursor:
        cursor.execute(POINTS, {"source": source.pk})
        points, debtors, debt = cursor.fetchone()
    enrolled, added = _enrolled(source.pk).count(), Product.objects.filter(import_id=source.pk).count()
    customers, products = _with_nothing_else(source.pk).count(), _unused(source.pk).count()
    return Plan(
        purchases=_purchases(source.pk).count(),
        balances=_balances(source.pk).count(),
        points=points,
        debtors=debtors,
        debt=debt,
        customers=customers,
        customers_staying=enrolled - customers,
        products=products,
        products_staying=added - products,
    )


@dataclass(frozen=True, slots=True)
class Undone:
    """What has been taken back so far."""

    purchases: int = 0
    balances: int = 0
    points: int = 0
    products: int = 0
    customers: int = 0

    def plus(self, other: "Undone") -> "Undone":
        before, more = asdict(self), asdict(other)
        return Undone(**{name: before[name] + more[name] for name in before})

    @property
    def things(self) -> int:
        """For the progress bar."""
        return self.purchases + self.balances + self.products + self.customers


class Undoing:
    """Takes an import back in short transactions; one that was interrupted goes on with what is left."""

    def __init__(self, *, tenant: Tenant, source: Import, lease: Lease, actor: Actor, now: datetime) -> None:
        self.undone = Undone(**source.undone)
        self._tenant = tenant
        self._source = source.pk
        self._lease = lease
        self._actor = actor
        self._now = now

    def carry_out(self) -> Undone:
        """Raises LeaseLost."""
        with tenant_scope(self._tenant):
            left = (_purchases(self._source), _balances(self._source), _unused(self._source))
            total = sum(rows.count() for rows in left) + _with_nothing_else(self._source).count()
            self._lease.renew(done=self.undone.things, total=self.undone.things + total)
        last: int | None = 0
        while last is not None:
            last = patiently(partial(self._void, after=last))
        for take_back in (self._reverse, self._remove, self._forget):
            while patiently(take_back):
                pass
        return self.undone

    def _void(self, *, after: int) -> int | None:
        """Purchases of the customers behind this one; the customer behind whom to go on, None at the end."""
        with tenant_scope(self._tenant):
            waiting = _purchases(self._source).filter(customer_id__gt=after).order_by("customer_id")
            customer_ids = list(waiting.values_list("customer_id", flat=True).distinct()[:CUSTOMERS_AT_ONCE])
            if not customer_ids:
                return None
            voided = void_imported_purchases(
                import_id=self._source,
                customer_ids=customer_ids,
                at_most=PURCHASES_AT_ONCE,
                actor=self._actor,
                now=self._now,
            )
            undone = self._note(Import.Phase.VOIDING, Undone(purchases=voided.purchases, points=voided.points))
        self.undone = undone
        return customer_ids[-1] if voided.purchases < PURCHASES_AT_ONCE else after

    def _reverse(self) -> bool:
        """Opening balances; whether there were any."""
        with tenant_scope(self._tenant):
            rows = list(_balances(self._source).order_by("account_id", "pk")[:BALANCES_AT_ONCE])
            if not rows:
                return False
            points = reverse_opening_balances(
                [Booked(account_id=row.account_id, seq=row.entry_seq) for row in rows],
                actor=self._actor,
                now=self._now,
            )
            OpeningBalance.objects.filter(pk__in=[row.pk for row in rows]).delete()
            undone = self._note(Import.Phase.REVERSING, Undone(balances=len(rows), points=points))
        self.undone = undone
        return True

    def _remove(self) -> bool:
        """Products that stand on no receipt, all at once."""
        with tenant_scope(self._tenant):
            removed, _by_model = _unused(self._source).delete()
            undone = self._note(Import.Phase.REMOVING, Undone(products=removed))
        self.undone = undone
        return False

    def _forget(self) -> bool:
        """Customers whom nothing but this import knows; whether there were any."""
        with tenant_scope(self._tenant):
            people = list(_with_nothing_else(self._source).order_by("pk")[:PEOPLE_AT_ONCE])
            for customer in people:
                erase(customer=customer, actor=self._actor, now=self._now)
            undone = self._note(Import.Phase.FORGETTING, Undone(customers=len(people)))
        self.undone = undone
        return bool(people)

    def _note(self, phase: Import.Phase, more: Undone) -> Undone:
        undone = self.undone.plus(more)
        self._lease.renew(phase=phase, done=undone.things, undone=asdict(undone))
        return undone


def _purchases(import_id: int) -> QuerySet[Purchase]:
    return Purchase.objects.filter(import_id=import_id, voided_at=None)


def _balances(import_id: int) -> QuerySet[OpeningBalance]:
    return OpeningBalance.objects.filter(source=import_id)


def _unused(import_id: int) -> QuerySet[Product]:
    return unused_products(Product.objects.filter(import_id=import_id))


def _enrolled(import_id: int) -> QuerySet[Customer]:
    return known_customers().filter(import_id=import_id)


def _with_nothing_else(import_id: int) -> QuerySet[Customer]:
    """Those whom the import enrolled and who have done nothing since."""
    own = OuterRef("pk")
    return _enrolled(import_id).exclude(
        Exists(Purchase.objects.filter(customer=own).exclude(import_id=import_id))
        | Exists(OpeningBalance.objects.filter(account__customer=own).exclude(source=import_id))
        | Exists(Entry.objects.filter(account__customer=own, kind__in=DOINGS))
        | Exists(Entry.objects.filter(account__customer=own, account__unit__startswith=STAMPS, purchase_id=None))
        | Exists(Customer.objects.filter(merged_into=own))
        | Exists(Consent.objects.filter(customer=own))
        | Exists(TermsAcceptance.objects.filter(customer=own))
        | Exists(Note.objects.filter(customer=own))
    )
