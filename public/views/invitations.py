"""Accepting an invitation to a shop's team: the mailed link proves the address, so that no second mail is needed."""

from allauth.account.models import EmailAddress
from django import forms
from django.contrib.auth import login
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from team.errors import InvitationRefused
from team.membership import accept, invitation_of, tenant_of_invitation
from team.models import Invitation
from tenants.forms import ServiceForm
from tenants.models import Tenant, User
from tenants.scope import tenant_scope

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


class NewAccountForm(ServiceForm):
    password = forms.CharField(
        label=_("Password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password", "autofocus": True}),
        help_text=_("At least ten characters. A few words are easier to remember than signs."),
    )

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        try:
            validate_password(password)
        except ValidationError as error:
            raise forms.ValidationError(error.messages) from error
        return password


def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Whoever has an account signs in and accepts; whoever has none chooses a password and is in."""
    try:
        tenant = tenant_of_invitation(token)
        with tenant_scope(tenant):
            found = invitation_of(token, now=timezone.now())
    except InvitationRefused:
        return render(request, "public/invitation.html", {"is_over": True}, status=403)
    user = User.objects.filter(email=found.email).first()
    if user is None:
        return _new_account(request, tenant, found, token)
    is_theirs = request.user.is_authenticated and request.user.pk == user.pk
    if request.method == "POST" and is_theirs:
        return _joined(tenant, user, token)
    context = {"shop": tenant, "invitation": found, "is_theirs": is_theirs, "page": request.path}
    return render(request, "public/invitation.html", context)


def _new_account(request: HttpRequest, tenant: Tenant, found: Invitation, token: str) -> HttpResponse:
    form = NewAccountForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            user = User.objects.create_user(email=found.email, password=form.cleaned_data["password"], name=found.name)
            EmailAddress.objects.create(user=user, email=found.email, primary=True, verified=True)
            response = _joined(tenant, user, token)
        login(request, user, backend=BACKEND)
        return response
    return render(request, "public/invitation.html", {"shop": tenant, "invitation": found, "form": form})


def _joined(tenant: Tenant, user: User, token: str) -> HttpResponse:
    with tenant_scope(tenant):
        accept(token=token, user=user, now=timezone.now())
    return redirect("public:enter", tenant.slug)
