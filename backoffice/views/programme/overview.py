"""The programme in words: what is in force, what is planned, and the change that somebody has begun."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice.access import MemberRequest
from backoffice.pages import show
from programs.changes import changes
from programs.drafting import discard_draft, planned_versions, workpiece
from programs.models import Program, ProgramVersion
from programs.queries import examples, has_opened
from programs.terms import terms_at, terms_of
from programs.wording import conditions_in_words, rules_in_words

# The newest versions that are listed.
SHOWN = 10


def programme(request: MemberRequest) -> HttpResponse:
    now = timezone.now()
    terms = terms_at(now)
    planned = planned_versions(now=now)
    return show(
        request,
        "backoffice/programme/overview.html",
        program=Program.objects.get(pk=terms.program_id),
        has_opened=has_opened(now=now),
        terms=terms,
        rules=rules_in_words(terms),
        conditions=conditions_in_words(terms),
        examples=examples(terms),
        planned=[{"version": version, "changes": changes(terms, terms_of(version.pk))} for version in planned],
        planned_ids=[version.pk for version in planned],
        work=workpiece(),
        versions=ProgramVersion.objects.order_by("-number")[:SHOWN],
        current_id=terms.version_id,
        may_write=request.actor.may("program.write"),
    )


def discard(request: MemberRequest) -> HttpResponse:
    discard_draft(actor=request.actor)
    messages.success(request, _("The change is thrown away. The programme stays as it is."))
    return redirect("backoffice:programme")
