"""Messages to customers: which are sent, in which words, and what became of them."""

import uuid
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice.access import MemberRequest
from backoffice.forms import MessageTextForm
from backoffice.pages import show
from backoffice.views.customers.person import about
from customers.mails import blocks_of, imprint
from customers.queries import customer_by, language_for
from ledger import queries as ledger
from messaging.editing import mute_kind, reset_text, send_sample, unmute_kind, write_text
from messaging.errors import AlwaysSent
from messaging.kinds import Kind, kind_called, kinds
from messaging.models import Message
from messaging.queries import messages_to, muted_kinds, own_texts, sent_by_kind, undelivered
from messaging.wording import LANGUAGES, Words, default_words, placeholders_of, sample_letter, words_of
from tenants.pages import page_of, seq_in

DAYS = 30
TROUBLES = 20
ROWS = 30


def overview(request: MemberRequest) -> HttpResponse:
    since = timezone.now() - timedelta(days=DAYS)
    muted, own, sent = muted_kinds(), own_texts(), sent_by_kind(since=since)
    rows = [
        {
            "kind": kind,
            "is_on": kind.code not in muted,
            "sent": sent.get(kind.code, 0),
            "texts": [
                {"language": language, "label": label, "is_own": (kind.code, language) in own}
                for language, label in LANGUAGES.items()
            ],
        }
        for kind in kinds()
    ]
    troubles = [_shown(message) for message in undelivered(since=since)[:TROUBLES]]
    return show(
        request,
        "backoffice/messages.html",
        rows=rows,
        troubles=troubles,
        days=DAYS,
        can_write=request.actor.may("messages.write"),
    )


def switch(request: MemberRequest, message_kind: str) -> HttpResponse:
    kind = _kind(message_kind)
    try:
        if request.POST.get("to") == "off":
            mute_kind(kind=kind, actor=request.actor, now=timezone.now())
        else:
            unmute_kind(kind=kind, actor=request.actor, now=timezone.now())
    except AlwaysSent as refusal:
        messages.warning(request, str(refusal))
    return redirect("backoffice:messages")


def text(request: MemberRequest, message_kind: str, language: str) -> HttpResponse:
    kind = _kind(message_kind, language)
    form = MessageTextForm(request.POST or None, initial=_typed(words_of(kind, language=language_for(language))))
    if request.method == "POST" and form.carried_out(
        lambda: write_text(kind=kind, language=language, **form.cleaned_data, actor=request.actor, now=timezone.now())
    ):
        messages.success(request, _("The text is saved."))
        return redirect("backoffice:message_text", kind.code, language)
    return _page(request, kind, language, form)


def preview(request: MemberRequest, message_kind: str, language: str) -> HttpResponse:
    """What is typed so far, as the customer would see it."""
    kind = _kind(message_kind, language)
    typed = Words(request.POST.get("subject", ""), request.POST.get("body", ""))
    return render(request, "backoffice/_letter.html", _letter(kind, typed, language))


def sample(request: MemberRequest, message_kind: str, language: str) -> HttpResponse:
    kind = _kind(message_kind, language)
    form = MessageTextForm(request.POST)
    if form.carried_out(lambda: send_sample(kind=kind, language=language, **form.cleaned_data, to=request.member.user)):
        messages.success(request, _("On its way to %(email)s.") % {"email": request.member.user.email})
    return _page(request, kind, language, form)


def reset(request: MemberRequest, message_kind: str, language: str) -> HttpResponse:
    kind = _kind(message_kind, language)
    reset_text(kind=kind, language=language, actor=request.actor, now=timezone.now())
    messages.success(request, _("Our text is used again."))
    return redirect("backoffice:message_text", kind.code, language)


def said_to(request: MemberRequest, public_id: uuid.UUID) -> HttpResponse:
    """What a customer was told, and what became of it."""
    person = customer_by(id=str(public_id))
    before = seq_in(request.GET.get("before", ""))
    page = page_of(messages_to(person, before=before), size=ROWS)
    account = ledger.account_of(person)
    context = about(request, person, account, tab="customer_messages", now=timezone.now()) | {
        "rows": [_shown(message) for message in page.rows],
        "first_url": request.path if before else None,
        "next_url": f"{request.path}?before={page.last.pk}" if page.last else None,
    }
    return show(request, "backoffice/customer_messages.html", **context)


def _kind(code: str, language: str = "de") -> Kind:
    kind = kind_called(code)
    if kind is None or language not in LANGUAGES:
        raise Http404
    return kind


def _page(request: MemberRequest, kind: Kind, language: str, form: MessageTextForm) -> HttpResponse:
    typed = Words(str(form["subject"].value() or ""), str(form["body"].value() or ""))
    usual = default_words(kind, language=language_for(language))
    tabs = [
        {"text": label, "url": reverse("backoffice:message_text", args=[kind.code, code]), "on": code == language}
        for code, label in LANGUAGES.items()
    ]
    return show(
        request,
        "backoffice/message_text.html",
        form=form,
        kind=kind,
        language=language,
        tabs=tabs,
        placeholders=placeholders_of(kind),
        is_own=(kind.code, language) in own_texts(),
        usual=usual,
        color=request.tenant.brand_color.removeprefix("#"),
        **_letter(kind, typed, language),
    )


def _letter(kind: Kind, words: Words, language: str) -> dict[str, Any]:
    letter = sample_letter(kind, words, language=language)
    return {"letter": letter, "blocks": blocks_of(letter.text), "imprint": imprint()}


def _typed(words: Words) -> dict[str, str]:
    return {"subject": words.subject, "body": words.body}


def _shown(message: Message) -> dict[str, Any]:
    kind = kind_called(message.kind)
    return {
        "message": message,
        "label": kind.label if kind else message.kind,
        "tone": {"sent": "ok", "failed": "bad", "bounced": "bad", "dropped": ""}.get(message.state, "warn"),
    }
