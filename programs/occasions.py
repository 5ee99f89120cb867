"""Points for something other than a purchase: joining, a birthday, a review."""

from datetime import date, datetime

from django.db.models import Q, QuerySet
from django.db.models.functions import ExtractDay, ExtractMonth

from customers.models import Customer
from events.services import publish
from ledger.book import Book, Voucher, open_book_of
from ledger.models import Account
from programs.earning import Terms
from programs.facts import birthday
from programs.holding import held_tier
from programs.limits import Given, locked_given_to
from programs.models import RuleUse
from programs.rules import Occasion, Rule
from programs.terms import available_at, expires_at, terms_at
from tenants.roles import Actor
from tenants.scope import current_tenant

ONCE = "once"


def grant_bonus(*, customer: Customer, occasion: Occasion, actor: Actor, now: datetime, time: str = ONCE) -> int:
    """Credit what the programme gives for an occasion; the points, 0 where it gives nothing or has given it.

    `time` says which time it is where there may be several, such as a year. Such points count for no tier.
    Raises NotFound, and AccountClosed where the customer has left.
    """
    if not terms_at(now).bonuses(occasion):
        return 0
    with open_book_of(customer.pk, now=now) as book:
        return grant_into(book, occasion=occasion, actor=actor, time=time)


def grant_into(book: Book, *, occasion: Occasion, actor: Actor, time: str = ONCE) -> int:
    """The same for somebody who has opened the book already."""
    terms, total = terms_at(book.now), 0
    period = f"{occasion.value}:{time}"
    rules = _not_yet_given(book, _holding(book, terms, occasion), period)
    given = locked_given_to([book.account.pk], [rule for rule in rules if rule.limits], at=_local(book.now))
    for rule in rules:
        points = _grant(book, rule, terms, given, actor=actor)
        given.note((book.account.pk, rule.code, period), points)
        total += points
    given.write()
    if total:
        facts = {"customer": book.account.customer_id, "occasion": occasion.value, "points": total}
        publish("bonus.granted", actor=actor, occurred_at=book.now, **facts)
    return total


def bonus_open(account: Account, occasion: Occasion, terms: Terms, *, now: datetime) -> int:
    """What somebody would get who has not had it yet, whatever limits leave of it; 0 where there is nothing."""
    at = _local(now)
    codes = {rule.code: rule.points for rule in terms.bonuses(occasion) if rule.conditions.hold_at(at)}
    if not codes:
        return 0
    uses = RuleUse.objects.filter(account=account, code__in=codes, period=f"{occasion.value}:{ONCE}")
    for code in uses.values_list("code", flat=True):
        codes.pop(code)
    return sum(codes.values())


def celebrating(occasion: Occasion, day: date) -> QuerySet[Customer]:
    """Whose birthday or anniversary it is; born or enrolled on 29 February on the 28th if need be."""
    days = [(day.month, day.day)]
    if birthday(2, 29, day.year) == day:
        days.append((2, 29))
    zone = current_tenant().zone
    known = Customer.objects.filter(status=Customer.Status.ACTIVE).order_by("pk")
    if occasion == Occasion.BIRTHDAY:
        return known.filter(_any(days, "birth_month", "birth_day"))
    earlier = known.filter(enrolled_at__lt=datetime(day.year, 1, 1, tzinfo=zone))
    enrolled = earlier.annotate(
        month=ExtractMonth("enrolled_at", tzinfo=zone), day=ExtractDay("enrolled_at", tzinfo=zone)
    )
    return enrolled.filter(_any(days, "month", "day"))


def has_complete_profile(customer: Customer) -> bool:
    return bool(customer.name and customer.email and customer.birth_month)


def _any(days: list[tuple[int, int]], month: str, day: str) -> Q:
    wanted = Q()
    for number, of_month in days:
        wanted |= Q(**{month: number, day: of_month})
    return wanted


def _holding(book: Book, terms: Terms, occasion: Occasion) -> list[Rule]:
    tier, at = held_tier(book.account, terms, now=book.now), _local(book.now)
    return [
        rule
        for rule in terms.bonuses(occasion)
        if rule.conditions.hold_at(at) and (not rule.conditions.tiers or tier.id in rule.conditions.tiers)
    ]


def _not_yet_given(book: Book, rules: list[Rule], period: str) -> list[Rule]:
    """Seen under the account's lock, so that an event that comes twice brings points once."""
    codes = [rule.code for rule in rules]
    uses = RuleUse.objects.filter(account=book.account, code__in=codes, period=period)
    known = set(uses.values_list("code", flat=True))
    return [rule for rule in rules if rule.code not in known]


def _grant(book: Book, rule: Rule, terms: Terms, given: Given, *, actor: Actor) -> int:
    at = _local(book.now)
    left = given.left([rule], account_id=book.account.pk, at=at)
    points = min(rule.points, left.get(rule.code, rule.points))
    if not points:
        return 0
    line = {"rule": rule.kind.value, "occasion": rule.occasion.value, "points": points}
    line |= {"name": rule.name} if rule.name else {}
    line |= {"code": rule.code} if rule.limits else {}
    voucher = Voucher(actor=actor, occurred_at=book.now, explanation=[line], program_version_id=terms.version_id)
    expiry = expires_at(terms, book.now, zone=current_tenant().zone)
    book.earn(points, voucher, available_at=available_at(terms, book.now), expires_at=expiry)
    given.add([rule], {rule.code: points}, account_id=book.account.pk, at=at)
    return points


def _local(moment: datetime) -> datetime:
    return moment.astimezone(current_tenant().zone)
