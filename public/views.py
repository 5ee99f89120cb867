"""The public site: what the product is, and the way into a shop."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from public.access import UserRequest
from team.handover import handover_token
from team.queries import shops_of


def home(request: HttpRequest) -> HttpResponse:
    return render(request, "public/home.html")


def shops(request: UserRequest) -> HttpResponse:
    choices = [
        {
            "name": shop.tenant.name,
            "role_label": shop.role_label,
            "enter_url": reverse("public:enter", urlconf=settings.PUBLIC_URLCONF, args=[shop.tenant.slug]),
        }
        for shop in shops_of(request.user)
    ]
    return render(request, "public/shops.html", {"shops": choices})


def enter(request: UserRequest, slug: str) -> HttpResponse:
    """Hand a member over to the shop's own host. A shop that is not theirs does not exist for them."""
    shop = next((shop for shop in shops_of(request.user) if shop.tenant.slug == slug), None)
    if shop is None:
        raise Http404
    token = handover_token(user=request.user, tenant=shop.tenant)
    return HttpResponseRedirect(f"{shop.tenant.url}/backoffice/enter/?token={token}")
