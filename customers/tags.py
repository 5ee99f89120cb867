"""Words that a shop puts on customers, such as "regular"."""

from django.db import transaction
from django.utils.translation import gettext as _

from customers.contact import normal_name, search_key
from customers.models import Customer, CustomerTag, Tag
from customers.services import locked
from events.services import publish
from tenants.errors import Invalid
from tenants.models import longest
from tenants.roles import Actor


def add_tag(*, customer: Customer, name: str, actor: Actor) -> Tag:
    """Put a tag on a customer; a new word becomes a tag. Raises Invalid, UnknownCustomer."""
    name, key = _checked(name)
    with transaction.atomic():
        customer = locked(customer)
        tag, _is_new = Tag.objects.get_or_create(key=key, defaults={"name": name})
        _held, is_added = CustomerTag.objects.get_or_create(customer=customer, tag=tag)
        if is_added:
            publish("customer.tagged", actor=actor, customer=customer.pk, tag=tag.pk)
    return tag


def remove_tag(*, customer: Customer, tag: Tag, actor: Actor) -> None:
    with transaction.atomic():
        if CustomerTag.objects.filter(customer=customer, tag=tag).delete()[0]:
            publish("customer.untagged", actor=actor, customer=customer.pk, tag=tag.pk)


def rename_tag(*, tag: Tag, name: str, actor: Actor) -> Tag:
    """Where the new name is another tag's already, the two become one. Raises Invalid."""
    name, key = _checked(name)
    with transaction.atomic():
        other = Tag.objects.select_for_update().filter(key=key).exclude(pk=tag.pk).first()
        if other is not None:
            _join(tag, other)
            tag = other
        tag.name, tag.key = name, key
        tag.save(update_fields=["name", "key"])
        publish("tag.renamed", actor=actor, tag=tag.pk)
    return tag


def delete_tag(*, tag: Tag, actor: Actor) -> None:
    with transaction.atomic():
        CustomerTag.objects.filter(tag=tag).delete()
        Tag.objects.filter(pk=tag.pk).delete()
        publish("tag.deleted", actor=actor, tag=tag.pk)


def _join(tag: Tag, other: Tag) -> None:
    has_both = CustomerTag.objects.filter(tag=other).values("customer_id")
    CustomerTag.objects.filter(tag=tag).exclude(customer__in=has_both).update(tag=other)
    CustomerTag.objects.filter(tag=tag).delete()
    Tag.objects.filter(pk=tag.pk).delete()


def _checked(name: str) -> tuple[str, str]:
    """The word as it is shown and as it is compared."""
    name = normal_name(name)
    key = search_key(name)[: longest(Tag, "key")]
    if not key:
        raise Invalid(_("Please enter a word."), field="tag")
    if len(name) > longest(Tag, "name"):
        raise Invalid(_("At most %(count)s characters.") % {"count": longest(Tag, "name")}, field="tag")
    return name, key
