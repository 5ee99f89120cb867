"""What the OpenAPI document says beyond the shapes: keys, headers, an example for every answer, and what follows."""

from typing import Any, Final

from drf_spectacular.extensions import OpenApiSerializerExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import Direction, OpenApiExample, OpenApiParameter

# Up to 200 printable characters.
IDEMPOTENCY_KEY_PATTERN: Final = "^[!-~]([ -~]{0,198}[!-~])?$"
IDEMPOTENCY_KEY: Final = OpenApiParameter(
    "Idempotency-Key",
    {"type": "string", "pattern": IDEMPOTENCY_KEY_PATTERN},
    OpenApiParameter.HEADER,
    required=True,
    description="Same key and body: the same answer. Same key, other body: 422 `idempotency_key_reused`.",
)

_TIER = {"code": "gold", "name": "Gold"}
_CUSTOMER = {
    "id": "019310a4-5b7e-7c31-9d2f-3f6f0a1b2c3d",
    "number": "482915036",
    "card": "7F2K-9QXD-4TBM",
    "name": "Jana Krüger",
    "email": "jana@example.org",
    "phone": "+4915112345678",
    "birthday": "05-17",
    "language": "de",
    "external_id": "",
    "status": "active",
    "tier": _TIER,
    "balance": 3480,
    "pending": 0,
    "enrolled_at": "2026-03-14T09:12:00+01:00",
}
_EXPLANATION = [
    {"rule": "per_amount", "text": "24,90 €: 10 Punkte je 1 €", "points": 249},
    {"rule": "tier_factor", "text": "Gold × 1,25", "points": 62},
]
_BODY = {
    "customer": {"card": "7F2K-9QXD-4TBM"},
    "total": "24.90",
    "currency": "EUR",
    "store": "main",
    "receipt_number": "2026-11-0815",
    "purchased_at": "2026-11-23T09:30:00+01:00",
}

_CARD = {"card": "card-1", "name": "Kaffeekarte", "stamps": 9, "needed": 10, "reward": "1 Kaffee gratis"}
_STAMPING = {"card": "card-1", "name": "Kaffeekarte", "stamps": 2, "text": "2 Stück"}

_REWARD = {
    "id": "019310a4-5b7e-7c31-9d2f-3f6f0a1b2c40",
    "kind": "product",
    "name": "Cappuccino",
    "description": "Auch mit Hafermilch",
    "text": "",
    "points": 500,
    "chooses_points": False,
    "most_points": None,
    "value": "3.40",
    "percent": None,
    "tier": None,
    "starts_on": None,
    "ends_on": None,
    "min_total": "0.00",
    "stock": None,
    "valid_days": 14,
    "event_at": None,
    "event_place": "",
    "redeemable": True,
    "obstacle": None,
}
_REFERRAL: Final[dict[str, Any]] = {
    "id": "019310a4-5b7e-7c31-9d2f-3f6f0a1b2c42",
    "offer": "Freunde werben Freunde",
    "customer": "019310a4-5b7e-7c31-9d2f-3f6f0a1b2c3d",
    "referrer": "019310a4-5b7e-7c31-9d2f-3f6f0a1b2c43",
    "channel": "api",
    "state": "waiting",
    "reasons": [],
    "purchase": None,
    "claimed_at": "2026-11-23T09:30:00+01:00",
    "pays_at": None,
    "settled_at": None,
    "points": 0,
    "referrer_points": 0,
}
_THANKED = {
    "state": "paid",
    "purchase": "019310a4-5b7e-7c31-9d2f-3f6f0a1b2c44",
    "pays_at": "2026-12-07T10:00:00+01:00",
    "settled_at": "2026-12-08T05:40:00+01:00",
    "points": 300,
    "referrer_points": 500,
}
_REDEMPTION = {
    "id": "019310a4-5b7e-7c31-9d2f-3f6f0a1b2c41",
    "code": "7F2K-9QXD-4TBM-H3PW",
    "reference": "4K7P",
    "state": "issued",
    "reward": _REWARD["id"],
    "name": "Cappuccino",
    "points": 500,
    "value": "3.40",
    "percent": None,
    "till_text": "Rabatt 3,40 €",
    "balance": 2980,
    "issued_at": "2026-11-23T09:30:00+01:00",
    "expires_at": "2026-12-08T00:00:00+01:00",
    "used_at": None,
}

_KPIS: Final[dict[str, Any]] = {
    "from": "2026-10-28",
    "to": "2026-11-26",
    "as_of": "2026-11-26",
    "window_days": 90,
    "store": None,
    "currency": "EUR",
    "base": {"start": 412, "end": 431, "kept": 371, "new": 44, "returned": 16},
    "retention": {"percent": "90.0", "part": 371, "whole": 412},
    "churn": {"percent": "10.0", "part": 41, "whole": 412},
    "net_change": {"percent": "4.6", "part": 19, "whole": 412},
    "repeat_rate": {
        "ever": {"percent": "71.3", "part": 620, "whole": 870},
        "in_window": {"percent": "62.2", "part": 268, "whole": 431},
    },
    "frequency": {"per_month": "1.8", "purchases": 2294, "customers": 431, "days": 90},
    "sales": {"purchases": 1240, "total": "11780.00", "average": "9.50"},
    "members_against_others": {
        "claim": "association",
        "with_card": {"purchases": 796, "total": "8358.00", "average": "10.50"},
        "without_card": {"purchases": 444, "total": "3422.00", "average": "7.71"},
    },
    "sign_up": {"percent": "64.2", "part": 796, "whole": 1240},
    "customer_value": {"amount": "184.31", "is_rough": True},
    "active_members": {"percent": "49.9", "part": 436, "whole": 874},
    "enrolments": {
        "count": 51,
        "by_source": [{"source": "portal", "count": 20}, {"source": "till", "count": 31}],
        "referred": {"percent": "17.6", "part": 9, "whole": 51},
    },
    "rewards": {"redemptions": 118, "points": 52400, "cost": "88.50", "uncosted": 0, "cost_per_100": "1.06"},
    "programme_cost": {
        "claim": "association",
        "rewards": "88.50",
        "running": "48.30",
        "margin_percent": "20.0",
        "per_100": "1.64",
        "per_member_and_month": "0.32",
        "left_of_purchase": "2.10",
        "purchase_brings": "1.99",
        "extra_visits": "0.2",
        "can_pay": True,
    },
    "redemption": {"percent": "14.9", "part": 52400, "whole": 352800},
    "breakage": {"percent": "11.8", "part": 41300, "whole": 350000},
    "recommendation": {
        "score": 43,
        "answers": 56,
        "interval": {"low": 21, "high": 60},
        "would_recommend": {"percent": "58.9", "part": 33, "whole": 56},
    },
    "goals": [
        {
            "figure": "frequency",
            "target": "2.0",
            "due_on": "2027-03-31",
            "start": "1.6",
            "start_on": "2026-10-01",
            "now": "1.8",
            "now_on": "2026-11-26",
            "on_track": True,
        }
    ],
}

# By operation: the request body and the answer to it.
EXAMPLES: Final[dict[str, tuple[Any, Any]]] = {
    "customers_list": (None, {"results": [_CUSTOMER], "next": None}),
    "customers_enrol": ({"name": "Jana Krüger", "email": "jana@example.org", "birthday": "05-17"}, _CUSTOMER),
    "customers_change": ({"phone": "0151 12345678"}, _CUSTOMER),
    "customers_balance": (
        None,
        {
            "balance": 3480,
            "pending": 0,
            "expiring": [{"points": 120, "expires_on": "2026-12-31"}],
            "tier": _TIER,
            "next_tier": {
                "tier": {"code": "platin", "name": "Platin"},
                "missing": 3240,
                "basis": "points",
                "until": "2026-12-31",
            },
            "keep": {"tier": _TIER, "missing": 120, "basis": "points", "until": "2026-12-31"},
            "stamps": [{**_CARD, "stamps": 7, "expiring": [{"stamps": 3, "expires_on": "2027-05-31"}]}],
        },
    ),
    "customers_entries": (
        None,
        {
            "results": [
                {
                    "seq": 12,
                    "kind": "earn",
                    "points": 311,
                    "balance_after": 3791,
                    "purchase": "019310a4-5b7e-7c31-9d2f-3f6f0a1b2c3e",
                    "redemption": None,
                    "reverses": None,
                    "occurred_at": "2026-11-23T09:30:00+01:00",
                    "explanation": "Einkauf 24,90 €: 249 × 1,25 Gold",
                }
            ],
            "next": None,
        },
    ),
    "customers_adjust": (
        {"points": 200, "reason": "forgotten"},
        {"seq": 13, "points": 200, "balance": 3680, "pending": 0},
    ),
    "stamps_add": ({"card": "card-1", "count": 2}, {**_CARD, "seq": 8, "booked": 2}),
    "stamps_redeem": ({"card": "card-1"}, {**_CARD, "stamps": 0, "seq": 9, "booked": -10}),
    "stamps_void": ({"card": "card-1", "seq": 9}, {**_CARD, "stamps": 10, "seq": 10, "booked": 10}),
    "customers_merge": ({"into": _CUSTOMER["id"]}, _CUSTOMER),
    "customers_claim": (
        {"receipt_number": "2026-11-0815", "total": "24.90", "store": "main"},
        {
            "id": "019310a4-5b7e-7c31-9d2f-3f6f0a1b2c3e",
            "points": 311,
            "pending": 0,
            "balance": 3791,
            "tier": _TIER,
            "tier_changed": False,
            "benefits": [{"kind": "discount", "percent": 5, "text": "Gold: 5 % Rabatt"}],
            "explanation": _EXPLANATION,
            "stamps": [],
            "receipt_text": "+311 Punkte (Gold). Punktestand: 3.791 Punkte",
        },
    ),
    "purchases_record": (
        _BODY,
        {
            "id": "019310a4-5b7e-7c31-9d2f-3f6f0a1b2c3e",
            "points": 311,
            "pending": 0,
            "balance": 3791,
            "tier": _TIER,
            "tier_changed": False,
            "benefits": [{"kind": "discount", "percent": 5, "text": "Gold: 5 % Rabatt"}],
            "explanation": _EXPLANATION,
            "stamps": [_STAMPING],
            "receipt_text": "+311 Punkte (Gold). Punktestand: 3.791 Punkte",
        },
    ),
    "purchases_preview": (
        _BODY,
        {
            "points": 311,
            "pending": 0,
            "balance": 3480,
            "tier": _TIER,
            "discount": {"kind": "discount", "percent": 5, "text": "Gold: 5 % Rabatt"},
            "rewards": [_REWARD],
            "explanation": _EXPLANATION,
            "stamps": [_STAMPING],
            "receipt_text": "+311 Punkte (Gold)",
        },
    ),
    "purchases_void": (
        None,
        {
            "id": "019310a4-5b7e-7c31-9d2f-3f6f0a1b2c3e",
            "points": -311,
            "stamps": -2,
            "balance": 3480,
            "tier": _TIER,
            "tier_changed": False,
            "receipt_text": "311 Punkte zurückgenommen",
        },
    ),
    "purchases_return": (
        {"lines": [{"index": 0, "quantity": "1"}], "reason": "not_wanted"},
        {
            "id": "019310a4-5b7e-7c31-9d2f-3f6f0a1b2c3f",
            "purchase": "019310a4-5b7e-7c31-9d2f-3f6f0a1b2c3e",
            "total": "5.00",
            "points": -63,
            "balance": 3728,
            "pending": 0,
            "deficit": 0,
            "tier": _TIER,
            "tier_changed": False,
            "explanation": [{"rule": "return", "text": "Rückgabe 5,00 €: 248 statt 311 Punkte", "points": -63}],
            "receipt_text": "63 Punkte zurückgenommen. Punktestand: 3.728 Punkte",
        },
    ),
    "referrals_list": (None, {"results": [{**_REFERRAL, **_THANKED}], "next": None}),
    "referrals_claim": ({"code": "7F2K-9QXD", "customer": {"number": "482915036"}}, _REFERRAL),
    "rewards_list": (None, {"results": [_REWARD], "next": None}),
    "redemptions_issue": ({"customer": {"card": "7F2K-9QXD-4TBM"}, "reward": _REWARD["id"]}, _REDEMPTION),
    "redemptions_use": (
        {"store": "main", "total": "12.40"},
        {**_REDEMPTION, "state": "used", "used_at": "2026-11-23T09:31:00+01:00"},
    ),
    "redemptions_cancel": (None, {**_REDEMPTION, "state": "cancelled", "balance": 3480}),
    "kpis_get": (None, _KPIS),
    "program_get": (
        None,
        {
            "name": "Café Morgenrot",
            "points_name": "Punkte",
            "points_name_one": "Punkt",
            "version": 1,
            "currency": "EUR",
            "stacking": "best",
            "excluded": ["Pfand"],
            "earning": [
                {
                    "kind": "per_amount",
                    "name": "",
                    "occasion": "purchase",
                    "points": 10,
                    "per": "1.00",
                    "factor": None,
                    "conditions": {},
                    "limits": {},
                },
                {
                    "kind": "multiplier",
                    "name": "Mittwoch doppelt",
                    "occasion": "purchase",
                    "points": 0,
                    "per": None,
                    "factor": "2",
                    "conditions": {"weekdays": [2]},
                    "limits": {"per_day": 500},
                },
            ],
            "tiers": [
                {"code": "silver", "name": "Silber", "threshold": 0, "factor": "1", "discount_percent": 0},
                {"code": "gold", "name": "Gold", "threshold": 5000, "factor": "1.25", "discount_percent": 5},
            ],
            "stamp_cards": [
                {
                    "card": "card-1",
                    "name": "Kaffeekarte",
                    "needed": 10,
                    "reward": "1 Kaffee gratis",
                    "per": "item",
                    "goods": {"categories": ["Heißgetränke"]},
                    "expiry_months": 12,
                    "at_once": 5,
                }
            ],
        },
    ),
}


_CUSTOMER_ID = {"parameters": {"customer_id": "$response.body#/id"}}
_FOR_CUSTOMER = {"requestBody": {"customer": {"id": "$response.body#/id"}}}
# By operation: which calls its answer leads to, and with what.
LINKS: Final[dict[str, dict[str, dict[str, Any]]]] = {
    "customers_enrol": {
        "customers_get": _CUSTOMER_ID,
        "customers_change": _CUSTOMER_ID,
        "customers_erase": _CUSTOMER_ID,
        "customers_balance": _CUSTOMER_ID,
        "customers_entries": _CUSTOMER_ID,
        "customers_adjust": _CUSTOMER_ID,
        "customers_claim": _CUSTOMER_ID,
        "customers_merge": _CUSTOMER_ID,
        "stamps_add": _CUSTOMER_ID,
        "stamps_redeem": _CUSTOMER_ID,
        "stamps_void": _CUSTOMER_ID,
        "purchases_preview": _FOR_CUSTOMER,
        "purchases_record": _FOR_CUSTOMER,
        "redemptions_issue": _FOR_CUSTOMER,
        "referrals_claim": _FOR_CUSTOMER,
    },
    "redemptions_issue": {
        "redemptions_use": {"parameters": {"code": "$response.body#/code"}},
        "redemptions_cancel": {"parameters": {"redemption_id": "$response.body#/id"}},
    },
    "purchases_record": {
        "purchases_return": {"parameters": {"purchase_id": "$response.body#/id"}},
        "purchases_void": {"parameters": {"purchase_id": "$response.body#/id"}},
    },
}


class InputExtension(OpenApiSerializerExtension):
    """What a call takes has no other members, in the document too."""

    target_class = "api.fields.Input"
    match_subclasses = True

    def map_serializer(self, auto_schema: AutoSchema, direction: Direction) -> dict[str, Any]:
        shape = auto_schema._map_serializer(self.target, direction, bypass_extensions=True)
        return shape | {"additionalProperties": False} | self.target.document


def complete(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """A hook of drf-spectacular: the key that every call needs, and the links between the calls."""
    result["components"]["securitySchemes"] = {"key": {"type": "http", "scheme": "bearer"}}
    result["security"] = [{"key": []}]
    for item in result["paths"].values():
        for operation in item.values():
            links = LINKS.get(operation["operationId"], {})
            answer = next(iter(operation["responses"].values()))
            if links:
                answer["links"] = {name: {"operationId": name} | link for name, link in links.items()}
    return result


class ContractSchema(AutoSchema):
    """Operations carry one tag: the first part of their path."""

    def get_tags(self) -> list[str]:
        return [self.path.removeprefix("/api/v1/").split("/")[0]]


def examples(operation: str) -> list[OpenApiExample]:
    body, answer = EXAMPLES[operation]
    found = [OpenApiExample("answer", value=answer, response_only=True, status_codes=["200", "201"])]
    if body is not None:
        found.append(OpenApiExample("request", value=body, request_only=True))
    return found
