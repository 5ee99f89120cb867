"""`python -m devtools.demo`: two shops with 18 months of history, the same every time, and var/demo.json to find them.

Safe to repeat: a shop that exists is left alone, only used-up device codes and lost keys are issued anew.
"""

import argparse
import json
import os
from base64 import b32encode
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha1
from pathlib import Path
from typing import Any

import django
import psycopg

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "loyalty.settings")
django.setup()

from allauth.account.models import EmailAddress  # noqa: E402 - needs the loaded app registry
from allauth.mfa.totp.internal.auth import TOTP  # noqa: E402
from django.conf import settings  # noqa: E402
from django.db import transaction  # noqa: E402
from django.utils import timezone  # noqa: E402

from analytics import jobs  # noqa: E402
from analytics.stating import state_cost  # noqa: E402
from customers.models import Customer  # noqa: E402
from customers.queries import active_card  # noqa: E402
from devtools.demo_goals import set_goals  # noqa: E402
from devtools.demo_history import DAYS, Scene, write_history  # noqa: E402
from devtools.demo_stamps import COFFEE_CARD  # noqa: E402
from ledger.liability import state_point_value  # noqa: E402
from legal.samples import SAMPLES  # noqa: E402
from legal.services import accept_processing_agreement, publish_samples, state_business_details  # noqa: E402
from programs.publishing import draft_in_force, publish_program  # noqa: E402
from programs.setup import start_default_program  # noqa: E402
from team import services as team  # noqa: E402
from team.models import Device, Membership, Store  # noqa: E402
from team.queries import key_actor, member_actor  # noqa: E402
from tenants.models import Tenant, User  # noqa: E402
from tenants.roles import SYSTEM  # noqa: E402
from tenants.scope import tenant_scope  # noqa: E402
from tenants.secrets import as_typed, digest  # noqa: E402

PASSWORD = "demo-punktwerk"  # noqa: S105 - of a demo that runs on this machine only
SHOWN_CUSTOMERS = 10


@dataclass(frozen=True)
class Plan:
    """What a demo shop is like: baskets in cents around `basket`."""

    slug: str
    name: str
    address: str
    brand_color: str
    trade: str
    stores: tuple[tuple[str, str], ...]
    owner: str
    customers: int
    basket: int
    seed: int
    details: dict[str, str]
    programme: dict[str, Any]
    # What is left of sales in percent; running costs a month and the worth of a hundred points in cents.
    margin: int
    running: int
    point_value: int
    # Per cent, by the name of the tier.
    discounts: dict[str, int] = field(default_factory=dict)


PLANS = (
    Plan(
        slug="morgenrot",
        name="Café Morgenrot",
        address="du",
        brand_color="#b5482a",
        trade="cafe",
        stores=(("altstadt", "Altstadt"), ("hafen", "Hafen")),
        owner="Selin Yilmaz",
        customers=240,
        basket=1290,
        seed=1,
        details={
            "company": "Café Morgenrot GmbH",
            "represented_by": "Selin Yilmaz",
            "street": "Alte Gasse 7",
            "postcode": "20095",
            "city": "Hamburg",
            "email": "hallo@morgenrot.example",
            "phone": "+49 40 5550123",
            "vat_id": "DE000000000",
            "register": "HRB 000000, Amtsgericht Hamburg",
        },
        programme={
            "name": "Morgenrot-Treue",
            "description": "Jeder Kaffee zählt. Karte zeigen, Punkte sammeln, und ab Gold gibt es mehr davon.",
            "stamp_cards": (COFFEE_CARD,),
        },
        margin=65,
        running=4900,
        point_value=25,
    ),
    Plan(
        slug="nordlicht",
        name="Friseur Nordlicht",
        address="sie",
        brand_color="#5b3d8f",
        trade="salon",
        stores=(("salon", "Salon"),),
        owner="Britta Sommer",
        customers=140,
        basket=5400,
        seed=2,
        details={
            "company": "Friseur Nordlicht, Inh. Britta Sommer",
            "represented_by": "",
            "street": "Hafenstraße 12",
            "postcode": "24937",
            "city": "Flensburg",
            "email": "salon@nordlicht.example",
            "phone": "+49 461 5550123",
            "vat_id": "",
            "register": "",
        },
        programme={
            "name": "Nordlicht-Bonus",
            "description": "Für Ihre Treue: Punkte bei jedem Besuch, und ab Gold ein fester Vorteil.",
        },
        margin=55,
        running=3900,
        point_value=40,
        discounts={"Gold": 3, "Platin": 5},
    ),
)
TEAM = (("owner", "1111"), ("manager", "2222"), ("analyst", "3333"), ("staff", "4444"))
# Who is asked for a second factor; the others have nothing that needs one.
WITH_SECOND_FACTOR = ("owner", "manager")
NAMES = {"manager": "Tom Weber", "analyst": "Ida Roth", "staff": "Mia Lange"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--base-url", required=True)
    base_url = parser.parse_args().base_url
    path = settings.VAR_DIR / "demo.json"
    known = _read(path)
    now = datetime.now(UTC).replace(microsecond=0)
    shops = [demo_shop(plan, known.get(plan.slug, {}), now=now) for plan in PLANS]
    port = base_url.rpartition(":")[2]
    document = {
        "base_url": f"http://127.0.0.1:{port}",
        "tenants": shops,
        "mailbox": str(settings.VAR_DIR / "mail"),
    }
    date_bookings(written_at=now)
    gather_statistics()
    live_through_a_night()
    path.write_text(json.dumps(document, indent=2, ensure_ascii=False))
    for line in sign_ins(shops):
        print(line)


def demo_shop(plan: Plan, known: dict[str, Any], *, now: datetime) -> dict[str, Any]:
    """Create the shop if it is missing, and describe it as the contract of var/demo.json says."""
    with transaction.atomic():
        tenant = Tenant.objects.filter(slug=plan.slug).first() or _create(plan, now=now)
        with tenant_scope(tenant):
            return _description(plan, tenant, known, now=now)


def date_bookings(*, written_at: datetime) -> None:
    """As if they had been booked on their days: what is owed in points on a day follows from what was known then."""
    with psycopg.connect(os.environ["MIGRATOR_DATABASE_URL"], autocommit=True) as owner:
        owner.execute("UPDATE ledger_entry SET created_at = occurred_at WHERE created_at = %s", [written_at])


def gather_statistics() -> None:
    """As autovacuum will within a minute: without any, foreign keys are checked by whatever index names the shop."""
    with psycopg.connect(os.environ["MIGRATOR_DATABASE_URL"], autocommit=True) as owner:
        owner.execute("ANALYZE")


def live_through_a_night() -> None:
    """Figures until yesterday, groups, scores and a goal; of a shop that has not run for a while, what was missed."""
    for tenant in Tenant.objects.filter(slug__in=[plan.slug for plan in PLANS]).order_by("pk"):
        for job in (jobs.draw, jobs.draw_owed, jobs.rate, jobs.compare):
            job(tenant, timezone.localdate(timezone=tenant.zone))
        set_goals(tenant, now=timezone.now())


def sign_ins(shops: list[dict[str, Any]]) -> Iterator[str]:
    for shop in shops:
        owner = shop["team"][0]
        yield f"{shop['url']}"
        yield f"  back office  {shop['url']}/backoffice/  {owner['email']}  {owner['password']}"
        yield f"               second factor: put {owner['totp_secret']} into an authenticator app"
        yield f"  checkout     {shop['url']}/checkout/  device code {shop['devices'][0]['code']}, PIN {owner['pin']}"
        yield f"  portal       {shop['url']}/  {shop['customers'][0]['email']}  (the code arrives in var/mail)"
        yield f"  API          {shop['url']}/api/v1/docs/  Bearer {shop['api_key']}"


def _create(plan: Plan, *, now: datetime) -> Tenant:
    opened = now - timedelta(days=DAYS)
    tenant = Tenant.objects.create(
        slug=plan.slug,
        name=plan.name,
        currency="EUR",
        address=plan.address,
        trade=plan.trade,
        brand_color=plan.brand_color,
    )
    with tenant_scope(tenant):
        stores = [team.open_store(code=code, name=name, actor=SYSTEM) for code, name in plan.stores]
        start_default_program(name=plan.name, actor=SYSTEM, now=opened)
        members = [_member(plan, role, pin) for role, pin in TEAM]
        devices = [
            team.register_device(store=store, name=f"Kasse {number}", actor=SYSTEM, now=now)[0]
            for number, store in enumerate(stores, start=1)
        ]
        _present(plan, members[0], now=opened)
        write_history(
            Scene(
                slug=plan.slug,
                basket=plan.basket,
                customers=plan.customers,
                stores=stores,
                devices=devices,
                members=members,
                seed=plan.seed,
                now=now,
            )
        )
    return tenant


def _present(plan: Plan, owner: Membership, *, now: datetime) -> None:
    """What customers read before they join."""
    actor = member_actor(owner)
    state_business_details(actor=actor, **plan.details)
    publish_samples(language="de", actor=actor, now=now)
    accept_processing_agreement(version=SAMPLES, actor=actor, now=now)
    draft = draft_in_force(now=now)
    tiers = [replace(tier, discount_percent=plan.discounts.get(tier.name, 0)) for tier in draft.tiers]
    publish_program(replace(draft, tiers=tiers, **plan.programme), actor=actor, now=now)
    state_point_value(per_hundred=plan.point_value, actor=actor, now=now)
    state_cost(margin_percent=plan.margin, running=plan.running, since=now.date(), actor=actor, now=now)


def _member(plan: Plan, role: str, pin: str) -> Membership:
    name = plan.owner if role == "owner" else NAMES[role]
    email = f"{role}@{plan.slug}.example"
    user = User.objects.create_user(email=email, password=PASSWORD, name=name)
    EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    if role in WITH_SECOND_FACTOR:
        TOTP.activate(user, _totp_secret(email))
    return team.add_member(user=user, role=role, name=name.partition(" ")[0], pin=pin, actor=SYSTEM)


def _totp_secret(email: str) -> str:
    """The same every time, so that an authenticator app outlives a reset."""
    return b32encode(sha1(f"{PASSWORD} {email}".encode()).digest()).decode()  # noqa: S324 - 160 bits as the app wants them


def _description(plan: Plan, tenant: Tenant, known: dict[str, Any], *, now: datetime) -> dict[str, Any]:
    shown = Customer.objects.exclude(email="").order_by("pk")[:SHOWN_CUSTOMERS]
    return {
        "slug": tenant.slug,
        "host": tenant.host,
        "url": tenant.url,
        "api_key": _key(known.get("api_key"), "Demo", ("read", "write", "redeem")),
        "read_only_api_key": _key(known.get("read_only_api_key"), "Demo (read)", ("read",)),
        "currency": tenant.currency,
        "team": [
            {
                "role": role,
                "email": f"{role}@{plan.slug}.example",
                "password": PASSWORD,
                "pin": pin,
                "totp_secret": _totp_secret(f"{role}@{plan.slug}.example") if role in WITH_SECOND_FACTOR else None,
            }
            for role, pin in TEAM
        ],
        "devices": _device_codes(known.get("devices", []), now=now),
        "customers": [
            {
                "number": customer.number,
                "email": customer.email,
                "card": card.text if (card := active_card(customer)) else None,
                "name": customer.name,
            }
            for customer in shown
        ],
        "stores": [{"code": store.code, "name": store.name} for store in Store.objects.order_by("pk")],
    }


def _key(text: str | None, name: str, scopes: tuple[str, ...]) -> str:
    """The key of the last run while it still opens the shop."""
    if text and key_actor(text):
        return text
    return team.issue_api_key(name=name, scopes=scopes, actor=SYSTEM)[1]


def _device_codes(known: list[dict[str, str]], *, now: datetime) -> list[dict[str, str]]:
    """Codes that still bind; a used or expired one is renewed."""
    codes = []
    old = {entry["store"]: entry["code"] for entry in known}
    for device in Device.objects.select_related("store").order_by("pk"):
        code = old.get(device.store.code, "")
        valid = device.code_hash == digest(as_typed(code)) and device.code_expires_at and device.code_expires_at > now
        if not valid:
            code = team.renew_binding_code(device=device, actor=SYSTEM, now=now)
        codes.append({"store": device.store.code, "code": code})
    return codes


def _read(path: Path) -> dict[str, dict[str, Any]]:
    """The shops of the last run, by slug."""
    try:
        return {shop["slug"]: shop for shop in json.loads(path.read_text())["tenants"]}
    except (OSError, ValueError, KeyError):
        return {}


if __name__ == "__main__":
    main()
