"""What puts the card on a home screen and keeps it there without a network, and the poster that leads to it all."""

from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_cache_control
from django.utils.translation import get_language

from ledger import queries as ledger
from portal.access import CustomerRequest
from portal.icons import SIZES, letter_icon, logo_icon
from portal.pages import opening, show
from portal.views.account import card_of
from portal.views.vouchers import kept
from programs.queries import examples
from programs.terms import terms_at
from programs.wording import conditions_in_words, rules_in_words
from rewards.queries import open_vouchers
from team.brand import logo_called
from tenants.brand import palettes
from tenants.qr import qr_svg
from tenants.requests import ShopRequest

A_DAY = 86_400


def manifest(request: ShopRequest) -> HttpResponse:
    tenant = request.tenant
    light, _ = palettes(tenant.brand_color)
    icons = [
        {"src": reverse("portal:icon", args=[size]), "sizes": f"{size}x{size}", "type": "image/png", "purpose": purpose}
        for size, purpose in (("192", "any"), ("512", "any"), ("512", "maskable"))
    ]
    description = {
        "id": "/",
        "name": tenant.name,
        "short_name": tenant.name[:12].rstrip(),
        "lang": (get_language() or "de").partition("-")[0],
        "start_url": "/",
        "scope": "/",
        "display": "standalone",
        "background_color": "#f6f7f9",
        "theme_color": light.brand,
        "icons": icons,
    }
    return JsonResponse(description, content_type="application/manifest+json")


def icon(request: ShopRequest, size: str) -> HttpResponse:
    if size not in map(str, SIZES):
        raise Http404
    tenant = request.tenant
    logo = logo_called(tenant.logo_hash) if tenant.logo_hash else None
    if logo is not None:
        picture = logo_icon(bytes(logo.large), int(size))
    else:
        picture = letter_icon(tenant.name[:1].upper(), tenant.brand_color, int(size))
    response = HttpResponse(picture, content_type="image/png")
    patch_cache_control(response, public=True, max_age=A_DAY)
    return response


def worker(request: ShopRequest) -> HttpResponse:
    """At the root, because a worker serves the pages below its own address."""
    return render(request, "portal/worker.js", content_type="text/javascript; charset=utf-8")


def offline(request: CustomerRequest) -> HttpResponse:
    """The card and open vouchers as the phone may keep them: codes, and points with their time; nobody's name."""
    now = timezone.now()
    vouchers = [kept(redemption) for redemption in open_vouchers(request.customer, now=now)]
    figures = ledger.figures(ledger.account_of(request.customer), now=now)
    return show(
        request,
        "portal/offline.html",
        balance=figures.balance,
        now=now,
        vouchers=vouchers,
        **card_of(request.customer),
    )


def poster(request: ShopRequest) -> HttpResponse:
    """For the counter and the window: what the programme is, and the code that leads to it."""
    now = timezone.now()
    terms = terms_at(now)
    address = request.tenant.url + reverse("portal:join")
    return show(
        request,
        "portal/poster.html",
        examples=examples(terms),
        rules=rules_in_words(terms),
        conditions=conditions_in_words(terms),
        **opening(now=now),
        address=address,
        shown=address.partition("//")[2].rstrip("/"),
        qr_svg=qr_svg(address),
    )
