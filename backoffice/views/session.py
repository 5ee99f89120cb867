"""Coming in from the bare domain, and leaving."""

from django.contrib.auth import login, logout
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from backoffice.access import SESSION_SECOND_FACTOR, MemberRequest
from team.handover import HandoverRefused, handed_over
from tenants.error_pages import forbidden
from tenants.requests import own_page

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


def enter(request: MemberRequest) -> HttpResponse:
    """Exchange a hand-over token for a session of this shop's host."""
    try:
        handover = handed_over(request.GET.get("token", ""), tenant=request.tenant)
    except HandoverRefused:
        return forbidden(request)
    login(request, handover.user, backend=BACKEND)
    if handover.second_factor_at is not None:
        request.session[SESSION_SECOND_FACTOR] = handover.second_factor_at
    home = reverse("backoffice:home")
    return redirect(own_page(handover.page, below=home) or home)


def sign_out(request: MemberRequest) -> HttpResponse:
    """Nothing stays behind the back button; a till in the same browser keeps its storage."""
    logout(request)
    response = redirect("backoffice:signed_out")
    response["Clear-Site-Data"] = '"cache"'
    return response


def signed_out(request: MemberRequest) -> HttpResponse:
    return render(request, "backoffice/signed_out.html")
