"""What belongs to the shop as a whole: its domain, and its end."""

from django.contrib import messages
from django.core import signing
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice.access import MemberRequest
from backoffice.forms import CloseShopForm, DomainForm
from backoffice.pages import show
from ledger.queries import open_points
from team import shop
from tenants.error_pages import forbidden
from tenants.models import READABLE_FOR
from tenants.requests import ShopRequest
from tenants.roles import Actor

DOMAIN_SALT = "backoffice.domain"
DOMAIN_SECONDS = 600


def account(request: MemberRequest, *, domain_form: DomainForm | None = None) -> HttpResponse:
    tenant = request.tenant
    form = domain_form or DomainForm(initial={"domain": tenant.domain or ""})
    context = {
        "form": form,
        "check_url": _check_url(request) if tenant.domain and not tenant.domain_live_at else "",
        "can_close": request.actor.could("shop.close"),
        "can_set_domain": request.actor.could("domain.write"),
    }
    return show(request, "backoffice/account.html", **context)


def set_domain(request: MemberRequest) -> HttpResponse:
    form = DomainForm(request.POST)
    if not form.carried_out(lambda: shop.set_domain(domain=form.cleaned_data["domain"], actor=request.actor)):
        return account(request, domain_form=form)
    named = request.tenant.domain
    messages.success(request, _("The domain is noted.") if named else _("The domain is removed."))
    return redirect("backoffice:account")


def close(request: MemberRequest) -> HttpResponse:
    form = CloseShopForm(request.POST or None)
    if request.tenant.closed_at or (request.method == "POST" and form.carried_out(lambda: _closed(request, form))):
        return redirect("backoffice:account")
    points, holders = open_points()
    context = {"form": form, "points": points, "holders": holders, "readable_until": timezone.now() + READABLE_FOR}
    return show(request, "backoffice/close_shop.html", **context)


def reopen(request: MemberRequest) -> HttpResponse:
    shop.reopen_shop(actor=request.actor)
    messages.success(request, _("The shop is open again."))
    return redirect("backoffice:account")


def _closed(request: MemberRequest, form: CloseShopForm) -> None:
    shop.close_shop(typed_name=form.cleaned_data["typed_name"], actor=request.actor, now=timezone.now())


def check_domain(request: ShopRequest) -> HttpResponse:
    """Opened by the owner's browser on the new domain: whoever gets here with the link has found the way."""
    try:
        reference = signing.loads(request.GET.get("token", ""), salt=_salt(request), max_age=DOMAIN_SECONDS)
    except signing.BadSignature:
        return forbidden(request)
    if request.get_host().partition(":")[0] != request.tenant.domain:
        return forbidden(request)
    shop.confirm_domain(actor=Actor(reference=reference), now=timezone.now())
    return HttpResponseRedirect(request.tenant.team_url + reverse("backoffice:account"))


def _check_url(request: MemberRequest) -> str:
    token = signing.dumps(request.actor.reference, salt=_salt(request))
    port = request.get_host().partition(":")[2]
    host = f"{request.tenant.domain}:{port}" if port else request.tenant.domain
    return f"{request.scheme}://{host}{reverse('backoffice:check_domain')}?token={token}"


def _salt(request: ShopRequest) -> str:
    return f"{DOMAIN_SALT}.{request.tenant.pk}.{request.tenant.domain}"
