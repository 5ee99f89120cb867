"""The same award as one would first write it with Django: a model at a time, every rule and reference read anew, and a
connection for each request, which is Django's default.

It leaves out what the product does beyond the rows (limits, tiers that change, points that fall due, plain words), so
that it is compared as favourably as can be.
"""

import json
from datetime import timedelta
from hashlib import sha256
from math import log
from typing import Any

from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from rest_framework import serializers
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from customers.models import Card, Customer
from events.models import Event
from ledger.models import Account, Entry, IdempotencyKey, Lot
from programs.models import CustomerStat, EarningRule, ProgramVersion, Purchase, TierTerms
from team.models import ApiKey, Store
from tenants.calendar import day_of
from tenants.scope import current_tenant
from tenants.secrets import digest


class PurchaseSerializer(serializers.ModelSerializer):
    customer = serializers.DictField(child=serializers.CharField(), write_only=True)
    total = serializers.DecimalField(max_digits=11, decimal_places=2)

    class Meta:
        model = Purchase
        fields = ("public_id", "customer", "total", "currency", "store", "receipt_number", "points")
        read_only_fields = ("public_id", "points")
        # The constraints of the database hold; their check would be two statements more.
        validators: tuple[Any, ...] = ()

    def get_fields(self) -> dict[str, Any]:
        fields = super().get_fields()
        fields["store"] = serializers.SlugRelatedField(slug_field="code", queryset=Store.objects.all())
        return fields


class NaiveView(APIView):
    def post(self, request: Request) -> Response:
        key = _key_of(request._request)
        serializer = PurchaseSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        values = serializer.validated_data
        name = digest(request.headers["Idempotency-Key"])
        request_hash = sha256(json.dumps(request.data, sort_keys=True).encode()).hexdigest()
        with transaction.atomic():
            if known := IdempotencyKey.objects.filter(key=name).first():
                return Response(json.loads(known.answer), status=known.status or 200)
            customer = Card.objects.get(token=values["customer"]["card"]).customer
            answer = _award(customer, values, key)
            IdempotencyKey.objects.create(
                key=name, request_hash=request_hash, status=201, answer=json.dumps(answer), created_at=timezone.now()
            )
        return Response(answer, status=201)


def _key_of(request: HttpRequest) -> ApiKey:
    _, _, key_id, secret = request.headers["Authorization"].removeprefix("Bearer ").split("_", 3)
    key = ApiKey.objects.get(key_id=key_id, revoked_at=None)
    if key.secret_hash != digest(secret):
        raise AuthenticationFailed
    return key


def _award(customer: Customer, values: dict[str, Any], key: ApiKey) -> dict[str, Any]:
    now = timezone.now()
    account = Account.objects.select_for_update().get(customer=customer)
    version = ProgramVersion.objects.filter(starts_at__lte=now, published_at__isnull=False).latest("starts_at")
    total = int(values["total"] * 100)
    points = sum(total * rule.points // rule.per_minor for rule in EarningRule.objects.filter(version=version))
    tier = TierTerms.objects.select_related("tier").get(version=version, tier=account.tier_id)
    points = points * tier.factor_percent // 100
    actor = f"key:{key.pk}"
    purchase = Purchase.objects.create(
        customer=customer,
        store=values["store"],
        program_version=version,
        total=total,
        currency=values["currency"],
        points=points,
        receipt_number=values["receipt_number"],
        purchased_at=now,
        purchased_on=day_of(now, zone=current_tenant().zone),
        recorded_at=now,
        actor=actor,
    )
    entry = Entry.objects.create(
        account=account,
        seq=account.last_seq + 1,
        kind="earn",
        points=points,
        balance_after=account.balance + points,
        purchase_id=purchase.pk,
        program_version_id=version.pk,
        explanation=[{"rule": "per_amount", "points": points, "total": total}],
        actor=actor,
        store=values["store"],
        occurred_at=now,
        created_at=now,
    )
    Lot.objects.create(
        account=account,
        entry_seq=entry.seq,
        points=points,
        remaining=points,
        available_at=now,
        expires_at=now + timedelta(days=365),
    )
    account.balance += points
    account.last_seq = entry.seq
    account.lifetime_earned += points
    account.qualifying_points += points
    account.qualifying_spend += total
    account.qualifying_visits += 1
    account.save()
    _count_in(customer, purchase)
    Event.objects.create(
        name="purchase.recorded",
        actor=actor,
        payload={"purchase": purchase.pk, "customer": customer.pk, "points": points},
        occurred_at=now,
        relayed_at=now,
    )
    return {"id": str(purchase.public_id), "points": points, "balance": account.balance, "tier": tier.tier.name}


def _count_in(customer: Customer, purchase: Purchase) -> None:
    day, total = purchase.purchased_on, purchase.total
    known = CustomerStat.objects.select_for_update().filter(customer=customer).first()
    if known is None:
        CustomerStat.objects.create(
            customer=customer,
            purchases=1,
            days=1,
            first_on=day,
            last_on=day,
            total=total,
            first_total=total,
        )
        return
    if day > known.last_on:
        known.log_gaps += log((day - known.last_on).days)
        known.days += 1
    if day == known.first_on:
        known.first_total += total
    known.purchases += 1
    known.second_on = known.second_on or day
    known.last_on = day
    known.total += total
    known.save()
