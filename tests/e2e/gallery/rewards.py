"""What points bring on the customer's phone: the catalogue, a reward, the question before it is redeemed, vouchers."""

from datetime import timedelta
from functools import cache

from django.utils import timezone
from playwright.sync_api import expect

from customers.models import Customer
from programs.models import Tier
from programs.rules import Conditions
from rewards.models import Redemption, Reward
from rewards.redeeming import cancel_redemption, use_voucher
from tenants.roles import SYSTEM
from tests.clients import phone
from tests.e2e import people
from tests.e2e.gallery.exhibition import Exhibition
from tests.e2e.gallery.visit import Visit, state
from tests.e2e.people import ago
from tests.factories import give_points, make_customer, make_redemption, make_reward


@cache
def _catalogue(exhibition: Exhibition) -> dict[str, Reward]:
    """One of each kind that looks different."""
    now = timezone.now()
    begins = now + timedelta(days=24)
    gold = Conditions(weekdays=(0, 1, 2, 3, 4), from_minute=0, until_minute=1439)
    soon = Conditions(from_on=(now + timedelta(days=5)).date())
    with exhibition.house.shop.scope():
        rewards = [
            make_reward(icon="cup", description="Klein oder groß, auch mit Hafermilch.", per_customer_day=1, now=ago()),
            make_reward(name="Stück Kuchen", points=700, icon="bag", conditions=gold, now=ago()),
            make_reward(
                kind=Reward.Kind.AMOUNT,
                name="Rabatt",
                icon="euro",
                points=100,
                value=300,
                chooses_points=True,
                now=ago(),
            ),
            make_reward(
                kind=Reward.Kind.EVENT,
                name="Kaffeeverkostung",
                icon="cup",
                points=900,
                stock=6,
                event_place="Rösterei, Hof 2",
                value=None,
                event_at=begins,
                event_ends_at=begins + timedelta(hours=2),
                now=ago(),
            ),
            make_reward(name="Frühstück zu zweit", points=4_000, icon="gift", min_total=1_000, now=ago()),
            make_reward(
                name="Latte-Art-Kurs",
                points=2_000,
                icon="cup",
                tier=Tier.objects.get(code="platin"),
                now=ago(),
            ),
            make_reward(name="Adventskalender", points=900, conditions=soon, teaser_days=9, now=ago()),
            make_reward(name="Tasse", points=800, stock=0, now=ago()),
        ]
        return {reward.name: reward for reward in rewards}


def _mila(visit: Visit, *taken: str) -> tuple[Customer, list[Redemption]]:
    """With 3,480 points and these vouchers."""
    rewards, now = _catalogue(visit.exhibition), timezone.now()
    with visit.house.shop.scope():
        fresh = make_customer(name="Mila Wolf", email=f"mila{now:%H%M%S%f}@example.org", now=now)
        give_points(fresh, 3_480, now=now)
        held = [make_redemption(customer=fresh, reward=rewards[name], now=now) for name in taken]
    visit.on_phone_of(fresh)
    return fresh, held


def _page(visit: Visit, name: str, step: str = "") -> str:
    return f"/rewards/{_catalogue(visit.exhibition)[name].public_id}/{step}"


@state
def portal_home_rewards(visit: Visit) -> None:
    _mila(visit, "Cappuccino")
    visit.open("/")
    expect(visit.page.locator(".rail li")).to_have_count(3)


@state
def portal_rewards(visit: Visit) -> None:
    _mila(visit)
    visit.open("/rewards/")


@state
def portal_rewards_none(visit: Visit) -> None:
    shop = visit.exhibition.new_shop
    with shop.scope():
        fresh = make_customer(name="Mila", email=f"mila{timezone.now():%H%M%S%f}@example.org", now=timezone.now())
    visit.carry(people.cookies(phone(fresh, shop.tenant)), at=shop.tenant.url)
    visit.open("/rewards/", at=shop.tenant.url)


@state
def portal_reward(visit: Visit) -> None:
    _mila(visit)
    visit.open(_page(visit, "Cappuccino"))


@state
def portal_reward_points(visit: Visit) -> None:
    _mila(visit)
    visit.open(_page(visit, "Rabatt"))
    visit.page.locator("[name=points]").fill("3.030")
    expect(visit.page.locator("[data-worth]")).to_contain_text("90,90")


@state
def portal_reward_points_refused(visit: Visit) -> None:
    _mila(visit)
    visit.open(_page(visit, "Rabatt"))
    visit.fill(points="9.999")
    visit.refused()


@state
def portal_reward_event(visit: Visit) -> None:
    _mila(visit)
    visit.open(_page(visit, "Kaffeeverkostung"))


@state
def portal_reward_goal(visit: Visit) -> None:
    _mila(visit)
    visit.open(_page(visit, "Frühstück zu zweit"))


@state
def portal_reward_locked(visit: Visit) -> None:
    _mila(visit)
    visit.open(_page(visit, "Latte-Art-Kurs"))


@state
def portal_redeem(visit: Visit) -> None:
    _mila(visit)
    visit.open(_page(visit, "Cappuccino", "redeem/"))


@state
def portal_redeem_refused(visit: Visit) -> None:
    """The points went meanwhile."""
    fresh, _held = _mila(visit)
    visit.open(_page(visit, "Kaffeeverkostung", "redeem/"))
    with visit.house.shop.scope():
        give_points(fresh, -3_000, now=timezone.now())
    visit.page.get_by_role("button", name="Ja, zusagen").click()
    visit.refused()


@state
def portal_vouchers(visit: Visit) -> None:
    _fresh, held = _mila(visit, "Cappuccino", "Kaffeeverkostung", "Stück Kuchen", "Stück Kuchen")
    with visit.house.shop.scope():
        use_voucher(redemption=held[2], actor=SYSTEM, now=timezone.now(), store=visit.house.shop.store)
        cancel_redemption(redemption=held[3], actor=SYSTEM, now=timezone.now())
    visit.open("/vouchers/")


@state
def portal_vouchers_none(visit: Visit) -> None:
    _mila(visit)
    visit.open("/vouchers/")


@state
def portal_voucher(visit: Visit) -> None:
    _fresh, held = _mila(visit, "Cappuccino")
    visit.open(f"/vouchers/{held[0].public_id}/")


@state
def portal_voucher_event(visit: Visit) -> None:
    _fresh, held = _mila(visit, "Kaffeeverkostung")
    visit.open(f"/vouchers/{held[0].public_id}/")


@state
def portal_voucher_used(visit: Visit) -> None:
    _fresh, held = _mila(visit, "Cappuccino")
    with visit.house.shop.scope():
        use_voucher(redemption=held[0], actor=SYSTEM, now=timezone.now(), store=visit.house.shop.store)
    visit.open(f"/vouchers/{held[0].public_id}/")


@state
def portal_voucher_cancelled(visit: Visit) -> None:
    _fresh, held = _mila(visit, "Cappuccino")
    visit.open(f"/vouchers/{held[0].public_id}/")
    visit.page.get_by_role("button", name="Doch nicht einlösen").click()
    expect(visit.page.get_by_role("status")).to_be_visible()
    visit.page.get_by_role("link", name="Cappuccino").click()
    expect(visit.page.get_by_text("Storniert am")).to_be_visible()


@state
def portal_card_offline_vouchers(visit: Visit) -> None:
    _mila(visit, "Cappuccino")
    visit.open("/card/offline/")
