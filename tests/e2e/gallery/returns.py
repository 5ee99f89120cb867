"""Goods that come back, points that are owed, and receipts from when the card was forgotten, on every surface."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from functools import cache

from django.utils import timezone
from playwright.sync_api import expect

from customers.models import Customer
from ledger.book import Voucher, open_book_of
from ledger.models import Lot
from programs.models import Purchase
from programs.publishing import draft_in_force, publish_program
from programs.qualifying import Window
from programs.returns import return_goods
from programs.services import LineItem, record_purchase
from tenants.roles import SYSTEM
from tests.clients import phone
from tests.e2e import people
from tests.e2e.gallery.exhibition import Exhibition
from tests.e2e.gallery.programme import OFFERS
from tests.e2e.gallery.visit import Visit, state
from tests.e2e.people import House
from tests.factories import make_customer, make_purchase

LINES = (
    LineItem(total=1_180, quantity=Decimal(4), name="Cappuccino", category="Kaffee"),
    LineItem(total=1_590, quantity=Decimal("0.5"), name="Espresso-Bohnen, Hausmischung"),
    LineItem(total=350, name="Croissant"),
)


@cache
def bought(exhibition: Exhibition) -> Purchase:
    """With lines, one of which came back in part."""
    shop, now = exhibition.house.shop, timezone.now()
    with shop.scope():
        nele = make_customer(name="Nele Vogt", now=now)
        purchase = record_purchase(
            customer=nele, total=3_120, currency="EUR", store=shop.store, lines=LINES, actor=SYSTEM, now=now
        ).purchase
        return_goods(purchase=purchase, lines=[(0, Decimal(1))], actor=SYSTEM, now=now)
        make_purchase(customer=nele, total=1_490, store=shop.store, now=now)
        whole = make_purchase(customer=nele, total=890, store=shop.store, now=now).purchase
        return_goods(purchase=whole, total=890, actor=SYSTEM, now=now)
    return purchase


@cache
def debtor(exhibition: Exhibition) -> Customer:
    """Has spent the points of goods that came back."""
    shop, now = exhibition.house.shop, timezone.now()
    with shop.scope():
        olaf = make_customer(name="Olaf Petersen", now=now)
        purchase = make_purchase(customer=olaf, total=2_490, store=shop.store, now=now).purchase
        with open_book_of(olaf.pk, now=now) as book:
            book.spend(200, Voucher(actor=SYSTEM, occurred_at=now))
        return_goods(purchase=purchase, total=1_000, actor=SYSTEM, now=now)
    return olaf


@state
def checkout_purchases(visit: Visit) -> None:
    customer = bought(visit.exhibition).customer
    assert customer is not None
    visit.as_staff()
    visit.open(f"/checkout/customers/{customer.public_id}/purchases/")


@state
def checkout_purchases_none(visit: Visit) -> None:
    visit.as_staff()
    visit.open(f"/checkout/customers/{visit.house.timo.public_id}/purchases/")


@state
def checkout_purchases_refused(visit: Visit) -> None:
    checkout_purchases_none(visit)
    visit.page.locator(".claim summary").click()
    visit.fill(receipt_number="4711", total="24,90")
    visit.refused()


@state
def checkout_return(visit: Visit) -> None:
    visit.as_staff()
    visit.open(f"/checkout/purchases/{bought(visit.exhibition).public_id}/return/")


@state
def checkout_return_refused(visit: Visit) -> None:
    checkout_return(visit)
    visit.fill(amount="99")
    visit.refused()


@state
def checkout_return_confirm(visit: Visit) -> None:
    checkout_return(visit)
    visit.fill(**{"line-0": "2"})
    expect(visit.page.locator("[name=confirmed]")).to_be_visible()


@state
def checkout_return_deficit(visit: Visit) -> None:
    olaf = debtor(visit.exhibition)
    with visit.house.shop.scope():
        purchase = Purchase.objects.get(customer=olaf)
    visit.as_staff()
    visit.open(f"/checkout/purchases/{purchase.public_id}/return/")
    visit.fill(amount="5")
    expect(visit.page.locator("main .banner--warn")).to_be_visible()


@state
def checkout_amount_deficit(visit: Visit) -> None:
    visit.as_staff()
    visit.open(f"/checkout/customers/{debtor(visit.exhibition).public_id}/")
    expect(visit.page.locator("[name=amount]")).to_be_focused()


@cache
def promising(_exhibition: Exhibition) -> House:
    """A shop with everything a programme can promise; Jana has points that wait, soon expire, and a tier to keep."""
    house, now = people.open_house("galerie-alles", address="sie"), timezone.now()
    with house.shop.scope():
        draft = draft_in_force(now=now)
        tiers = [
            replace(tier, benefits="Persönliche Beratung") if tier.factor_percent > 100 else tier
            for tier in draft.tiers
        ]
        whole = replace(
            draft,
            rules=[*draft.rules, *OFFERS],
            tiers=tiers,
            pending_days=14,
            expiry_months=36,
            tier_window=Window.ROLLING,
        )
        publish_program(whole, actor=SYSTEM, now=now)
        mia = people.mia_at_the_till(house)
        make_purchase(customer=house.jana, total=2_490, store=house.shop.store, actor=mia, now=timezone.now())
        soon = Lot.objects.filter(account__customer=house.jana).earliest("id")
        Lot.objects.filter(pk=soon.pk).update(expires_at=timezone.now() + timedelta(days=20))
    return house


def to_jana(visit: Visit, path: str) -> None:
    house = promising(visit.exhibition)
    visit.carry(people.cookies(phone(house.jana, house.shop.tenant)), at=house.url)
    visit.open(path, at=house.url)


@state
def checkout_amount_promises(visit: Visit) -> None:
    house = promising(visit.exhibition)
    visit.carry(people.staffed_till(house, people.bound_till(house)), at=house.url)
    visit.open(f"/checkout/customers/{house.jana.public_id}/", at=house.url)
    expect(visit.page.locator(".cust__more")).to_have_count(2)


@state
def checkout_done_promises(visit: Visit) -> None:
    checkout_amount_promises(visit)
    visit.page.keyboard.type("2490")
    expect(visit.page.locator("#preview b")).to_contain_text("311")
    visit.page.keyboard.press("Enter")
    expect(visit.page.locator(".done__why")).to_be_visible()


@state
def portal_home_promises(visit: Visit) -> None:
    to_jana(visit, "/")
    expect(visit.page.locator(".pass__pending")).to_be_visible()


@state
def portal_program_promises(visit: Visit) -> None:
    to_jana(visit, "/program/")


@state
def portal_join_promises(visit: Visit) -> None:
    visit.open("/join/", at=promising(visit.exhibition).url)


@state
def backoffice_customer_return(visit: Visit) -> None:
    visit.as_owner()
    visit.open(f"/backoffice/purchases/{bought(visit.exhibition).public_id}/return/")


@state
def backoffice_customer_return_refused(visit: Visit) -> None:
    backoffice_customer_return(visit)
    visit.fill(**{"line-0": "9"})
    visit.refused()


@state
def backoffice_customer_return_confirm(visit: Visit) -> None:
    backoffice_customer_return(visit)
    visit.fill(amount="5")
    expect(visit.page.locator("[name=confirmed]")).to_be_visible()


@state
def backoffice_customer_purchases_returned(visit: Visit) -> None:
    customer = bought(visit.exhibition).customer
    assert customer is not None
    visit.as_owner()
    visit.open(f"/backoffice/customers/{customer.public_id}/purchases/")


@state
def backoffice_customer_deficit(visit: Visit) -> None:
    visit.as_owner()
    visit.open(f"/backoffice/customers/{debtor(visit.exhibition).public_id}/")


@state
def backoffice_customer_claim(visit: Visit) -> None:
    visit.as_owner()
    visit.open(f"/backoffice/customers/{visit.house.timo.public_id}/claim/")


@state
def backoffice_customer_claim_refused(visit: Visit) -> None:
    backoffice_customer_claim(visit)
    visit.fill(receipt_number="4711", total="24,90")
    visit.refused()


@state
def portal_receipt(visit: Visit) -> None:
    visit.as_customer(visit.house.jana)
    visit.open("/receipt/")


@state
def portal_receipt_refused(visit: Visit) -> None:
    portal_receipt(visit)
    visit.fill(receipt_number="4711", total="24,90", purchased_on=f"{timezone.now():%Y-%m-%d}")
    visit.refused()


@state
def portal_home_deficit(visit: Visit) -> None:
    visit.on_phone_of(debtor(visit.exhibition))
    visit.open("/")


@state
def portal_history_returned(visit: Visit) -> None:
    customer = bought(visit.exhibition).customer
    assert customer is not None
    visit.on_phone_of(customer)
    visit.open("/history/")
