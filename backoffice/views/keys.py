"""API keys: what machines may do in the shop's name."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice.access import MemberRequest
from backoffice.forms import ApiKeyForm
from backoffice.once import sent_before
from backoffice.pages import show
from team.models import ApiKey
from team.queries import api_keys
from team.services import issue_api_key, revoke_api_key
from tenants.pages import page_of

ROWS = 50


def keys(request: MemberRequest) -> HttpResponse:
    return _list(request, form=ApiKeyForm())


def issue(request: MemberRequest) -> HttpResponse:
    """The full key is on this one answer and nowhere else."""
    form = ApiKeyForm(request.POST)
    if sent_before(request):
        return redirect("backoffice:keys")
    if form.carried_out(lambda: issue_api_key(**form.cleaned_data, actor=request.actor)):
        key, text = form.result
        return show(
            request, "backoffice/key_shown.html", key=key, text=text, api_url=f"{request.tenant.url}/api/v1/docs/"
        )
    return _list(request, form=form)


def revoke(request: MemberRequest, key_id: int) -> HttpResponse:
    key = get_object_or_404(ApiKey, pk=key_id)
    revoke_api_key(key=key, actor=request.actor, now=timezone.now())
    messages.success(request, _("The key no longer works."))
    return redirect("backoffice:keys")


def _list(request: MemberRequest, *, form: ApiKeyForm) -> HttpResponse:
    rows = [
        {"key": key, "scopes": [ApiKey.Scope(scope).label for scope in key.scopes]}
        for key in page_of(api_keys(), size=ROWS).rows
    ]
    return show(request, "backoffice/keys.html", rows=rows, form=form)
