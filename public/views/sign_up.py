"""From an account to a shop that can credit points."""

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from programs import shops
from programs.setup import TEMPLATES
from public.access import UserRequest
from public.forms import OpenShopForm
from public.views.site import AGREEMENT
from tenants.countries import COUNTRIES
from tenants.errors import DomainError
from tenants.models import Tenant
from tenants.throttle import Limit

TRADE_ICONS = {"cafe": "cup", "salon": "scissors", "retail": "bag", "online": "screen"}
_openings = Limit("shop-opening", times=10, seconds=86_400)
_look_ups = Limit("shop-address", times=120, seconds=60, fails_open=True)


def open_shop(request: UserRequest) -> HttpResponse:
    form = OpenShopForm(request.POST or None, user=request.user)
    if request.method == "POST" and form.carried_out(lambda: _opened(request, form)):
        return redirect("public:enter", form.result.tenant.slug)
    context = {
        "form": form,
        "trades": _trades(form["trade"].value()),
        "address": _address_state(form["slug"].value() or ""),
        "base_host": settings.BASE_DOMAIN,
    }
    return render(request, "public/open_shop.html", context)


def address(request: UserRequest) -> HttpResponse:
    """While the form is filled in: the address that the name suggests, or whether the one typed is free."""
    _look_ups.hit(request.user.pk)
    typed = request.GET.get("slug", "")[:80].strip().lower()
    untouched = typed in ("", request.GET.get("suggested", ""))
    by_name = request.headers.get("HX-Trigger") == "id_name"
    suggested = shops.free_slug_of(request.GET.get("name", "")[:120]) if by_name and untouched else None
    context = {"suggested": suggested, "address": _address_state(typed if suggested is None else suggested)}
    return render(request, "public/open_shop.html#address", context)


def _opened(request: UserRequest, form: OpenShopForm) -> shops.OpenedShop:
    _openings.hit(request.user.pk)
    given = form.cleaned_data
    country = COUNTRIES[given["country"]]
    return shops.open_shop(
        slug=given["slug"] or shops.free_slug_of(given["name"]),
        name=given["name"],
        currency=country.currency,
        owner_email=request.user.email,
        owner_name=given["owner_name"],
        country=given["country"],
        time_zone=country.time_zone,
        language=country.language,
        trade=given["trade"],
        address=given["address"],
        agreement=AGREEMENT,
        is_public=False,
        now=timezone.now(),
    )


def _trades(chosen: str | None) -> list[dict[str, object]]:
    return [
        {
            "value": value,
            "label": label,
            "icon": TRADE_ICONS[value],
            "points": TEMPLATES[value].points_per_unit,
            "address": TEMPLATES[value].address,
            "chosen": value == chosen,
        }
        for value, label in Tenant.Trade.choices
    ]


def _address_state(slug: str) -> dict[str, object]:
    """Whether a shop can have this address; `free` is None where there is nothing to say yet."""
    if not slug:
        return {"slug": "", "free": None, "text": ""}
    try:
        shops.check_slug(slug)
    except DomainError as refusal:
        return {"slug": slug, "free": False, "text": str(refusal)}
    return {"slug": slug, "free": True, "text": _("free")}
