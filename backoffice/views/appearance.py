"""How the shop looks and speaks: name, colour, logo, language and form of address."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice.access import MemberRequest
from backoffice.forms import AppearanceForm, LogoForm
from backoffice.pages import show
from team.brand import change_appearance, change_logo, remove_logo
from tenants.brand import HEX, preview_sheet


def appearance(request: MemberRequest) -> HttpResponse:
    form = AppearanceForm(request.POST or None, initial=_as_it_is(request))
    if request.method == "POST" and form.carried_out(
        lambda: change_appearance(**form.cleaned_data, actor=request.actor)
    ):
        messages.success(request, _("The appearance is saved."))
        return redirect("backoffice:appearance")
    return _page(request, form=form, logo_form=LogoForm())


def logo(request: MemberRequest) -> HttpResponse:
    """Take over a picture, or let go of the one there is."""
    form = LogoForm(request.POST, request.FILES)
    if "remove" in request.POST:
        remove_logo(actor=request.actor)
        messages.success(request, _("The logo is removed."))
        return redirect("backoffice:appearance")
    if form.carried_out(
        lambda: change_logo(picture=form.cleaned_data["logo"].read(), actor=request.actor, now=timezone.now())
    ):
        messages.success(request, _("The logo is saved."))
        return redirect("backoffice:appearance")
    return _page(request, form=AppearanceForm(initial=_as_it_is(request)), logo_form=form)


def preview(request: MemberRequest, color: str) -> HttpResponse:
    """Both palettes of a colour that is only being tried."""
    if not HEX.fullmatch(f"#{color}"):
        raise Http404
    return HttpResponse(preview_sheet(f"#{color}"), content_type="text/css; charset=utf-8")


def _as_it_is(request: MemberRequest) -> dict[str, str]:
    tenant = request.tenant
    return {
        "name": tenant.name,
        "color": tenant.brand_color,
        "language": tenant.language,
        "address": tenant.address,
    }


def _page(request: MemberRequest, *, form: AppearanceForm, logo_form: LogoForm) -> HttpResponse:
    shown = str(form["color"].value() or "").lower()
    color = shown if HEX.fullmatch(shown) else request.tenant.brand_color
    return show(
        request,
        "backoffice/appearance.html",
        form=logo_form if logo_form.errors else form,
        appearance_form=form,
        logo_form=logo_form,
        color=color.removeprefix("#"),
    )
