"""The way into a shop, with a second factor where that is asked for."""

import time
from urllib.parse import urlencode

from django.conf import settings
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse

from public.access import UserRequest
from team.handover import handover_token
from team.queries import Shop, shops_of
from tenants.accounts import has_second_factor, second_factor_at
from tenants.requests import own_page
from tenants.roles import MOMENT

# Where somebody who came for a second factor goes on afterwards; the pages that set one up show it.
WAY_BACK = "second_factor_way_back"


def shops(request: UserRequest) -> HttpResponse:
    choices = [
        {
            "name": shop.tenant.name,
            "role_label": shop.role_label,
            "is_closed": shop.is_closed,
            "enter_url": reverse("public:enter", urlconf=settings.PUBLIC_URLCONF, args=[shop.tenant.slug]),
        }
        for shop in shops_of(request.user)
    ]
    return render(request, "public/shops.html", {"shops": choices})


def enter(request: UserRequest, slug: str) -> HttpResponse:
    """Hand a member over to the shop's own host. A shop that is not theirs does not exist for them."""
    return _handed_over(request, _own_shop(request, slug))


def second_factor(request: UserRequest) -> HttpResponse:
    """A shop's host sends its members here for a second factor; with a fresh one they go back to where they were."""
    shop = _own_shop(request, request.GET.get("shop", ""))
    shown_at = second_factor_at(request)
    if shown_at is not None and time.time() - shown_at < MOMENT.total_seconds():
        request.session.pop(WAY_BACK, None)
        return _handed_over(request, shop, page=own_page(request.GET.get("page", "")))
    request.session[WAY_BACK] = request.get_full_path()
    if has_second_factor(request.user):
        return redirect(f"{reverse('account_reauthenticate')}?{urlencode({'next': request.get_full_path()})}")
    enter_url = reverse("public:enter", args=[shop.tenant.slug])
    return render(request, "public/second_factor.html", {"shop": shop, "shop_url": enter_url})


def _own_shop(request: UserRequest, slug: str) -> Shop:
    shop = next((shop for shop in shops_of(request.user) if shop.tenant.slug == slug), None)
    if shop is None:
        raise Http404
    return shop


def _handed_over(request: UserRequest, shop: Shop, *, page: str = "") -> HttpResponse:
    token = handover_token(user=request.user, tenant=shop.tenant, second_factor_at=second_factor_at(request), page=page)
    return HttpResponseRedirect(f"{shop.tenant.team_url}/backoffice/enter/?token={token}")
