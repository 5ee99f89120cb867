"""The calls of the API: read the input, call one domain function, shape the answer."""

import re
import uuid
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from api import answers
from api import serializers as shapes
from api.canonical import canonical_json
from api.problems import refusals
from api.reference import operations
from api.schema import IDEMPOTENCY_KEY, IDEMPOTENCY_KEY_PATTERN, examples
from api.shaping import checked
from customers import services as customers
from customers.errors import UnknownCustomer
from customers.merging import merge
from customers.models import Customer
from customers.queries import customer_by, known_customers
from ledger import queries as ledger
from ledger.idempotency import Answer, answer_once
from programs.adjusting import adjust_points
from programs.claiming import claim_purchase
from programs.models import ProgramVersion
from programs.queries import preview, purchase_by_id
from programs.returns import return_goods
from programs.services import LineItem, record_purchase, void_purchase
from programs.stamps import add_stamps, redeem_stamps, void_stamps
from programs.statement import statement
from programs.terms import terms_at
from rewards.queries import public_ids_of, redeemable
from team.models import Store
from tenants.errors import DomainError, Invalid
from tenants.pages import page_of
from tenants.postgresql.reading import one_later
from tenants.requests import ShopRequest
from tenants.roles import Actor
from tenants.throttle import Limit

PAGE = 50
METHODS_WITH_BODY = ("POST", "PATCH")
MAX_BODY = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
_requests = Limit("api", times=settings.API_REQUESTS_PER_MINUTE, seconds=60, fails_open=True)


def itself(body: Any) -> Any:
    return body


class BodyTooLarge(DomainError):
    code = "body_too_large"
    status = 413
    message = _("The request body is too large.")


class LengthRequired(DomainError):
    """A body in chunks would be read as empty."""

    code = "length_required"
    status = 411
    message = _("Please send the body with a Content-Length.")


class IdempotencyKeyRequired(DomainError):
    code = "idempotency_key_required"
    status = 400
    message = _("This call moves points and needs an Idempotency-Key header.")


class UnknownStore(Invalid):
    code = "unknown_store"
    message = _("This shop has no store with this code.")


class ByHeader(DefaultContentNegotiation):
    """The Accept header alone decides; `format` is no query parameter of ours."""

    settings: Any = SimpleNamespace(URL_FORMAT_OVERRIDE=None)


class ApiView(APIView):
    """What every call shares: a limit per key and a limit on the body."""

    content_negotiation_class = ByHeader

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        _requests.hit(self.actor.reference, _shop_request(request).tenant.pk)
        if request.method in METHODS_WITH_BODY:
            _refuse_bad_length(request)

    @property
    def actor(self) -> Actor:
        return _shop_request(self.request).actor

    def once(self, request: Request, act: Callable[[], Answer], *, shown: Callable[[Any], Any] = itself) -> Response:
        """Carry out a call that moves points exactly once per Idempotency-Key.

        What `act` answers is kept for a month and names nobody; `shown` makes of it what the caller gets.
        """
        key = request.headers.get("Idempotency-Key", "").strip()
        if not key:
            raise IdempotencyKeyRequired
        if not re.fullmatch(IDEMPOTENCY_KEY_PATTERN, key):
            raise Invalid(_("An idempotency key has at most 200 printable characters."), field="Idempotency-Key")
        answer = answer_once(key=key, asked=_asked(request), now=timezone.now(), act=act)
        headers = {"Idempotent-Replayed": "true"} if answer.replayed else None
        return Response(shown(answer.body), status=answer.status, headers=headers)


class CustomersView(ApiView):
    @extend_schema(
        operation_id="customers_list",
        parameters=[shapes.CustomerFilter],
        responses={200: shapes.CustomerListShape, **refusals(422)},
        examples=examples("customers_list"),
    )
    def get(self, request: Request) -> Response:
        """Find customers by one reference, or list all, newest first."""
        wanted = checked(shapes.CustomerFilter, request.query_params.dict())
        cursor = wanted.pop("cursor", None)
        if wanted:
            found = _found(wanted)
            return Response({"results": answers.customers_answer(found, now=timezone.now()), "next": None})
        rows = known_customers().order_by("-public_id")
        if cursor:
            rows = rows.filter(public_id__lt=cursor)
        page = page_of(rows, size=PAGE)
        results = answers.customers_answer(page.rows, now=timezone.now())
        return Response({"results": results, "next": _next(request, page.last.public_id) if page.last else None})

    @extend_schema(
        operation_id="customers_enrol",
        request=shapes.EnrolmentInput,
        responses={201: shapes.CustomerShape, **refusals(409, body=True)},
        examples=examples("customers_enrol"),
    )
    def post(self, request: Request) -> Response:
        """Enrol a customer: number, card and points account. A known e-mail, phone or external id is refused."""
        values = checked(shapes.EnrolmentInput, request.data)
        customer = customers.enrol(**values, source="api", actor=self.actor, now=timezone.now())
        return Response(answers.customers_answer([customer], now=timezone.now())[0], status=201)


class CustomerView(ApiView):
    @extend_schema(
        operation_id="customers_get",
        responses={200: shapes.CustomerShape, **refusals(404)},
        examples=examples("customers_enrol"),
    )
    def get(self, request: Request, customer_id: uuid.UUID) -> Response:
        """One customer."""
        customer = customer_by(id=str(customer_id))
        return Response(answers.customers_answer([customer], now=timezone.now())[0])

    @extend_schema(
        operation_id="customers_change",
        request=shapes.CustomerInput,
        responses={200: shapes.CustomerShape, **refusals(404, 409, 503, body=True)},
        examples=examples("customers_change"),
    )
    def patch(self, request: Request, customer_id: uuid.UUID) -> Response:
        """Change the values that are sent; the others stay. A consent to advertising ends with its e-mail or phone."""
        values = checked(shapes.CustomerInput, request.data)
        now = timezone.now()
        customer = customers.change(customer=customer_by(id=str(customer_id)), **values, actor=self.actor, now=now)
        return Response(answers.customers_answer([customer], now=now)[0])

    @extend_schema(
        operation_id="customers_erase",
        responses={204: None, **refusals(404, 503)},
    )
    def delete(self, request: Request, customer_id: uuid.UUID) -> Response:
        """Erase everything personal. The ledger keeps its figures without a person."""
        customers.erase(customer=customer_by(id=str(customer_id)), actor=self.actor, now=timezone.now())
        return Response(status=204)


class BalanceView(ApiView):
    @extend_schema(
        operation_id="customers_balance",
        responses={200: shapes.BalanceShape, **refusals(404)},
        examples=examples("customers_balance"),
    )
    def get(self, request: Request, customer_id: uuid.UUID) -> Response:
        """Points that can be spent now, to come and about to expire, tier, the way to the next one, stamp cards."""
        return Response(answers.balance_answer(customer_by(id=str(customer_id)), now=timezone.now()))


class EntriesView(ApiView):
    @extend_schema(
        operation_id="customers_entries",
        parameters=[shapes.EntryFilter],
        responses={200: shapes.EntryListShape, **refusals(404, 422)},
        examples=examples("customers_entries"),
    )
    def get(self, request: Request, customer_id: uuid.UUID) -> Response:
        """The ledger, newest first, each entry in plain words."""
        account = ledger.account_of(customer_by(id=str(customer_id)))
        cursor = checked(shapes.EntryFilter, request.query_params.dict()).get("cursor")
        page = page_of(ledger.entries(account, before_seq=cursor), size=PAGE)
        ids = public_ids_of(row.redemption_id for row in page.rows if row.redemption_id is not None)
        results = [answers.entry_answer(line, redemptions=ids) for line in statement(account, page.rows)]
        return Response({"results": results, "next": _next(request, page.last.seq) if page.last else None})


class AdjustmentsView(ApiView):
    @extend_schema(
        operation_id="customers_adjust",
        parameters=[IDEMPOTENCY_KEY],
        request=shapes.AdjustmentInput,
        responses={201: shapes.AdjustmentShape, **refusals(404, 409, 503, body=True)},
        examples=examples("customers_adjust"),
    )
    def post(self, request: Request, customer_id: uuid.UUID) -> Response:
        """Credit or take points for a stated reason, once per Idempotency-Key. They do not count for tiers.

        Above the shop's own limit 409 `approval_required`: two people adjust so many points, in the back office.
        """

        def act() -> Answer:
            values = checked(shapes.AdjustmentInput, request.data)
            customer = customer_by(id=str(customer_id))
            entry = adjust_points(customer=customer, **values, actor=self.actor, now=timezone.now())
            return Answer(status=201, body=answers.adjustment_answer(entry, ledger.account_of(customer)))

        return self.once(request, act)


class StampsView(ApiView):
    @extend_schema(
        operation_id="stamps_add",
        parameters=[IDEMPOTENCY_KEY],
        request=shapes.StampsInput,
        responses={201: shapes.StampBookingShape, **refusals(404, 409, 503, body=True)},
        examples=examples("stamps_add"),
    )
    def post(self, request: Request, customer_id: uuid.UUID) -> Response:
        """Stamp a card without a purchase, once per Idempotency-Key. Purchases bring their stamps by themselves."""

        def act() -> Answer:
            values = checked(shapes.StampsInput, request.data)
            customer = customer_by(id=str(customer_id))
            stamped = add_stamps(customer=customer, **values, actor=self.actor, now=timezone.now())
            return Answer(status=201, body=answers.stamps_answer(stamped))

        return self.once(request, act)


class RedeemStampsView(ApiView):
    @extend_schema(
        operation_id="stamps_redeem",
        parameters=[IDEMPOTENCY_KEY],
        request=shapes.RedeemStampsInput,
        responses={201: shapes.StampBookingShape, **refusals(404, 409, 503, body=True)},
        examples=examples("stamps_redeem"),
    )
    def post(self, request: Request, customer_id: uuid.UUID) -> Response:
        """Redeem a full card, once per Idempotency-Key: its reward is handed out now. 409 `card_not_full`."""

        def act() -> Answer:
            values = checked(shapes.RedeemStampsInput, request.data)
            customer = customer_by(id=str(customer_id))
            stamped = redeem_stamps(customer=customer, **values, actor=self.actor, now=timezone.now())
            return Answer(status=201, body=answers.stamps_answer(stamped))

        return self.once(request, act)


class VoidStampsView(ApiView):
    @extend_schema(
        operation_id="stamps_void",
        parameters=[IDEMPOTENCY_KEY],
        request=shapes.VoidStampsInput,
        responses={200: shapes.StampBookingShape, **refusals(404, 409, 503, body=True)},
        examples=examples("stamps_void"),
    )
    def post(self, request: Request, customer_id: uuid.UUID) -> Response:
        """Take stamps back that came without a purchase, or cancel a redemption: its stamps come back. Once."""

        def act() -> Answer:
            values = checked(shapes.VoidStampsInput, request.data)
            customer = customer_by(id=str(customer_id))
            stamped = void_stamps(customer=customer, **values, actor=self.actor, now=timezone.now())
            return Answer(status=200, body=answers.stamps_answer(stamped))

        return self.once(request, act)


class ClaimsView(ApiView):
    @extend_schema(
        operation_id="customers_claim",
        parameters=[IDEMPOTENCY_KEY],
        request=shapes.ClaimInput,
        responses={201: shapes.PurchaseShape, **refusals(404, 409, 503, body=True)},
        examples=examples("customers_claim"),
    )
    def post(self, request: Request, customer_id: uuid.UUID) -> Response:
        """Credit a sale that was recorded without a customer, by its receipt, once: the card was forgotten.

        Valued by the rules of its day. Without a store any will do.
        """

        def act() -> Answer:
            values = checked(shapes.ClaimInput, request.data)
            award = claim_purchase(
                customer=customer_by(id=str(customer_id)),
                receipt_number=values["receipt_number"],
                total=values["total"],
                store=store_named(values.get("store")),
                actor=self.actor,
                now=timezone.now(),
            )
            return Answer(status=201, body=answers.purchase_answer(award))

        return self.once(request, act)


class MergeView(ApiView):
    @extend_schema(
        operation_id="customers_merge",
        parameters=[IDEMPOTENCY_KEY],
        request=shapes.MergeInput,
        responses={200: shapes.CustomerShape, **refusals(404, 409, 503, body=True)},
        examples=examples("customers_merge"),
    )
    def post(self, request: Request, customer_id: uuid.UUID) -> Response:
        """Join this customer into another, who keeps the own values and takes what is missing.

        Points, purchases, cards, number and external id lead to the one who remains; this customer is not found by id
        any more.
        """

        def act() -> Answer:
            into = checked(shapes.MergeInput, request.data)["into"]
            customer = customer_by(id=str(customer_id))
            remaining = merge(customer=customer, into=_named("into", into), actor=self.actor, now=timezone.now())
            return Answer(status=200, body={"id": str(remaining.public_id)})

        return self.once(request, act, shown=_customer_as_now)


class PurchasesView(ApiView):
    @extend_schema(
        operation_id="purchases_record",
        parameters=[IDEMPOTENCY_KEY],
        request=shapes.PurchaseInput,
        responses={201: shapes.PurchaseShape, **refusals(404, 409, 503, body=True)},
        examples=examples("purchases_record"),
    )
    def post(self, request: Request) -> Response:
        """Record a purchase and credit its points, once per Idempotency-Key."""

        def act() -> Answer:
            values = checked(shapes.PurchaseInput, request.data)
            store = _store_later(values.get("store"))
            award = record_purchase(
                customer=customer_named(values["customer"]),
                total=values["total"],
                currency=values["currency"],
                store=store(),
                receipt_number=values.get("receipt_number"),
                purchased_at=values.get("purchased_at"),
                lines=[LineItem(**line) for line in values.get("lines", [])],
                actor=self.actor,
                now=timezone.now(),
            )
            return Answer(status=201, body=answers.purchase_answer(award))

        return self.once(request, act)


class PurchasePreviewView(ApiView):
    @extend_schema(
        operation_id="purchases_preview",
        request=shapes.PurchaseInput,
        responses={200: shapes.PreviewShape, **refusals(404, body=True)},
        examples=examples("purchases_preview"),
    )
    def post(self, request: Request) -> Response:
        """What the same purchase would earn. Nothing is written."""
        values = checked(shapes.PurchaseInput, request.data)
        now = timezone.now()
        customer, store = customer_named(values["customer"]), store_named(values.get("store"))
        result = preview(
            customer=customer,
            total=values["total"],
            currency=values["currency"],
            store=store,
            lines=[LineItem(**line) for line in values.get("lines", [])],
            actor=self.actor,
            purchased_at=values.get("purchased_at") or now,
            now=now,
        )
        rewards = redeemable(customer, now=now, store=store, total=values["total"]) if customer else []
        return Response(answers.preview_answer(result, rewards=rewards))


class PurchaseVoidView(ApiView):
    @extend_schema(
        operation_id="purchases_void",
        parameters=[IDEMPOTENCY_KEY],
        request=shapes.NothingInput,
        responses={200: shapes.VoidShape, **refusals(404, 409, 503, body=True)},
        examples=examples("purchases_void"),
    )
    def post(self, request: Request, purchase_id: uuid.UUID) -> Response:
        """Void the whole purchase, once: its points are taken back and the tier follows."""

        def act() -> Answer:
            checked(shapes.NothingInput, request.data)
            purchase = purchase_by_id(purchase_id)
            voiding = void_purchase(purchase=purchase, actor=self.actor, now=timezone.now())
            return Answer(status=200, body=answers.void_answer(voiding))

        return self.once(request, act)


class PurchaseReturnsView(ApiView):
    @extend_schema(
        operation_id="purchases_return",
        parameters=[IDEMPOTENCY_KEY],
        request=shapes.ReturnInput,
        responses={201: shapes.ReturnShape, **refusals(404, 409, 503, body=True)},
        examples=examples("purchases_return"),
    )
    def post(self, request: Request, purchase_id: uuid.UUID) -> Response:
        """Take goods of a purchase back, by amount or by lines, as often as something is left of it.

        What was kept is valued again by the rules of the purchase's day. An amount lowers the total, not the lines.
        """

        def act() -> Answer:
            values = checked(shapes.ReturnInput, request.data)
            returned = return_goods(
                purchase=purchase_by_id(purchase_id),
                total=values.get("total"),
                lines=[(line["index"], line["quantity"]) for line in values.get("lines", [])],
                reason=values.get("reason", ""),
                actor=self.actor,
                now=timezone.now(),
            )
            return Answer(status=201, body=answers.return_answer(returned))

        return self.once(request, act)


class ProgramView(ApiView):
    @extend_schema(
        operation_id="program_get",
        responses={200: shapes.ProgramShape, **refusals(404)},
        examples=examples("program_get"),
    )
    def get(self, request: Request) -> Response:
        """The programme in force: earning rules and tiers."""
        terms = terms_at(timezone.now())
        version = ProgramVersion.objects.select_related("program").get(pk=terms.version_id)
        return Response(answers.program_answer(version.program.name, version.number, terms))


class SchemaView(SpectacularAPIView):
    """The OpenAPI document."""


def docs(request: ShopRequest) -> HttpResponse:
    """The API explained on one page, from the OpenAPI document, without a script."""
    return render(request, "api/docs.html", {"operations": operations(), "api_url": f"{request.tenant.url}/api/v1"})


def _shop_request(request: Request) -> ShopRequest:
    """The request below DRF's own."""
    return cast("ShopRequest", request._request)


def _refuse_bad_length(request: Request) -> None:
    length = request.META.get("CONTENT_LENGTH") or ("" if request.META.get("HTTP_TRANSFER_ENCODING") else "0")
    if not length.isdecimal():
        raise LengthRequired
    if int(length) > MAX_BODY:
        raise BodyTooLarge


def _asked(request: Request) -> str:
    """Method, path and canonical body: the same call in other spelling is the same call."""
    return f"{request.method} {request.path} {canonical_json(request.data)}"


def customer_named(reference: dict[str, str] | None) -> Customer | None:
    if reference is None:
        return None
    try:
        return customer_by(**reference)
    except UnknownCustomer as error:
        raise UnknownCustomer(field=f"customer.{error.field}") from error
    except Invalid as error:
        raise Invalid(error.message, field=f"customer.{error.field}") from error


def _customer_as_now(reference: dict[str, str]) -> dict[str, Any]:
    """Who is erased meanwhile is not found, and no kept answer knows better."""
    customer = customer_by(id=reference["id"])
    return answers.customers_answer([customer], now=timezone.now())[0]


def _named(field: str, public_id: uuid.UUID) -> Customer:
    """A customer whom the body names by id."""
    try:
        return customer_by(id=str(public_id))
    except UnknownCustomer as error:
        raise UnknownCustomer(field=field) from error


def store_named(code: str | None) -> Store | None:
    return _store_later(code)()


def _store_later(code: str | None) -> Callable[[], Store | None]:
    """Asked for together with what is asked next."""
    if not code:
        return lambda: None
    found = one_later(Store, "code = %s", code)

    def store() -> Store:
        if (known := found()) is None:
            raise UnknownStore(field="store")
        return known

    return store


def _found(reference: dict[str, str]) -> list[Customer]:
    """The customer who fits every reference, as a list of none or one."""
    fitting = []
    for kind, value in reference.items():
        try:
            fitting.append(customer_by(**{kind: value}))
        except UnknownCustomer:
            return []
    return fitting[:1] if len({customer.pk for customer in fitting}) == 1 else []


def _next(request: Request, cursor: object) -> str:
    return f"{_shop_request(request).tenant.url}{request.path}?cursor={cursor}"
