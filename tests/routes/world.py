"""Two shops with everything that a path can name, and everybody who may ask for it, on both kinds of host."""

import io
import itertools
import re
import uuid
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cached_property, partial
from typing import Any

from allauth.account.forms import default_token_generator
from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern
from django.utils import timezone

from analytics.models import Finding, SharedReview
from analytics.review.spans import Span
from analytics.rollups.nightly import draw_figures
from checkout.access import SHIFT, new_shift
from customers.cards import issue_card
from customers.notes import add_note
from customers.tags import add_tag
from events.models import Delivery, Event
from feedback.models import Response
from feedback.queries import link_token
from feedback.services import set_survey
from ledger.models import HeldAdjustment
from programs.drafting import save_draft, workpiece
from programs.rules import Kind, Rule
from programs.stamps import add_stamps
from rewards.codes import voucher_code
from rewards.models import Redemption
from rewards.redeeming import redeem_at_till
from team.membership import invitation_token
from team.queries import till_actor
from team.services import revoke_api_key
from tenants.hosts import SESSION_TENANT
from tenants.models import User
from tenants.roles import MOMENT, SECOND_FACTOR, SYSTEM, WORKING_DAY, capabilities_of, held_back
from tenants.routes import PUBLIC, stated_routes
from tests.analytics.samples import make_finding, make_goal_row
from tests.clients import bind, browser, phone, signed_in
from tests.factories import (
    COFFEE_CARD,
    NOW,
    Shop,
    make_api_key,
    make_customer,
    make_device,
    make_friends_code,
    make_import,
    make_invitation,
    make_member,
    make_offer,
    make_passkey,
    make_purchase,
    make_redemption,
    make_referral,
    make_reward,
    make_shop,
    make_store,
    make_user,
    offer_cards,
    today,
)

# What members add to their role: how long ago they have shown a second factor.
SECOND_FACTORS: dict[str, timedelta | None] = {
    "": timedelta(0),
    " without a second factor": None,
    " after a moment": MOMENT + timedelta(minutes=1),
    " after a working day": WORKING_DAY + timedelta(minutes=1),
}
# What only shop B knows; it must never reach anybody who asks shop A.
MARKER = "Zwölfender"
# Whose public id follows this part of a path; a customer's anywhere else.
PUBLIC_IDS = {
    "campaigns": "campaign",
    "friends": "referral",
    "guests": "voucher",
    "offers": "friends_offer",
    "purchases": "purchase",
    "redemptions": "redemption",
    "rewards": "reward",
    "shared": "shared",
    "thanks": "referral",
    "vouchers": "voucher",
}
# In which everybody's purchase lies.
SPAN = Span.around(NOW.date(), months=1)
FEW = ("anonymous", "owner", "customer", "till", "key read")


@dataclass
class World:
    """Two shops, and what a path of one of them needs: the ids stand for shop A's or shop B's things."""

    shop: Shop
    other: Shop
    ids: dict[str, dict[str, Any]]


@dataclass(frozen=True)
class Caller:
    """Somebody who asks, and the capabilities they hold at shop A, by surface."""

    name: str
    client: Callable[[], Client]
    holds: dict[str, frozenset[str]]
    # Where this caller differs from another one who asks for everything; empty means everywhere.
    surface: str = ""
    capabilities: frozenset[str] = frozenset()

    def asks(self, *, surface: str, capability: str | None) -> bool:
        return self.surface in ("", surface) and (not self.capabilities or capability in self.capabilities)


@dataclass(frozen=True)
class Domain:
    """The routes of one kind of host, and who comes there."""

    urlconf: str
    surfaces: dict[str, str]
    callers: Callable[[World], Iterator[Caller]]
    # What is asked of views that are open to anybody and state no methods; files are looked at elsewhere.
    unstated: tuple[str, ...] = ()

    @cached_property
    def routes(self) -> dict[str, URLPattern]:
        return stated_routes(self.urlconf)

    @cached_property
    def methods(self) -> dict[str, dict[str, str]]:
        """The capability that every method of every route wants."""
        stated = {pattern: route.callback.capabilities for pattern, route in self.routes.items()}  # type: ignore[attr-defined]
        named = {
            pattern: dict.fromkeys(self.unstated, PUBLIC) if methods == PUBLIC else methods
            for pattern, methods in stated.items()
        }
        return {pattern: methods for pattern, methods in named.items() if methods}

    def is_plain(self, pattern: str) -> bool:
        return self.routes[pattern].callback.capabilities == PUBLIC  # type: ignore[attr-defined]

    def surface(self, pattern: str) -> str:
        return next(surface for prefix, surface in self.surfaces.items() if pattern.startswith(prefix))

    def few_callers(self, world: World) -> Iterator[Caller]:
        """One of each kind, where it hardly matters who asks."""
        return (caller for caller in self.callers(world) if caller.name in FEW)


def make_world() -> World:
    shop, other = make_shop("morgenrot"), make_shop("nordlicht")
    return World(shop=shop, other=other, ids={"own": _things(shop, "Jana Krüger"), "foreign": _things(other, MARKER)})


def _things(shop: Shop, name: str) -> dict[str, Any]:
    with shop.scope():
        till, token = make_device(store=shop.store)
        customer = make_customer(name=name, email="jana@example.org")
        award = make_purchase(customer=customer, store=shop.store)
        event = Event.objects.create(name="planted", actor="system", occurred_at=NOW)
        parked = Delivery.objects.create(
            event=event, handler=f"planted by {name}", state="parked", next_attempt_at=NOW, error=name
        )
        offer_cards(COFFEE_CARD, now=timezone.now())
        members = {role: make_member(role=role, pin="4711") for role in ("owner", "manager", "analyst", "staff")}
        at_till = till_actor(members["staff"], till)
        reward = make_reward(name=f"Keks {name}", points=0)
        voucher = make_redemption(customer=customer, reward=reward, now=timezone.now())
        redeemed = redeem_at_till(
            customer=customer,
            reward=reward,
            presence=Redemption.Presence.CODE,
            store=shop.store,
            actor=at_till,
            now=timezone.now(),
        )
        tap = add_stamps(customer=customer, card="card-1", count=1, actor=at_till, now=timezone.now())
        make_offer(name=f"Freunde {name}")
        set_survey(by_email=False, in_portal=True, days=2, actor=SYSTEM, now=NOW)
        asked = Response.objects.create(customer=customer, channel="email", asked_at=timezone.now())
        return {
            "card_code": "card-1",
            "seq": tap.entry.seq,
            "customer": customer,
            "friends_offer": make_offer(name=f"Entwurf {name}", publish_now=False),
            "campaign": make_offer(name=f"Radio {name}", code="RADIO", referrer_points=0),
            "referral": make_referral(referrer=customer),
            "reward": reward,
            "voucher": voucher,
            "redemption": redeemed.redemption,
            "note": add_note(customer=customer, text=name, actor=SYSTEM, now=NOW),
            "tag": add_tag(customer=customer, name=name, actor=SYSTEM),
            "card": issue_card(customer=customer, actor=SYSTEM, now=NOW),
            "purchase": award.purchase,
            "response": Response.objects.create(
                customer=customer, channel="portal", asked_at=NOW, answered_at=NOW, score=3, sentence=name
            ),
            "till": till,
            "token": token,
            # Things that a path may change or take away, apart from those that the callers hold.
            "store": make_store(code="hafen", name=f"Hafen {name}"),
            "device": make_device(store=shop.store, name=f"Kasse {name}")[0],
            "member": make_member(role="staff", name=name),
            "invitation": make_invitation(email="neu@example.org", name=name),
            "key": make_api_key()[0],
            "delivery": parked,
            "held": HeldAdjustment.objects.create(
                customer=customer, points=500, reason="goodwill", asked_by="member:0", asked_at=NOW
            ),
            "import": make_import(lines=("Name", name), name=f"{name}.csv"),
            "finding": make_finding(Finding.Pattern.OWN_CARD, customer, till, now=NOW),
            "span": SPAN.code,
            "shared": _shared(shop),
            "job": "analytics.figures",
            "goal": make_goal_row(),
            "metric": "retention",
            "kind": "terms",
            "message_kind": "welcome",
            "language": "en",
            "place": "points",
            "code": _offer(shop, name),
            "channel": "email",
            "ending": "json",
            "size": "192",
            "number": 1,
            "color": "b5482a",
            "members": members,
            "read": make_api_key(scopes=["read"])[1],
            "write": make_api_key(scopes=["write"])[1],
            "revoked": _revoked_key(),
            "name": "none",
            "redeem": make_api_key(scopes=["redeem"])[1],
            "site": {
                "feedback/": {"token": link_token(asked.pk)},
                "e/": {"code": make_friends_code(customer)},
                "api/v1/redemptions/": {"code": voucher_code(voucher)},
                **_words_of_the_site(shop, members["owner"].user, name=name),
            },
        }


def _offer(shop: Shop, name: str) -> str:
    """In a change of the programme that is being prepared."""
    rule = Rule(code=f"offer-{shop.tenant.slug}", kind=Kind.BONUS, name=name, points=5)
    save_draft(replace(workpiece().draft, rules=[rule]), actor=SYSTEM, now=NOW)
    return rule.code


def _words_of_the_site(shop: Shop, owner: User, *, name: str) -> dict[str, dict[str, Any]]:
    """What paths of the bare domain say, by their beginning: a shop, and what mails and passkeys of a user name."""
    waiting = EmailAddress.objects.create(user=owner, email=f"neu-{owner.email}", verified=False, primary=False)
    invitation = make_invitation(email=f"noch-{owner.email}", name=name, now=timezone.now())
    return {
        "shops/": {"slug": shop.tenant.slug},
        "invitations/": {"token": invitation_token(invitation)},
        "accounts/2fa/webauthn/": {"pk": make_passkey(owner, name=name).pk},
        "accounts/^confirm-email/": {"key": EmailConfirmationHMAC(waiting).key},
        "accounts/^password/": {"uidb36": user_pk_to_url_str(owner), "key": default_token_generator.make_token(owner)},
    }


def _shared(shop: Shop) -> SharedReview:
    """Of the month in which somebody bought."""
    draw_figures(shop.tenant, today=today())
    days = SPAN.period
    return SharedReview.objects.create(first_on=days.first, last_on=days.last, what="came", shared_at=NOW)


def _revoked_key() -> str:
    key, text = make_api_key()
    revoke_api_key(key=key, actor=SYSTEM, now=NOW)
    return text


def callers(world: World) -> Iterator[Caller]:
    shop, own, foreign = world.shop.tenant, world.ids["own"], world.ids["foreign"]
    nothing: dict[str, frozenset[str]] = {}
    yield Caller("anonymous", lambda: browser(shop.host), nothing)
    yield Caller(
        "customer",
        lambda: phone(own["customer"], shop),
        {"portal": capabilities_of("customer")},
    )
    yield Caller(
        "customer of the other shop",
        lambda: phone(foreign["customer"], world.other.tenant, host=shop.host),
        nothing,
    )
    for (role, member), (shown, age) in itertools.product(own["members"].items(), SECOND_FACTORS.items()):
        held = capabilities_of(f"role:{role}")
        if shown and not held & SECOND_FACTOR.keys():
            continue
        holds = {"backoffice": held - held_back(held, second_factor_age=age)}
        # The age of a second factor matters where one is asked for.
        asked = frozenset(SECOND_FACTOR) if age else frozenset[str]()
        yield Caller(
            role + shown, partial(signed_in, member.user, shop, second_factor_age=age), holds, capabilities=asked
        )
    owner_elsewhere = foreign["members"]["owner"].user
    yield Caller("other shop's owner", lambda: signed_in(owner_elsewhere, shop), nothing)
    yield Caller(
        "other shop's owner, with the session of that shop",
        lambda: signed_in(owner_elsewhere, world.other.tenant, host=shop.host),
        nothing,
    )
    yield Caller("device", lambda: bind(browser(shop.host), own["token"]), {"checkout": capabilities_of("device")})
    yield Caller("device of the other shop", lambda: bind(browser(shop.host), foreign["token"]), nothing)
    yield Caller("till", lambda: _till(world), {"checkout": capabilities_of("till")})
    for name, key, scope in (
        ("key read", own["read"], capabilities_of("scope:read")),
        ("key write", own["write"], capabilities_of("scope:write")),
        ("key redeem", own["redeem"], capabilities_of("scope:redeem")),
        ("key revoked", own["revoked"], frozenset[str]()),
        ("key of the other shop", foreign["write"], frozenset[str]()),
        ("key forged for this shop", foreign["write"].replace("lk_nordlicht_", "lk_morgenrot_"), frozenset[str]()),
    ):
        # Elsewhere no surface reads a key, whichever it is.
        surface = "" if name == "key write" else "api"
        yield Caller(name, partial(_with_key, world, key), {"api": scope}, surface=surface)


def visitors(world: World) -> Iterator[Caller]:
    """Who comes to the bare domain: users, and everybody whom only a shop knows."""
    shop, own, foreign = world.shop.tenant, world.ids["own"], world.ids["foreign"]
    user = {"public": capabilities_of("user")}
    stranger = make_user()
    nothing: dict[str, frozenset[str]] = {}
    site = settings.BASE_DOMAIN
    yield Caller("anonymous", lambda: browser(site), nothing)
    yield Caller("owner", lambda: signed_in(own["members"]["owner"].user), user)
    yield Caller("staff", lambda: signed_in(own["members"]["staff"].user), user)
    yield Caller("user without a shop", lambda: signed_in(stranger), user)
    yield Caller("other shop's user", lambda: signed_in(foreign["members"]["owner"].user), user)
    yield Caller("session of the shop", lambda: signed_in(own["members"]["owner"].user, shop, host=site), nothing)
    yield Caller("customer", lambda: phone(own["customer"], shop, host=site), nothing)
    yield Caller("till", lambda: _till(world, host=site), nothing)
    yield Caller("key", partial(_with_key, world, own["write"], host=site), nothing)


def _till(world: World, *, host: str = "") -> Client:
    own = world.ids["own"]
    shift = new_shift(own["members"]["staff"], own["till"])
    return bind(browser(host or world.shop.host, **{SHIFT: shift, SESSION_TENANT: world.shop.tenant.pk}), own["token"])


def _with_key(world: World, key: str, *, host: str = "") -> Client:
    client = browser(host or world.shop.host)
    client.defaults["HTTP_AUTHORIZATION"] = f"Bearer {key}"
    return client


def path_of(pattern: str, things: dict[str, Any]) -> str:
    """A real path of a route's pattern, with the ids of one shop's things.

    `<int:store_id>` stands for the key of the thing "store", `<uuid:…>` for a public id, anything else for a word.
    """
    site: dict[str, Any] = {}
    for beginning, said in things["site"].items():
        site = said if pattern.startswith(beginning) else site

    def filled(match: re.Match[str]) -> str:
        kind, name = match["kind"], match["name"] or match["group"]
        if kind == "uuid":
            parent = match.string[: match.start()].rstrip("/").rpartition("/")[2]
            return str(things[PUBLIC_IDS.get(parent, "customer")].public_id)
        return str(things[name.removesuffix("_id")].pk if name.endswith("_id") else (things | site)[name])

    parameter = r"<(?P<kind>[a-z]+):(?P<name>[a-z_]+)>|\(\?P<(?P<group>\w+)>[^)]*\)"
    return "/" + re.sub(parameter, filled, re.sub(r"[\^$]", "", pattern) if "(?P" in pattern else pattern)


def words(response: HttpResponse) -> str:
    """What an answer says, also where it is sent bit by bit or is an archive of tables."""
    content = b"".join(response) if response.streaming else response.content
    if response.headers.get("Content-Type") != "application/zip":
        return content.decode(errors="replace")
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return "".join(archive.read(name).decode() for name in archive.namelist())


def ask(client: Client, method: str, path: str) -> HttpResponse:
    headers = {"Idempotency-Key": str(uuid.uuid4())}
    return client.generic(method, path, b"{}" if path.startswith("/api/") else b"", headers=headers)  # type: ignore[return-value]


SHOP = Domain(
    settings.ROOT_URLCONF,
    {"api/v1/": "api", "backoffice/": "backoffice", "checkout/": "checkout", "": "portal"},
    callers,
)
SITE = Domain(settings.PUBLIC_URLCONF, {"": "public"}, visitors, unstated=("GET", "POST"))
DOMAINS = (SHOP, SITE)
