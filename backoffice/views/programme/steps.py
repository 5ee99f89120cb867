"""Five steps to a programme. Each saves itself while it is filled in, and by its buttons where there is no script."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from django.contrib import messages
from django.forms import BooleanField
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.access import MemberRequest
from backoffice.once import sent_before
from backoffice.pages import show
from backoffice.setup_list import STEPS as SETUP
from backoffice.wizard.offers_form import OffersForm
from backoffice.wizard.points_form import OWN_CODES, PointsForm
from backoffice.wizard.preview import preview
from backoffice.wizard.start_form import StartForm
from backoffice.wizard.step_form import StepForm
from backoffice.wizard.tiers_form import TiersForm
from backoffice.wizard.trade_form import TradeForm
from legal.models import LegalText
from legal.queries import texts_in_force
from programs.changes import changes
from programs.drafting import Workpiece, planned_versions, save_draft, start_program, take_up, workpiece
from programs.errors import DraftChanged, ProgramChanged
from programs.expiring import points_without_a_date
from programs.publishing import Draft, refusals
from programs.queries import examples, has_opened
from programs.setup import EXPIRY_MONTHS, TEMPLATES
from programs.stamp_checks import MOST_CARDS
from programs.terms import expires_at, terms_at
from programs.tiers import moves
from programs.wording import (
    conditions_in_words,
    names_in,
    rule_in_words,
    rules_in_words,
    stacking_in_words,
    stamp_cards_in_words,
)
from tenants.errors import DomainError, Invalid
from tenants.models import Tenant
from tenants.money import minor_units, rate_text
from tenants.scope import current_tenant

STEPS: Final[Mapping[str, Any]] = {
    "trade": gettext_lazy("Trade"),
    "points": gettext_lazy("Collect points"),
    "tiers": gettext_lazy("Tiers"),
    "offers": gettext_lazy("Offers"),
    "start": gettext_lazy("Start"),
}
TRADE_ICONS: Final = {"cafe": "cup", "salon": "scissors", "retail": "bag", "online": "screen", "as_it_is": "check"}


@dataclass(frozen=True, slots=True)
class Place:
    """Where somebody stands among the steps."""

    name: str
    before: str
    after: str

    @property
    def number(self) -> int:
        return list(STEPS).index(self.name) + 1


def step(request: MemberRequest, place: str) -> HttpResponse:
    here, work, now = place_of(place), workpiece(), timezone.now()
    form = _form(place, request.POST or None, work, now=now)
    if request.method == "POST":
        action = request.POST.get("action", "next")
        answer = _started(request, form, now) if place == "start" else _kept(request, here, form, work, action, now)
        if answer is not None:
            return answer
        work = workpiece()
    return show_step(request, here, form, work, now=now)


def save(request: MemberRequest, place: str) -> HttpResponse:
    """While the step is filled in: keeps what is valid and answers with what has to change on the page."""
    here, work, now = place_of(place), workpiece(), timezone.now()
    form = _form(place, request.POST, work, now=now)
    refusal = _save(request, form, work, now=now) if place != "start" else None
    context = {
        "form": form,
        "step": here,
        "refusal": refusal,
        "draft": form.draft(),
        "seen": form.seen_in(form.draft()) if refusal is None and place != "start" else "",
        "saved": True,
        "fields": [] if place == "start" else _with_a_place_for_errors(form),
        **_details(place, form, work, now=now),
    }
    shown = preview(form.draft(), amount=request.POST.get("amount", ""), now=now)
    return render(request, "backoffice/programme/_saved.html", context | shown)


def _with_a_place_for_errors(form: Any) -> list[Any]:
    """A switch cannot be wrong."""
    return [bound for bound in form.visible_fields() if not isinstance(bound.field, BooleanField)]


def show_step(request: MemberRequest, place: Place, form: Any, work: Workpiece, *, now: datetime) -> HttpResponse:
    amount = request.POST.get("amount") if request.method == "POST" else None
    return show(
        request,
        f"backoffice/programme/{place.name}.html",
        form=form,
        step=place,
        work=work,
        steps=steps_of(place),
        has_opened=has_opened(now=now),
        **_details(place.name, form, work, now=now),
        **preview(form.draft(), amount=amount, now=now),
    )


def steps_of(place: Place) -> list[dict[str, Any]]:
    return [
        {
            "number": number,
            "text": text,
            "url": reverse("backoffice:programme_step", args=[name]),
            "is_done": number < place.number,
            "is_current": name == place.name,
        }
        for number, (name, text) in enumerate(STEPS.items(), start=1)
    ]


def place_of(name: str) -> Place:
    """Raises Http404 for what is no step."""
    names = list(STEPS)
    if name not in names:
        raise Http404
    at = names.index(name)
    return Place(name, names[at - 1] if at else "", names[at + 1] if at + 1 < len(names) else "")


def _form(name: str, typed: QueryDict | None, work: Workpiece, *, now: datetime) -> Any:
    if name == "trade":
        return TradeForm(typed, work=work, has_opened=has_opened(now=now))
    kinds: dict[str, type[StepForm]] = {
        "points": PointsForm,
        "tiers": TiersForm,
        "offers": OffersForm,
        "start": StartForm,
    }
    form = kinds[name](typed, start=work.draft)
    if name == "start":
        form.initial["seen_at"] = work.saved_at.isoformat() if work.saved_at else ""
    return form


def _save(request: MemberRequest, form: Any, work: Workpiece, *, now: datetime) -> DomainError | None:
    """Keep what is valid; nothing is written where nothing has changed."""
    draft = form.draft()
    template = form.chosen if isinstance(form, TradeForm) else None
    try:
        if draft != work.draft or (template and template != work.template):
            form.check_not_overtaken(work, actor=request.actor)
            save_draft(draft, actor=request.actor, now=now, template=template, read=work)
    except (ProgramChanged, DraftChanged) as refusal:
        form.refuse(refusal)
        return refusal
    form.check()
    return None


def _kept(
    request: MemberRequest, place: Place, form: Any, work: Workpiece, action: str, now: datetime
) -> HttpResponse | None:
    """Save, and go where the button says; None where something has to be put right first."""
    if isinstance(form, TradeForm) and form.is_valid() and form.must_ask():
        return None
    if isinstance(form, TiersForm) and action.startswith("remove-") and action[7:].isdecimal():
        form.is_valid()
        try:
            form.check_not_overtaken(work, actor=request.actor)
            save_draft(form.without(int(action[7:])), actor=request.actor, now=now, read=work)
        except (ProgramChanged, DraftChanged) as refusal:
            form.refuse(refusal)
            return None
        return redirect("backoffice:programme_step", place.name)
    _save(request, form, work, now=now)
    if action == "back" and place.before and not (form.is_outdated or form.is_overtaken):
        return redirect("backoffice:programme_step", place.before)
    if form.errors:
        return None
    if action == "later":
        return redirect("backoffice:programme")
    return redirect("backoffice:programme_step", place.name if action == "stay" else place.after)


def _started(request: MemberRequest, form: StartForm, now: datetime) -> HttpResponse | None:
    action = request.POST.get("action", "next")
    if action in ("back", "later"):
        return redirect("backoffice:programme_step", "offers") if action == "back" else redirect("backoffice:programme")
    if form.is_valid() and sent_before(request):
        return redirect("backoffice:programme")
    first = not has_opened(now=now)

    def start() -> object:
        seen_at = form.cleaned_data["seen_at"]
        try:
            moment = datetime.fromisoformat(seen_at) if seen_at else None
        except ValueError as error:
            raise ProgramChanged from error
        return start_program(seen_at=moment, actor=request.actor, now=now, starts_at=form.starts_at())

    if form.carried_out(start):
        if form.starts_at() is not None:
            messages.success(request, _("The programme is planned. Until then everything stays as it is."))
        elif first and any(not each.is_done() for each in SETUP):
            messages.success(request, _("The programme has started. What is left to do stands here."))
            return redirect("backoffice:home")
        elif first:
            messages.success(request, _("The programme has started. Customers can join."))
        else:
            messages.success(request, _("The programme is published and counts from now on."))
        return redirect("backoffice:programme")
    if form.is_outdated:
        take_up(actor=request.actor, now=now)
        newer = workpiece()
        form.show_instead("seen_at", newer.saved_at.isoformat() if newer.saved_at else "")
    return None


def _details(name: str, form: Any, work: Workpiece, *, now: datetime) -> dict[str, Any]:
    """What only one of the steps shows."""
    draft = form.draft()
    match name:
        case "trade":
            return {"trades": _trades(form)}
        case "points":
            currency = current_tenant().currency
            return _lasting(draft, now=now) | {
                "unit": rate_text(minor_units(Decimal(1), currency=currency), currency=currency)
            }
        case "offers":
            return {
                "offers": offers_of(draft),
                "stacking": stacking_in_words(draft.stacking),
                "cards": [
                    {"card": card, "text": text}
                    for card, text in zip(draft.stamp_cards, stamp_cards_in_words(draft.stamp_cards), strict=True)
                ],
                "may_add_card": len(draft.stamp_cards) < MOST_CARDS,
            }
        case "start":
            return _summary(draft, now=now)
    return {}


def _lasting(draft: Draft, *, now: datetime) -> dict[str, Any]:
    """What the months mean today."""
    ends = expires_at(draft.terms(), now, zone=current_tenant().zone)
    return {
        "lasts_until": ends - timedelta(microseconds=1) if ends else None,
        "is_short": draft.expiry_months is not None and draft.expiry_months < EXPIRY_MONTHS,
        "usual_months": EXPIRY_MONTHS,
    }


def offers_of(draft: Draft) -> list[dict[str, Any]]:
    """Every offer with its sentence, those that are switched off last."""
    terms, names = draft.terms(), names_in([*draft.rules, *draft.resting])
    listed = [(rule, True) for rule in draft.rules if rule.code not in OWN_CODES]
    listed += [(rule, False) for rule in draft.resting]
    return [{"rule": rule, "text": rule_in_words(rule, terms, names), "is_on": is_on} for rule, is_on in listed]


def _summary(draft: Draft, *, now: datetime) -> dict[str, Any]:
    terms, before = draft.terms(), terms_at(now)
    texts = texts_in_force(language=current_tenant().language)
    undated, holders = points_without_a_date() if terms.expiry_months and before.expiry_months is None else (0, 0)
    return {
        "rules": rules_in_words(terms),
        "conditions": conditions_in_words(terms),
        "examples": examples(terms),
        "changes": changes(before, terms),
        "moves": moves(terms, now=now) if terms.tiers else None,
        "planned": planned_versions(now=now),
        "problems": [{"text": str(refusal), "step": _step_of(refusal)} for refusal in refusals(draft)],
        "texts_missing": set(texts) != set(LegalText.Kind.values),
        "short_expiry": terms.expiry_months is not None and terms.expiry_months < EXPIRY_MONTHS,
        "is_shorter": bool(terms.expiry_months)
        and (before.expiry_months is None or before.expiry_months > (terms.expiry_months or 0)),
        "usual_months": EXPIRY_MONTHS,
        "undated": undated,
        "holders": holders,
    }


def _step_of(refusal: Invalid) -> str:
    """Where something can be put right."""
    field = refusal.field or ""
    if field.startswith("tier-") or not field:
        return "tiers"
    if field.startswith("rule"):
        return "offers"
    return "trade" if field == "name" else "points"


def _trades(form: TradeForm) -> list[dict[str, Any]]:
    chosen = form["template"].value()
    choices: Any = form.fields["template"]
    labels = {**dict(Tenant.Trade.choices), "as_it_is": _("As it is")}
    return [
        {
            "value": value,
            "label": labels[value],
            "icon": TRADE_ICONS[value],
            "template": TEMPLATES.get(value),
            "is_chosen": value == chosen,
        }
        for value, _label in choices.choices
    ]
