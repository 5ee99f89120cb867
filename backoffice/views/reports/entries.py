"""What the figures need from the merchant: costs, what is left of sales, and for how long somebody counts as active."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from analytics.models.figures import LONGEST_WINDOW
from analytics.overview import window
from analytics.stating import SHORTEST_WINDOW, set_window, state_cost, stated_costs
from backoffice.access import MemberRequest
from backoffice.pages import show
from backoffice.rewards.form import DayText
from tenants.forms import AmountField, ServiceForm, WholeNumberField

# Of what was said before.
SHOWN = 12


class CostForm(ServiceForm):
    margin_percent = WholeNumberField(label=gettext_lazy("Left of sales"), min_value=1, max_value=100)
    running = AmountField(label=gettext_lazy("Running costs a month"))
    since = DayText(label=gettext_lazy("Holds from"))


class WindowForm(ServiceForm):
    days = WholeNumberField(
        label=gettext_lazy("Days after a purchase"), min_value=SHORTEST_WINDOW, max_value=LONGEST_WINDOW
    )


def page(
    request: MemberRequest, *, cost_form: CostForm | None = None, window_form: WindowForm | None = None
) -> HttpResponse:
    latest = stated_costs().first()
    drawn = window()
    initial: dict[str, Any] = {"since": timezone.localdate()}
    if latest:
        initial |= {"margin_percent": latest.margin_percent, "running": latest.running}
    cost_form = cost_form or CostForm(initial=initial)
    window_form = window_form or WindowForm(initial={"days": drawn.wanted})
    return show(
        request,
        "backoffice/reports/entries.html",
        form=window_form if window_form.is_bound else cost_form,
        cost_form=cost_form,
        window_form=window_form,
        stated=stated_costs()[:SHOWN],
        window=drawn,
    )


def cost(request: MemberRequest) -> HttpResponse:
    form = CostForm(request.POST)
    if not form.carried_out(lambda: state_cost(**form.cleaned_data, actor=request.actor, now=timezone.now())):
        return page(request, cost_form=form)
    messages.success(request, _("Your figures are saved."))
    return redirect("backoffice:report_programme")


def active(request: MemberRequest) -> HttpResponse:
    form = WindowForm(request.POST)
    if not form.carried_out(lambda: set_window(**form.cleaned_data, actor=request.actor, now=timezone.now())):
        return page(request, window_form=form)
    messages.success(request, _("Saved. Tonight all figures are worked out with it, those of earlier days too."))
    return redirect("backoffice:report_entries")
