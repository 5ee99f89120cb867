"""Somebody's own account: the same for all shops they work for."""

from allauth.account.views import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from public.access import UserRequest
from tenants.accounts import has_second_factor


def account(request: UserRequest) -> HttpResponse:
    return render(request, "public/account.html", {"has_second_factor": has_second_factor(request.user)})


def sign_out(request: HttpRequest) -> HttpResponse:
    """Nothing of the account stays in the browser, not even behind its back button."""
    response = logout(request)
    if request.method == "POST":
        response["Clear-Site-Data"] = '"cache", "storage"'
    return response
