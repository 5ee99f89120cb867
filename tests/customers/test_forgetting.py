"""After erasure nothing personal is left: not in any column of any table, not in the cache, not in an event.

The columns come from the models themselves: whoever adds one has to say whether it is personal.
"""

import json
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.sessions.models import Session
from django.db import models
from django.utils import timezone

from analytics.models import Finding
from customers.export import sections_of
from customers.models import Consent, Customer, CustomerTag, EmailClaim, Note, Tag
from customers.services import erase
from customers.sign_in import new_link, request_code
from feedback.models import Response
from messaging.models import Message
from tenants.roles import SYSTEM
from tenants.routes import stated_routes
from tenants.scope import tenant_models
from tests.clients import ApiClient, browser, phone, signed_in
from tests.conftest import redis_server
from tests.factories import (
    COFFEE_CARD,
    NOW,
    Shop,
    make_api_key,
    make_customer,
    make_member,
    make_offer,
    make_purchase,
    make_reward,
    offer_cards,
    publish_legal_texts,
)
from tests.imports.desk import Desk

pytestmark = pytest.mark.django_db(transaction=True)

CANARY = "kanarienvogel"
# Columns that hold text and nothing personal about a customer, each looked at. Files that wait to be imported may name
# people; they are forgotten when they have been, and after a week, which has tests of its own.
NOT_PERSONAL = {
    "analytics.finding": {"figures", "evidence", "decided_by"},
    "analytics.modelcheck": {"judgement", "recalibration"},
    "analytics.reviewrhythm": {"rhythm", "stated_by"},
    "analytics.sharedreview": {"what"},
    "analytics.scoringrun": {"footing", "parameters", "groups"},
    "analytics.statedcost": {"stated_by"},
    "customers.card": {"token"},
    "customers.consent": {"wording", "wording_version", "wording_language"},
    "customers.customer": {"number", "language", "source"},
    "customers.emailclaim": {"token_hash"},
    "customers.note": {"author"},
    "customers.tag": {"name", "key"},
    "customers.termsacceptance": {"accepted_via"},
    "events.delivery": {"handler", "error"},
    "events.event": {"name", "actor", "payload"},
    "events.jobrun": {"job", "error"},
    "feedback.departure": {"occasion", "reason", "once"},
    "feedback.response": {"settled_by"},
    "feedback.survey": {"stated_by"},
    "imports.columnchoice": {"signature", "columns", "date_format", "decimal_mark"},
    "imports.filepart": {"content"},
    "imports.import": {
        *("file_name", "actor", "undone_by", "language", "phase", "problem", "encoding", "delimiter", "header"),
        *("columns", "date_format", "decimal_mark", "sample", "undone"),
    },
    "imports.refusedrow": {"reason", "fields"},
    "ledger.account": {"unit", "qualifying_window"},
    "ledger.adjustmentlimit": {"stated_by"},
    "ledger.entry": {"explanation", "actor"},
    "ledger.heldadjustment": {"reason", "asked_by", "decided_by"},
    "ledger.idempotencykey": {"key", "request_hash", "answer"},
    "ledger.pointvalue": {"stated_by"},
    "legal.businessdetails": {
        *("company", "represented_by", "street", "postcode", "city", "email", "phone", "vat_id", "register"),
    },
    "legal.legaltext": {"language", "body", "template"},
    "legal.processingagreement": {"version", "accepted_by"},
    "messaging.message": {"kind", "once", "language", "status"},
    "messaging.mutedkind": {"kind"},
    "messaging.owntext": {"kind", "language", "subject", "body"},
    "programs.earningrule": {"code", "kind", "occasion", "name", "conditions", "limits"},
    "programs.product": {"sku", "name", "category"},
    "programs.program": {"name", "points_name", "points_name_one", "description"},
    "programs.programdraft": {"actor", "document", "template"},
    "programs.programversion": {
        *("stacking", "excluded", "expiry_end", "tier_basis", "tier_window", "points_name", "points_name_one"),
        "workings",
    },
    "programs.purchase": {"currency", "receipt_number", "actor", "import_key", "facts"},
    "programs.purchaseline": {"sku", "name", "category"},
    "programs.purchasereturn": {"lines", "actor"},
    "programs.ruleuse": {"code", "period"},
    "programs.stampcard": {"code", "name", "goods", "reward"},
    "programs.tier": {"code", "name"},
    "programs.tierterms": {"benefits"},
    # What is left of an erased contact, by design: nothing can be read from it without the installation's key.
    "referrals.forgottencontact": {"contact_hash"},
    "referrals.invitation": {"code", "seen_network"},
    "referrals.invitationclicks": {"channel"},
    "referrals.offerreward": {"side"},
    "referrals.referral": {"channel", "state", "reasons", "network", "decided_by"},
    "referrals.referraloffer": {"name", "state", "code", "partner", "actor"},
    "referrals.thanks": {"side", "state", "obstacle"},
    "rewards.cardlimit": {"stated_by"},
    "rewards.redemption": {
        *("code_hash", "reference", "state", "presence", "occasion", "issued_by", "used_by", "closed_by"),
    },
    "rewards.reward": {"kind", "way", "name", "description", "icon", "conditions", "event_place", "actor"},
    "rewards.rewardphoto": {"hash", "small", "large"},
    "team.apikey": {"key_id", "secret_hash", "name", "scopes"},
    "team.device": {"name", "code_hash", "token_hash"},
    "team.invitation": {"email", "name", "invited_by"},
    "team.logo": {"hash", "small", "large"},
    "team.membership": {"name", "pin"},
    "team.store": {"code", "name", "opening_hours"},
}
TEXT = (models.CharField, models.TextField, models.JSONField, models.BinaryField, ArrayField)


def text_columns(model: Any) -> set[str]:
    """Columns that could hold what people write; a choice cannot."""
    return {field.name for field in model._meta.local_fields if isinstance(field, TEXT) and not field.choices}


def test_every_column_that_can_hold_text_is_personal_or_has_been_looked_at() -> None:
    unknown = {
        model._meta.label_lower: sorted(left)
        for model in tenant_models()
        if (left := text_columns(model) - set(model.PERSONAL) - NOT_PERSONAL.get(model._meta.label_lower, set()))
    }
    assert unknown == {}


def test_every_personal_column_exists() -> None:
    for model in tenant_models():
        names = {field.name for field in model._meta.local_fields}
        assert set(model.PERSONAL) <= names, model


def plant(customer: Customer) -> None:
    """A canary in every personal column of every model that has one; a model without a maker here fails."""
    makers: dict[Any, Callable[[dict[str, str]], object]] = {
        Customer: lambda words: Customer.objects.filter(pk=customer.pk).update(
            **words | {"birth_month": 4, "birth_day": 17, "phone": "+49151987654"}
        ),
        Consent: lambda words: Consent.objects.create(
            customer=customer, channel="email", requested_at=NOW, confirmed_at=NOW, **words
        ),
        EmailClaim: lambda words: EmailClaim.objects.create(
            customer=customer, token_hash="0" * 64, claimed_at=NOW, **words
        ),
        Response: lambda words: Response.objects.create(
            customer=customer,
            channel="portal",
            asked_at=NOW,
            score=3,
            answered_at=NOW,
            settled_at=NOW,
            settled_by="system",
            **words,
        ),
        Finding: lambda words: Finding.objects.create(
            customer=customer,
            pattern="self_referral",
            severity=1,
            figures={"count": 1, "email": 1, "phone": 0},
            first_at=NOW,
            last_at=NOW,
            found_at=NOW,
            seen_at=NOW,
            state="dismissed",
            decided_by="system",
            decided_at=NOW,
            **words,
        ),
        Note: lambda words: Note.objects.create(customer=customer, author="system", created_at=NOW, **words),
        Message: lambda words: Message.objects.create(
            customer=customer, kind="welcome", once="1", posted_at=NOW, **words | {"facts": {"name": words["facts"]}}
        ),
    }
    holders = {model for model in tenant_models() if model.PERSONAL}
    assert holders == makers.keys()
    for model, make in makers.items():
        make({name: f"{CANARY}-{model.__name__}-{name}".lower() for name in model.PERSONAL if _is_text(model, name)})
    tag = Tag.objects.create(name="Stammgast", key="stammgast")
    CustomerTag.objects.create(customer=customer, tag=tag)


def _is_text(model: type[models.Model], name: str) -> bool:
    field = model._meta.get_field(name)
    return isinstance(field, TEXT) and name != "phone"


def everywhere(word: str) -> list[str]:
    """Every table in which a word occurs, as the backup sees them: row security hides nothing from it."""
    from tests.conftest import owner_connection

    found = []
    with owner_connection("ADMIN_DATABASE_URL") as admin:
        tables = admin.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        for (table,) in tables:
            row = admin.execute(
                f'SELECT count(*) FROM "{table}" AS t WHERE lower(to_jsonb(t)::text) LIKE %s', [f"%{word}%"]
            ).fetchone()
            if row and row[0]:
                found.append(str(table))
    return found


def in_the_cache(word: str) -> list[str]:
    keys = [key for key in redis_server().scan_iter("*") if redis_server().type(key) == b"string"]
    return [key.decode() for key in keys if word.encode() in (redis_server().get(key) or b"").lower() + key.lower()]


def in_sessions(word: str) -> list[str]:
    """What the table holds is signed and compressed: a search for the word would not see it."""
    return [
        key
        for session in Session.objects.all()
        for key, value in session.get_decoded().items()
        if word in f"{value}".lower()
    ]


def assert_nowhere(word: str, caplog: pytest.LogCaptureFixture) -> None:
    assert everywhere(word) == []
    assert in_sessions(word) == []
    assert in_the_cache(word) == []
    assert word not in caplog.text.lower()


def test_a_canary_in_every_personal_column_is_in_the_export_and_nowhere_after_erasure(
    shop: Shop, other_shop: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    with shop.scope():
        customer = make_customer(name="Jana", email="jana@example.org", now=NOW)
        make_purchase(customer=customer, now=NOW)
        plant(customer)
        customer.refresh_from_db()
        _, key = make_api_key(scopes=["read", "write"])
        request_code(email=customer.email, network="192.0.2.1")
        new_link(customer)
    till = ApiClient(shop.tenant, key)
    till.post(f"customers/{customer.public_id}/adjustments", {"points": 5, "reason": "goodwill"})
    till.get("customers")
    with other_shop.scope():
        neighbour = make_customer(name=f"{CANARY} nebenan", now=NOW)

    with shop.scope():
        exported = json.dumps([section.rows for section in sections_of(customer)], ensure_ascii=False).lower()
        for model in tenant_models():
            for name in model.PERSONAL:
                # Keys are the folded copies that searching needs; the export has what they were folded from.
                if _is_text(model, name) and not name.endswith("_key"):
                    assert f"{CANARY}-{model.__name__}-{name}".lower() in exported, name
        assert "+49151987654" in exported
    assert set(everywhere(CANARY)) >= {"customers_customer", "customers_note", "customers_consent"}

    with shop.scope():
        erase(customer=customer, actor=SYSTEM, now=timezone.now())
    with other_shop.scope():
        neighbour.refresh_from_db()
        assert neighbour.name == f"{CANARY} nebenan"
        Customer.objects.filter(pk=neighbour.pk).update(name="", name_key="", surname_key="")

    for word in (CANARY, "+49151987654"):
        assert_nowhere(word, caplog)
    with shop.scope():
        customer.refresh_from_db()
        assert (customer.birth_month, customer.birth_day) == (None, None)
        assert customer.enrolled_at == NOW


def named(**more: str) -> dict[str, str]:
    """A person as another system names them, somebody new each time."""
    canary = f"{CANARY}-{uuid.uuid4().hex[:8]}"
    return {"name": canary, "email": f"{canary}@example.org", "external_id": canary} | more


def write_everything(till: ApiClient, *, card: str, reward: str) -> str:
    """Every writing call of the API, with a canary wherever it takes text; returns who remains."""
    called = set()

    def send(route: str, method: str, path: str, body: Any = None) -> Any:
        called.add((route, method))
        answer = till.send(
            method, path, json.dumps(body or {}).encode(), **{"Idempotency-Key": f"{CANARY}-{uuid.uuid4()}"}
        )
        assert answer.status_code < 300, answer.content
        return answer.json() if answer.content else None

    jana, twin, third = (send("customers", "POST", "customers", named(phone=f"+4915119876{n:02d}")) for n in range(3))
    send("customer", "PATCH", f"customers/{jana['id']}", named(birthday="04-17"))
    sale = {"customer": {"email": twin["email"]}, "total": "10.00", "currency": "EUR"}
    sale["receipt_number"] = "4711"
    send("purchase_preview", "POST", "purchases/preview", sale)
    bought = send("purchases", "POST", "purchases", sale)
    send("purchase_returns", "POST", f"purchases/{bought['id']}/returns", {"total": "4.00"})
    send("purchase_void", "POST", f"purchases/{bought['id']}/void")
    forgotten = {"total": "7.00", "receipt_number": "4712"}
    send("purchases", "POST", "purchases", {**forgotten, "customer": None, "currency": "EUR"})
    send("claims", "POST", f"customers/{jana['id']}/claims", forgotten)
    stamps = f"customers/{jana['id']}/stamps"
    send("stamps", "POST", stamps, {"card": card, "count": 5})
    stamped = send("stamps", "POST", stamps, {"card": card, "count": 5})
    send("redeem_stamps", "POST", f"{stamps}/redeem", {"card": card})
    send("void_stamps", "POST", f"{stamps}/void", {"card": card, "seq": stamped["seq"]})
    send("adjustments", "POST", f"customers/{jana['id']}/adjustments", {"points": 5, "reason": "goodwill"})
    send("referrals", "POST", "referrals", {"code": "LAURA", "customer": {"email": third["email"]}})
    voucher = send("redemptions", "POST", "redemptions", {"customer": {"id": jana["id"]}, "reward": reward})
    send("use_redemption", "POST", f"redemptions/{voucher['code']}/use", {"store": "main"})
    send("cancel_redemption", "POST", f"redemptions/{voucher['id']}/cancel")
    send("merge", "POST", f"customers/{twin['id']}/merge", {"into": jana["id"]})
    send("customer", "DELETE", f"customers/{third['id']}")
    views: dict[str, Any] = {
        f"{route.name}": route.callback
        for pattern, route in stated_routes(settings.ROOT_URLCONF).items()
        if pattern.startswith("api/v1/")
    }
    stated = {name: view.capabilities for name, view in views.items() if isinstance(view.capabilities, dict)}
    assert called == {(name, method) for name, methods in stated.items() for method in methods.keys() - {"GET"}}
    return str(jana["id"])


def test_nothing_of_what_a_machine_sent_is_kept_after_erasure(shop: Shop, caplog: pytest.LogCaptureFixture) -> None:
    with shop.scope():
        till = ApiClient(shop.tenant, make_api_key(scopes=["read", "write", "redeem"])[1])
        card = offer_cards(COFFEE_CARD)[0].code
        reward = str(make_reward(points=0).public_id)
        make_offer(code="LAURA", partner="Laura")
    jana = write_everything(till, card=card, reward=reward)
    assert "customers_customer" in everywhere(CANARY)
    assert till.delete(f"customers/{jana}").status_code == 204
    assert_nowhere(CANARY, caplog)


def test_a_merge_that_is_repeated_after_the_erasure_tells_nothing_any_more(shop: Shop) -> None:
    with shop.scope():
        till = ApiClient(shop.tenant, make_api_key(scopes=["read", "write"])[1])
        jana, twin = make_customer(name=CANARY), make_customer()
    join = f"customers/{twin.public_id}/merge", {"into": str(jana.public_id)}
    assert CANARY in till.post(*join, key="k1").content.decode()
    assert CANARY in till.post(*join, key="k1").content.decode()
    till.delete(f"customers/{jana.public_id}")
    again = till.post(*join, key="k1")
    assert (again.status_code, again.json()["code"]) == (404, "unknown_customer")


def test_no_session_keeps_an_address_that_somebody_typed(shop: Shop, caplog: pytest.LogCaptureFixture) -> None:
    email = f"{CANARY}@example.org"
    with shop.scope():
        publish_legal_texts()
        customer = make_customer(email=email)
    own_phone, another_s = phone(customer, shop.tenant), browser(shop.host)
    assert another_s.post("/sign-in/", {"email": email}).headers["Location"] == "/sign-in/code/"
    assert another_s.get("/sign-in/code/").status_code == 200
    assert own_phone.post("/profile/email/", {"email": f"{CANARY}@example.net"}).status_code == 302
    assert f"{CANARY}@example.net" in own_phone.get("/profile/email/code/").content.decode()
    joining = browser(shop.host)
    text = joining.get("/join/").context["form"]["text"].value()
    joined = {"name": CANARY, "email": email, "accept": "on", "text": str(text)}
    assert joining.post("/join/", joined).status_code == 302
    assert joining.get("/sign-in/code/").status_code == 200
    assert Session.objects.count() == 3
    with shop.scope():
        for known in Customer.objects.all():
            erase(customer=known, actor=SYSTEM, now=timezone.now())
    assert_nowhere(CANARY, caplog)


def test_what_the_team_has_searched_for_is_in_nobody_s_memory(shop: Shop, caplog: pytest.LogCaptureFixture) -> None:
    with shop.scope():
        customer = make_customer(name=CANARY)
        desk = signed_in(make_member(role="manager").user, shop.tenant)
    found = desk.post("/backoffice/customers/", {"q": CANARY}, follow=True)
    assert CANARY in found.content.decode()
    with shop.scope():
        erase(customer=customer, actor=SYSTEM, now=timezone.now())
    assert_nowhere(CANARY, caplog)


def test_no_report_of_an_import_keeps_somebody_who_is_erased(
    shop: Shop, other_shop: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    """Whether a refused row is about the one who leaves cannot be told, so all of them go."""
    rows = ("Name,E-Mail,Geburtstag", f"{CANARY},{CANARY}@example.org,31.02.", "Ole,ole@example.org,17.04.")
    desk, neighbour = Desk(shop), Desk(other_shop)
    done, of_neighbour = desk.bring("customers", *rows), neighbour.bring("customers", *rows)
    assert len(desk.refused(done)) == len(neighbour.refused(of_neighbour)) == 1
    assert "imports_refusedrow" in everywhere(CANARY)
    with shop.scope():
        erase(customer=Customer.objects.get(name="Ole"), actor=SYSTEM, now=timezone.now())
    assert desk.refused(done) == {}
    assert desk.now(done).refused == 1
    assert len(neighbour.refused(of_neighbour)) == 1
    with other_shop.scope():
        erase(customer=Customer.objects.get(name="Ole"), actor=SYSTEM, now=timezone.now())
    assert_nowhere(CANARY, caplog)
