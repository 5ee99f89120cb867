"""A real purchase log: every purchase once, every point explained, and the same after a second reading."""

from pathlib import Path

from django.db.models import Sum

from customers.models import Card, Customer
from events.models import Event
from imports.models import Import
from imports.run import Report
from imports.services import import_purchases
from ledger.models import Account, Entry
from ledger.queries import unsound_accounts
from programs.models import Purchase, PurchaseLine
from tenants.roles import SYSTEM
from tests.factories import NOW, Shop, make_shop

CDNOW = Path(__file__).parent.parent / "data" / "cdnow_sample.csv"


def read_cdnow(shop: Shop) -> Report:
    return import_purchases(tenant=shop.tenant, path=CDNOW, actor=SYSTEM, now=NOW)


def test_every_purchase_is_recorded_once_however_often_the_file_is_read(db: None) -> None:
    shop = make_shop("cdnow", currency="USD", time_zone="America/New_York")
    first, second = read_cdnow(shop), read_cdnow(shop)
    assert (first.rows, first.recorded, first.known, first.refused, first.customers) == (6919, 6919, 0, 0, 2357)
    assert (second.rows, second.recorded, second.known, second.refused, second.customers) == (6919, 0, 6919, 0, 0)
    with shop.scope():
        purchases, accounts = Purchase.objects.all(), Account.objects.all()
        assert purchases.count() == 6919
        assert Customer.objects.count() == Card.objects.count() == accounts.count() == 2357
        assert purchases.aggregate(Sum("total"))["total__sum"] == 24_409_194
        assert purchases.filter(total=0).count() == 8
        assert PurchaseLine.objects.count() == 6919
        assert Entry.objects.count() == purchases.filter(points__gt=0).count()
        entries = Entry.objects.aggregate(Sum("points"))["points__sum"]
        assert accounts.aggregate(Sum("balance"))["balance__sum"] == entries == first.points
        assert unsound_accounts() == {}
        assert Event.objects.filter(name="import.finished").count() == Import.objects.count() == 2
        assert not Event.objects.filter(name__in=["purchase.recorded", "customer.enrolled", "tier.changed"]).exists()
