"""A shop to measure with: open, with an API key and any number of customers."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.utils import timezone

from customers.models import Card, Customer
from customers.services import enrol
from devtools.bench.rows import multiply, superuser, without_keys
from ledger.models import Account
from programs.shops import FIRST_STORE, open_shop
from team.services import issue_api_key
from tenants.models import Tenant
from tenants.roles import SYSTEM
from tenants.scope import tenant_scope

_DIGITS = "0123456789"
# Of the alphabet of card numbers.
_LETTERS = "ABCDEFGHJK"


@dataclass(frozen=True, kw_only=True)
class BenchShop:
    """Customer and account number `n` have the ids `first_customer + n` and `first_account + n`."""

    tenant: Tenant
    api_key: str
    store: str
    customers: int
    first_customer: int
    first_account: int

    def cards(self) -> Iterator[str]:
        return (str(number).zfill(12).translate(str.maketrans(_DIGITS, _LETTERS)) for number in range(self.customers))

    def write_cards(self, path: Path) -> Path:
        path.write_text("".join(f"{card}\n" for card in self.cards()))
        return path


def open_bench_shop(
    slug: str, *, customers: int, trade: str = "cafe", now: datetime | None = None, analyze: bool = True
) -> BenchShop:
    """The product enrols one customer, the database makes the others like that one."""
    now = now or timezone.now()
    email = f"{slug}@example.org"
    opened = open_shop(slug=slug, name="Bench", currency="EUR", owner_email=email, trade=trade, now=now)
    with tenant_scope(opened.tenant):
        _, api_key = issue_api_key(name="Bench", scopes=["read", "write", "redeem"], actor=SYSTEM)
        customer = enrol(actor=SYSTEM, now=now, source="api")
        account = Account.objects.get(customer=customer)
    shop = BenchShop(
        tenant=opened.tenant,
        api_key=api_key,
        store=FIRST_STORE,
        customers=customers,
        first_customer=customer.pk + 1,
        first_account=account.pk + 1,
    )
    with superuser() as connection, without_keys(connection):
        numbers = range(customers)
        multiply(
            connection,
            Customer,
            pattern=f"id = {customer.pk}",
            numbers=numbers,
            id=f"{shop.first_customer} + n",
            public_id="gen_random_uuid()",
            number="(100000000 + n)::text",
        )
        multiply(
            connection,
            Card,
            pattern=f"customer_id = {customer.pk}",
            numbers=numbers,
            id="p.id + 1 + n",
            customer_id=f"{shop.first_customer} + n",
            token=f"translate(lpad(n::text, 12, '0'), '{_DIGITS}', '{_LETTERS}')",
        )
        multiply(
            connection,
            Account,
            pattern=f"id = {account.pk}",
            numbers=numbers,
            id=f"{shop.first_account} + n",
            customer_id=f"{shop.first_customer} + n",
        )
        if analyze:
            connection.execute("ANALYZE")
    return shop
