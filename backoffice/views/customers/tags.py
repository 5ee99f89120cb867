"""The tags of the shop: what there is, under another name, or no more."""

from django.contrib import messages
from django.db.models import QuerySet, Subquery
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from backoffice.access import MemberRequest
from backoffice.pages import show
from backoffice.views.customers.forms import TagForm
from customers.models import Tag
from customers.queries import customers_by_tag
from customers.tags import delete_tag, rename_tag
from tenants.pages import page_of, seq_in

ROWS = 50


def tags(request: MemberRequest) -> HttpResponse:
    after = seq_in(request.GET.get("after", ""))
    page = page_of(_in_order(after), size=ROWS)
    held = customers_by_tag(page.rows)
    address = reverse("backoffice:tags")
    return show(
        request,
        "backoffice/tags.html",
        rows=[{"tag": row, "customers": held.get(row.pk, 0)} for row in page.rows],
        first_url=address if after else None,
        next_url=f"{address}?after={page.last.pk}" if page.last else None,
    )


def tag(request: MemberRequest, tag_id: int) -> HttpResponse:
    word = get_object_or_404(Tag, pk=tag_id)
    form = TagForm(request.POST if request.method == "POST" else None, initial={"tag": word.name})
    if request.method == "POST" and form.is_valid():
        name = form.cleaned_data["tag"]
        if form.carried_out(lambda: rename_tag(tag=word, name=name, actor=request.actor)):
            messages.success(request, _("The changes are saved."))
            return redirect("backoffice:tags")
    return show(request, "backoffice/tag.html", tag=word, form=form, customers=customers_by_tag([word]).get(word.pk, 0))


def delete(request: MemberRequest, tag_id: int) -> HttpResponse:
    delete_tag(tag=get_object_or_404(Tag, pk=tag_id), actor=request.actor)
    messages.success(request, _("The tag is deleted."))
    return redirect("backoffice:tags")


def _in_order(after: int | None) -> QuerySet[Tag]:
    rows = Tag.objects.order_by("key")
    return rows.filter(key__gt=Subquery(Tag.objects.filter(pk=after).values("key"))) if after else rows
