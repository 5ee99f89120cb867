"""The API as the contract says, asked as a till or a web shop asks."""

import json
import threading
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.utils import timezone
from psycopg.errors import LockNotAvailable
from redis import RedisError

from analytics.rollups.nightly import draw_figures
from api.schema import EXAMPLES
from customers.models import Card, Customer
from events.models import Event
from ledger.models import Account, Entry, IdempotencyKey
from ledger.queries import unsound_accounts
from loyalty.charset import without_charset
from programs.models import Purchase, TierTerms
from tests.clients import ApiClient
from tests.factories import (
    COFFEE_CARD,
    Shop,
    make_api_key,
    make_customer,
    make_friends_code,
    make_offer,
    make_purchase,
    make_reward,
    offer_cards,
)


@pytest.fixture
def till(shop: Shop) -> ApiClient:
    with shop.scope():
        return ApiClient(shop.tenant, make_api_key()[1])


@pytest.fixture
def jana(shop: Shop) -> Customer:
    with shop.scope():
        return make_customer(email="jana@example.org", phone="0151 1234567")


def sale(customer: Any, total: str = "24.90", **more: Any) -> dict[str, Any]:
    return {"customer": customer, "total": total, "currency": "EUR"} | more


def test_a_customer_is_enrolled_found_changed_and_erased(till: ApiClient, shop: Shop) -> None:
    body = {"name": "Jana Krüger", "email": "Jana@Example.org", "phone": "0151 1234567", "birthday": "1990-05-17"}
    created = till.post("customers", body | {"external_id": "C7", "consents": ["email"]}, key=None)
    assert created.status_code == 201
    customer = created.json()
    assert customer["email"] == "jana@example.org"
    assert customer["phone"] == "+491511234567"
    assert customer["birthday"] == "05-17"
    assert (customer["tier"], customer["balance"]) == ({"code": "silver", "name": "Silber"}, 0)
    for query in ("email=JANA@example.org", "phone=01511234567", f"number={customer['number']}", "external_id=C7"):
        assert till.get(f"customers?{query}").json() == {"results": [customer], "next": None}, query
    assert till.get("customers?email=other@example.org").json()["results"] == []
    changed = till.patch(f"customers/{customer['id']}", {"name": "Jana Weber"})
    assert (changed.json()["name"], changed.json()["email"]) == ("Jana Weber", "jana@example.org")
    assert till.delete(f"customers/{customer['id']}").status_code == 204
    assert till.get(f"customers/{customer['id']}").status_code == 404
    assert till.get("customers?external_id=C7").json()["results"] == []


@pytest.mark.parametrize("reference", ["email", "phone", "external_id"])
def test_nobody_is_enrolled_twice(till: ApiClient, reference: str) -> None:
    body = {reference: {"email": "a@example.org", "phone": "0151 1234567", "external_id": "C7"}[reference]}
    first = till.post("customers", body)
    second = till.post("customers", body)
    assert second.status_code == 409
    assert second.json()["code"] == "customer_exists"
    assert second.json()["customer"] == first.json()["id"]


def test_a_purchase_is_credited_and_explained(till: ApiClient, jana: Customer, shop: Shop) -> None:
    answer = till.post("purchases", sale({"email": "jana@example.org"}, store="main", receipt_number="R1"))
    assert answer.status_code == 201
    body = answer.json()
    assert (body["points"], body["pending"], body["balance"]) == (249, 0, 249)
    assert sum(line["points"] for line in body["explanation"]) == body["points"]
    assert body["tier"] == {"code": "silver", "name": "Silber"}
    assert "249" in body["receipt_text"]


def test_a_purchase_that_reaches_a_tier_says_so_and_the_next_one_earns_by_it(till: ApiClient, jana: Customer) -> None:
    reached = till.post("purchases", sale({"number": jana.number}, "500.00")).json()
    assert (reached["points"], reached["tier_changed"], reached["tier"]["code"]) == (5000, True, "gold")
    then = till.post("purchases", sale({"number": jana.number})).json()
    assert [line["points"] for line in then["explanation"]] == [249, 62]
    assert (then["points"], then["tier_changed"]) == (311, False)


def test_the_standing_discount_of_a_tier_is_told_before_and_after(till: ApiClient, jana: Customer, shop: Shop) -> None:
    with shop.scope():
        TierTerms.objects.update(discount_percent=5)
    from programs.terms import _terms

    _terms.cache_clear()
    assert till.post("purchases/preview", sale({"number": jana.number})).json()["discount"]["percent"] == 5
    assert till.post("purchases", sale({"number": jana.number})).json()["benefits"][0]["percent"] == 5


def test_every_reference_finds_the_customer_and_only_one_may_be_given(
    till: ApiClient, jana: Customer, shop: Shop
) -> None:
    with shop.scope():
        card = Card.objects.get(customer=jana)
    references = {
        "id": str(jana.public_id),
        "number": jana.number,
        "card": card.text.lower(),
        "email": "JANA@example.org",
        "phone": "+49 151 1234567",
    }
    for kind, value in references.items():
        assert till.post("purchases", sale({kind: value})).status_code == 201, kind
    assert till.post("purchases", sale(references)).status_code == 422
    assert till.post("purchases", sale({})).status_code == 422


def test_a_preview_answers_the_same_points_and_writes_nothing(till: ApiClient, jana: Customer, shop: Shop) -> None:
    preview = till.post("purchases/preview", sale({"number": jana.number}), key=None)
    assert preview.status_code == 200
    with shop.scope():
        assert not Purchase.objects.exists()
        assert not Entry.objects.exists()
    recorded = till.post("purchases", sale({"number": jana.number})).json()
    assert preview.json()["points"] == recorded["points"]
    assert preview.json()["explanation"] == recorded["explanation"]
    assert preview.json()["balance"] == 0


def test_a_void_takes_everything_back_once(till: ApiClient, jana: Customer) -> None:
    purchase = till.post("purchases", sale({"number": jana.number}, "500.00")).json()
    voided = till.post(f"purchases/{purchase['id']}/void")
    assert voided.status_code == 200
    assert (voided.json()["points"], voided.json()["balance"], voided.json()["tier_changed"]) == (-5000, 0, True)
    again = till.post(f"purchases/{purchase['id']}/void")
    assert (again.status_code, again.json()["code"]) == (409, "already_voided")


def test_the_entries_add_up_to_the_balance_newest_first_over_all_pages(
    till: ApiClient, jana: Customer, shop: Shop
) -> None:
    with shop.scope():
        for total in range(100, 7_000, 100):
            make_purchase(customer=jana, total=total)
    path: str | None = f"customers/{jana.public_id}/entries"
    entries: list[dict[str, Any]] = []
    while path:
        page = till.get(path).json()
        entries += page["results"]
        path = page["next"] and page["next"].partition("/api/v1/")[2]
    assert [entry["seq"] for entry in entries] == list(range(69, 0, -1))
    balance = till.get(f"customers/{jana.public_id}/balance").json()
    assert sum(entry["points"] for entry in entries) == balance["balance"] + balance["pending"]
    assert entries[0]["balance_after"] == balance["balance"]
    assert (balance["tier"]["code"], balance["next_tier"]) == ("platin", None)
    assert all(entry["explanation"] for entry in entries)


def test_the_list_of_customers_pages_and_costs_as_many_queries_for_fifty_as_for_one(
    till: ApiClient, shop: Shop, django_assert_max_num_queries: Any
) -> None:
    def queries() -> int:
        with django_assert_max_num_queries(100) as captured:
            assert till.get("customers").status_code == 200
        return len(captured.captured_queries)

    with shop.scope():
        make_customer()
    till.get("customers")
    one = queries()
    with shop.scope():
        numbers = {make_customer().number for _ in range(59)}
    assert queries() == one
    first = till.get("customers").json()
    second = till.get(first["next"].partition("/api/v1/")[2]).json()
    seen = [row["number"] for row in first["results"] + second["results"]]
    assert len(seen) == len(set(seen)) == 60
    assert numbers < set(seen)
    assert second["next"] is None


def test_a_purchase_of_nothing_and_a_sale_without_a_customer_are_recorded(till: ApiClient, jana: Customer) -> None:
    assert till.post("purchases", sale({"number": jana.number}, "0.00")).json()["points"] == 0
    anonymous = till.post("purchases", sale(None)).json()
    assert (anonymous["points"], anonymous["balance"], anonymous["tier"]) == (0, None, None)
    assert till.post(f"purchases/{anonymous['id']}/void").json()["points"] == 0


def test_a_receipt_is_recorded_once(till: ApiClient, jana: Customer) -> None:
    first = till.post("purchases", sale({"number": jana.number}, receipt_number="R1"))
    second = till.post("purchases", sale({"number": jana.number}, receipt_number="R1"))
    assert (second.status_code, second.json()["code"]) == (409, "receipt_already_recorded")
    assert second.json()["purchase"] == first.json()["id"]


def test_the_programme_is_described(till: ApiClient) -> None:
    program = till.get("program").json()
    (rule,) = program["earning"]
    assert (rule["kind"], rule["points"], rule["per"], rule["factor"]) == ("per_amount", 10, "1.00", None)
    assert [(tier["code"], tier["threshold"], tier["factor"]) for tier in program["tiers"]] == [
        ("silver", 0, "1"),
        ("gold", 5000, "1.25"),
        ("platin", 12000, "1.5"),
    ]


# --- idempotency ----------------------------------------------------------------------------------------------------


def test_the_same_key_and_body_gets_the_stored_answer_to_the_letter(
    till: ApiClient, jana: Customer, shop: Shop
) -> None:
    body = sale({"number": jana.number}, store="main")
    first = till.post("purchases", body, key="k1")
    reordered = dict(reversed(body.items()))
    again = till.post("purchases", reordered, key="k1")
    assert (again.status_code, again.content) == (201, first.content)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in first.headers
    with shop.scope():
        assert Entry.objects.count() == 1


def test_the_same_key_with_another_body_or_path_is_refused(till: ApiClient, jana: Customer) -> None:
    first = till.post("purchases", sale({"number": jana.number}), key="k1").json()
    for path, body in (
        ("purchases", sale({"number": jana.number}, "24.91")),
        (f"purchases/{first['id']}/void", {}),
    ):
        answer = till.post(path, body, key="k1")
        assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")


def test_a_missing_key_is_refused_and_nothing_is_written(till: ApiClient, jana: Customer, shop: Shop) -> None:
    answer = till.post("purchases", sale({"number": jana.number}), key=None)
    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_required")
    with shop.scope():
        assert not Purchase.objects.exists()


def test_a_refusal_leaves_the_key_free(till: ApiClient, jana: Customer, shop: Shop) -> None:
    assert till.post("purchases", sale({"number": jana.number}, "24,90"), key="k1").status_code == 422
    assert till.post("purchases", sale({"number": "000000000"}), key="k1").status_code == 404
    with shop.scope():
        assert not IdempotencyKey.objects.exists()
    assert till.post("purchases", sale({"number": jana.number}), key="k1").status_code == 201


def test_keys_of_two_shops_do_not_meet(till: ApiClient, jana: Customer, other_shop: Shop) -> None:
    with other_shop.scope():
        other_till = ApiClient(other_shop.tenant, make_api_key()[1])
        make_customer(email="jana@example.org")
    first = till.post("purchases", sale({"email": "jana@example.org"}), key="k1").json()
    second = other_till.post("purchases", sale({"email": "jana@example.org"}), key="k1").json()
    assert first["id"] != second["id"]


@pytest.mark.django_db(transaction=True)
def test_eight_identical_awards_at_once_make_one_entry_and_eight_equal_answers(
    till: ApiClient, jana: Customer, shop: Shop
) -> None:
    start = threading.Barrier(8)
    answers: list[Any] = []

    def award() -> None:
        start.wait()
        try:
            answers.append(till.post("purchases", sale({"number": jana.number}), key="same"))
        finally:
            connection.close()

    threads = [threading.Thread(target=award) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [answer.status_code for answer in answers] == [201] * 8
    assert len({answer.content for answer in answers}) == 1
    assert sorted(answer.headers.get("Idempotent-Replayed", "") for answer in answers) == [""] + ["true"] * 7
    with shop.scope():
        assert Entry.objects.count() == Purchase.objects.count() == IdempotencyKey.objects.count() == 1
        assert Event.objects.filter(name="purchase.recorded").count() == 1
        assert Account.objects.get().balance == 249


# --- bad input ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("total", ["24,9", "24.905", "-1", "1e9", "NaN", "Infinity", "", " ", "99999999999", "٣.٠٠"])
def test_an_amount_that_is_none_is_refused_at_its_field(
    till: ApiClient, jana: Customer, shop: Shop, total: str
) -> None:
    answer = till.post("purchases", sale({"number": jana.number}, total))
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
    assert [error["field"] for error in answer.json()["errors"]] == ["total"]
    with shop.scope():
        assert not Purchase.objects.exists()


@pytest.mark.parametrize("total", [24.9, 24, True, None, ["24.90"], {"amount": "24.90"}])
def test_money_is_text_and_nothing_else(till: ApiClient, jana: Customer, total: Any) -> None:
    assert till.post("purchases", sale({"number": jana.number}) | {"total": total}).status_code == 422


def test_nan_as_a_json_number_is_malformed(till: ApiClient) -> None:
    body = b'{"customer": null, "total": NaN, "currency": "EUR"}'
    answer = till.send("POST", "purchases", body, **{"Idempotency-Key": "k"})
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed")


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b'{"total": "\xff\xfe"}', 400, "malformed"),
        (b"{", 400, "malformed"),
        (b"", 422, "invalid"),
        (b"[]", 422, "invalid"),
        (b'"text"', 422, "invalid"),
        (b'{"customer": {"number": "\\ud800"}, "total": "1.00", "currency": "EUR"}', 422, "invalid"),
        (b'{"customer": {"number": "\\u0000"}, "total": "1.00", "currency": "EUR"}', 422, "invalid"),
        (b'{"x": "' + b"x" * 5_000_000 + b'"}', 413, "body_too_large"),
    ],
)
def test_a_body_that_cannot_be_read_gets_a_clear_answer(till: ApiClient, body: bytes, status: int, code: str) -> None:
    answer = till.send("POST", "purchases", body, **{"Idempotency-Key": str(uuid.uuid4())})
    assert (answer.status_code, answer.json()["code"]) == (status, code)


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"customer": {"number": "123456789"}}, 404, "unknown_customer"),
        ({"customer": {"id": "not-an-id"}}, 404, "unknown_customer"),
        ({"customer": {"email": "not an address"}}, 422, "invalid"),
        ({"customer": {"card": ""}}, 422, "invalid"),
        ({"customer": "jana"}, 422, "invalid"),
        ({"currency": "CHF"}, 422, "foreign_currency"),
        ({"currency": "eur"}, 422, "foreign_currency"),
        ({"store": "nowhere"}, 422, "unknown_store"),
        ({"purchased_at": "2026-03-10"}, 422, "invalid"),
        ({"purchased_at": "2026-03-10T09:30:00"}, 422, "invalid"),
        ({"purchased_at": "2026-W01-1T10:00Z"}, 422, "invalid"),
        ({"purchased_at": "2999-01-01T00:00:00Z"}, 422, "invalid"),
        ({"purchased_at": "0001-01-01T00:00:00+14:00"}, 422, "invalid"),
        ({"receipt_number": "x" * 61}, 422, "invalid"),
        ({"lines": [{"total": "1,00"}]}, 422, "invalid"),
        ({"lines": [{"total": "1.00", "quantity": "1e400"}]}, 422, "invalid"),
    ],
)
def test_a_bad_value_is_refused_with_a_stable_code_and_nothing_is_written(
    till: ApiClient, jana: Customer, shop: Shop, change: dict[str, Any], status: int, code: str
) -> None:
    answer = till.post("purchases", sale({"number": jana.number}) | change)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["detail"]
    with shop.scope():
        assert not Purchase.objects.exists()
        assert unsound_accounts() == {}


@pytest.mark.parametrize("query", ["email=%00", "number=%ff", "cursor=abc", "phone=abc"])
def test_a_bad_query_is_refused_not_failed(till: ApiClient, query: str) -> None:
    assert till.get(f"customers?{query}").status_code in (200, 422)


def test_unknown_paths_and_methods_are_problems_too(till: ApiClient, jana: Customer) -> None:
    for answer, status in (
        (till.get("nothing"), 404),
        (till.get(f"customers/{uuid.uuid4()}"), 404),
        (till.get("customers/abc"), 404),
        (till.delete("program"), 405),
    ):
        assert answer.status_code == status
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert answer.json()["status"] == status


def test_without_a_valid_key_nothing_opens(shop: Shop) -> None:
    for key in ("", "x", "lk_morgenrot_x_y", "lk_morgenrot_" + "x" * 300):
        answer = ApiClient(shop.tenant, key).get("program")
        assert (answer.status_code, answer.json()["code"]) == (401, "unauthorized")
        assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_a_key_has_a_limit_per_minute(till: ApiClient, monkeypatch: pytest.MonkeyPatch) -> None:
    from api import views
    from tenants.throttle import Limit

    monkeypatch.setattr(views, "_requests", Limit("api-test", times=3, seconds=60))
    assert [till.get("program").status_code for _ in range(4)] == [200, 200, 200, 429]


# --- the document ---------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_every_example_has_the_shape_of_the_document(shop: Shop) -> None:
    from jsonschema import Draft202012Validator

    document = Client(HTTP_HOST=shop.host).get("/api/v1/schema/?format=json").json()
    assert document["openapi"].startswith("3.1")
    checked = 0
    for item in document["paths"].values():
        for operation in item.values():
            for holder in [operation.get("requestBody", {}), *operation["responses"].values()]:
                content = holder.get("content", {}).get("application/json", {})
                schema = content.get("schema", {}) | {"components": document["components"]}
                for example in content.get("examples", {}).values():
                    Draft202012Validator(schema).validate(example["value"])
                    checked += 1
    assert checked >= sum(1 + (body is not None) for body, _ in EXAMPLES.values())


def test_real_answers_have_the_shape_of_the_examples(till: ApiClient, jana: Customer, shop: Shop) -> None:
    with shop.scope():
        card = {"card": offer_cards(COFFEE_CARD)[0].code}
        reward = {"reward": str(make_reward(points=1).public_id)}
        till = ApiClient(shop.tenant, make_api_key(scopes=("read", "write", "redeem"))[1])
        make_offer()
        invitation = {"code": make_friends_code(jana)}
    friend = till.post("customers", {"email": "friend@example.org"}).json()
    recorded = till.post("purchases", sale({"number": jana.number}))
    twin = till.post("customers", {}).json()
    till.post("purchases", sale(None, receipt_number="R1"))
    claimed = {"receipt_number": "R1", "total": "24.90"}
    draw_figures(shop.tenant, today=timezone.localdate(timezone=shop.tenant.zone) + timedelta(days=1))
    stamps = f"customers/{jana.public_id}/stamps"
    stamped = [till.post(stamps, card | {"count": 5}) for _ in range(2)][-1]
    redeemed = till.post(f"{stamps}/redeem", card)
    issued = till.post("redemptions", reward | {"customer": {"number": jana.number}})
    real = {
        "stamps_add": stamped,
        "stamps_redeem": redeemed,
        "stamps_void": till.post(f"{stamps}/void", card | {"seq": redeemed.json()["seq"]}),
        "customers_list": till.get("customers"),
        "customers_enrol": till.get(f"customers/{jana.public_id}"),
        "customers_change": till.patch(f"customers/{jana.public_id}", {}),
        "customers_balance": till.get(f"customers/{jana.public_id}/balance"),
        "customers_entries": till.get(f"customers/{jana.public_id}/entries"),
        "customers_adjust": till.post(f"customers/{jana.public_id}/adjustments", {"points": 5, "reason": "goodwill"}),
        "customers_claim": till.post(f"customers/{jana.public_id}/claims", claimed),
        "customers_merge": till.post(f"customers/{twin['id']}/merge", {"into": str(jana.public_id)}),
        "purchases_record": recorded,
        "purchases_preview": till.post("purchases/preview", sale({"number": jana.number})),
        "purchases_return": till.post(f"purchases/{recorded.json()['id']}/returns", {"total": "5.00"}),
        "purchases_void": till.post(f"purchases/{recorded.json()['id']}/void"),
        "rewards_list": till.get("rewards"),
        "redemptions_issue": issued,
        "redemptions_use": till.post(f"redemptions/{issued.json()['code']}/use", {}),
        "redemptions_cancel": till.post(f"redemptions/{issued.json()['id']}/cancel", {}),
        "referrals_claim": till.post("referrals", invitation | {"customer": {"number": friend["number"]}}),
        "referrals_list": till.get("referrals"),
        "program_get": till.get("program"),
        "kpis_get": till.get("kpis"),
    }
    assert real.keys() == EXAMPLES.keys()
    for operation, answer in real.items():
        example = EXAMPLES[operation][1]
        assert answer.json().keys() == example.keys(), operation
        if example.get("results"):
            assert answer.json()["results"][0].keys() == example["results"][0].keys(), operation


@pytest.mark.django_db
def test_the_documentation_page_names_every_call(shop: Shop) -> None:
    page = Client(HTTP_HOST=shop.host).get("/api/v1/docs/").content.decode()
    for operation in EXAMPLES:
        assert f'id="{operation}"' in page
    assert json.dumps("24.90") in page.replace("&quot;", '"')


def test_an_account_that_stays_locked_is_a_busy_answer_to_be_sent_again(
    till: ApiClient, jana: Customer, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def locked(*_: Any) -> None:
        raise OperationalError from LockNotAvailable()

    monkeypatch.setattr("ledger.book.Book.settle", locked)
    answer = till.post("purchases", sale({"number": jana.number}), key="k")
    assert (answer.status_code, answer.json()["code"], answer.headers["Retry-After"]) == (503, "busy", "1")
    monkeypatch.undo()
    assert till.post("purchases", sale({"number": jana.number}), key="k").status_code == 201


@pytest.mark.parametrize("body", [b'{"a":' + b"[" * 5_000 + b"]" * 5_000 + b"}", b"[" * 200_000])
def test_a_body_nested_too_deeply_is_malformed(till: ApiClient, body: bytes) -> None:
    answer = till.send("POST", "purchases", body, **{"Idempotency-Key": "k"})
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed")


def test_a_body_in_chunks_is_refused_instead_of_read_as_empty(till: ApiClient) -> None:
    answer = till.send("POST", "customers", b"", **{"Transfer-Encoding": "chunked"})
    assert (answer.status_code, answer.json()["code"]) == (411, "length_required")


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        (sale(None) | {"totl": "24.90"}, ["totl"]),
        (sale({"mail": "jana@example.org"}), ["customer.mail"]),
        (sale(None) | {"lines": [{"total": "1.00"}, {"total": "1.00", "qty": 2}]}, ["lines.1.qty"]),
        (sale(None, "24,90") | {"stor": "main"}, ["total", "stor"]),
        (sale(None) | {"\ud800": 1}, ["?"]),
    ],
)
def test_a_misspelt_member_is_named_instead_of_lost(
    till: ApiClient, shop: Shop, body: dict[str, Any], fields: list[str]
) -> None:
    answer = till.post("purchases", body)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
    assert [error["field"] for error in answer.json()["errors"]] == fields
    with shop.scope():
        assert not Purchase.objects.exists()


@pytest.mark.parametrize("member", ["name", "phone", "external_id"])
def test_text_is_not_made_of_numbers(till: ApiClient, member: str) -> None:
    """A phone number that was sent as a number has lost its zero."""
    answer = till.post("customers", {member: 1511234567})
    assert [error["field"] for error in answer.json()["errors"]] == [member]


@pytest.mark.parametrize("quantity", ["0.350", 0.35, 2, -1])
def test_a_quantity_is_a_number_or_its_text(till: ApiClient, quantity: Any) -> None:
    lines = [{"total": "1.00", "quantity": quantity}]
    assert till.post("purchases", sale(None, lines=lines)).status_code == 201


@pytest.mark.parametrize("quantity", ["1e2", " 1", "٣", "1.2345", True, 1e400])
def test_a_quantity_that_is_none_is_refused_at_its_line(till: ApiClient, quantity: Any) -> None:
    answer = till.post("purchases", sale(None, lines=[{"total": "1.00", "quantity": quantity}]))
    assert answer.status_code in (400, 422)
    if answer.status_code == 422:
        assert [error["field"] for error in answer.json()["errors"]] == ["lines.0.quantity"]


def test_a_void_takes_nothing_but_its_address(till: ApiClient) -> None:
    sold = till.post("purchases", sale(None)).json()
    answer = till.post(f"purchases/{sold['id']}/void", {"reason": "wrong"})
    assert [error["field"] for error in answer.json()["errors"]] == ["reason"]
    assert till.post(f"purchases/{sold['id']}/void").status_code == 200


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({"Accept": "text/html"}, 406, "not_acceptable"),
        ({"Content-Type": "text/plain"}, 415, "unsupported_media_type"),
        ({"Content-Length": "many"}, 411, "length_required"),
        ({"Idempotency-Key": "a\tb"}, 422, "invalid"),
    ],
)
def test_a_header_that_does_not_fit_is_refused(
    till: ApiClient, headers: dict[str, str], status: int, code: str
) -> None:
    answer = till.send("POST", "purchases", json.dumps(sale(None)).encode(), **{"Idempotency-Key": "k"} | headers)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_a_mistyped_filter_does_not_list_everybody(till: ApiClient, jana: Customer) -> None:
    answer = till.get("customers?mail=jana@example.org")
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "mail")
    assert till.get(f"customers/{jana.public_id}/entries?before=3").status_code == 422
    assert till.get("customers?format=xml").status_code == 422


def test_a_bad_reference_is_named_where_it_stands(till: ApiClient) -> None:
    answer = till.post("purchases", sale({"email": "not an address"}))
    assert answer.json()["errors"][0]["field"] == "customer.email"


def test_without_the_cache_tills_are_served_all_the_same(till: ApiClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(*_: Any, **__: Any) -> None:
        raise RedisError

    monkeypatch.setattr("tenants.throttle.valkey", gone)
    assert till.get("program").status_code == 200


@pytest.mark.parametrize("charset", ["hex", "zlib", "idna", "undefined", "utf-8"])
def test_a_charset_in_the_content_type_crashes_nothing(charset: str) -> None:
    content_type = without_charset(lambda environ, _: environ["CONTENT_TYPE"])
    assert (
        content_type({"CONTENT_TYPE": f"text/plain; charset={charset}; boundary=x"}, None) == "text/plain; boundary=x"
    )
