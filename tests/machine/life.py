"""The random life of a shop, its customers and its clock, beside an oracle that lives the same life."""

from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

import pytest
from django.db import transaction
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from customers.merging import merge
from customers.models import Customer
from events.models import Event
from ledger import queries as ledger
from ledger.errors import InsufficientPoints
from ledger.models import POINTS, Account, Entry
from ledger.overdue import overdue_accounts, settle_accounts
from programs.adjusting import adjust_points
from programs.balances import Balance, book_opening_balances
from programs.beginning import begin_versions
from programs.claiming import claim_purchase
from programs.errors import AlreadyReturned, CardNotFull, UnknownStampCard
from programs.expiring import date_points
from programs.giving import give_tier, take_given_tier
from programs.holding import as_at, tier_of
from programs.jobs import move_tiers
from programs.models import Purchase as PurchaseRow
from programs.models import Tier
from programs.publishing import publish_program
from programs.queries import preview
from programs.returns import return_goods
from programs.rules import STAMPS
from programs.services import Award, LineItem, record_purchase, void_purchase
from programs.stamps import add_stamps, redeem_stamps, void_stamps
from programs.terms import terms_at, terms_of
from programs.tiers import bring_up_to_date
from rewards.models import Redemption, Reward
from rewards.redeeming import cancel_redemption
from rewards.services import RewardDraft
from tenants.errors import Invalid
from tenants.roles import SYSTEM
from tests.factories import Shop, make_customer, make_redemption, make_reward
from tests.machine import purses
from tests.machine.offers import BASKETS, draft_for, promises
from tests.machine.oracle import Oracle, Person
from tests.machine.promises import Line, Promise, midnight_after, total_of
from tests.machine.tiers import Purchase

HOUR: Final = timedelta(hours=1)
SECOND: Final = timedelta(seconds=1)
# Before the clocks change, before a leap day, before New Year.
STARTS: Final = (
    datetime(2026, 11, 26, 10, tzinfo=UTC),
    datetime(2027, 3, 27, 22, tzinfo=UTC),
    datetime(2027, 10, 30, 22, tzinfo=UTC),
    datetime(2028, 2, 28, 12, tzinfo=UTC),
    datetime(2026, 12, 31, 21, tzinfo=UTC),
)
who = st.integers(0, 9)
which = st.integers(0, 99)
DISCOUNT: Final = RewardDraft(kind=Reward.Kind.AMOUNT, name="Rabatt", points=1, value=1, chooses_points=True)
totals = st.sampled_from([0, 1, 99, 1_000, 2_490, 12_345, 60_000])
baskets = st.sampled_from([(), (), *BASKETS])
days_ago = st.sampled_from([0, 0, 0, 3, 40, 360, 500])


class ShopLife(RuleBasedStateMachine):
    """Beside another shop in which nothing may happen."""

    shop: Shop
    steps = 0

    @initialize(start=st.sampled_from(STARTS), promise=promises)
    def open(self, start: datetime, promise: Promise) -> None:
        self.stack = ExitStack()
        self.stack.enter_context(transaction.atomic())
        self.stack.enter_context(self.shop.scope())
        self.oracle = Oracle(start, self.shop.tenant.zone)
        self.customers: dict[Person, Customer] = {}
        self.tiers = {tier.pk: rank for rank, tier in enumerate(Tier.objects.order_by("rank"))}
        self.card = ""
        self.bought: list[tuple[Person, Purchase, PurchaseRow]] = []
        self.sold: list[tuple[Purchase, PurchaseRow]] = []
        self.discount = make_reward(DISCOUNT, now=start)
        self.redeemed: list[tuple[Person, purses.Redemption, Redemption]] = []
        self.stamped: list[tuple[Person, purses.Award | purses.Redemption, Entry]] = []
        self.receipts = 0
        self.last_night = start
        self.told = Event.objects.order_by("pk").values_list("pk", flat=True).last() or 0
        self.promise(promise, begins=0)
        for _ in range(3):
            self.somebody_new()

    def teardown(self) -> None:
        if hasattr(self, "stack"):
            transaction.set_rollback(True)
            self.stack.close()

    @property
    def now(self) -> datetime:
        return self.oracle.now

    def somebody_new(self) -> None:
        self.customers[self.oracle.somebody_new()] = make_customer(now=self.now)

    def someone(self, number: int) -> tuple[Person, Customer]:
        person = self.oracle.people[number % len(self.oracle.people)]
        return person, self.customers[person]

    # --- Purchases ---

    @rule(number=who, total=totals, lines=baskets, discount=st.sampled_from([0, 0, 10]), days=days_ago)
    def buy(self, number: int, total: int, lines: tuple[Line, ...], discount: int, days: int) -> None:
        person, customer = self.someone(number)
        purchase = self.basket(total, lines, discount, days)
        done = self.recorded(customer, purchase)
        self.oracle.buy(person, purchase)
        assert (done.earning.points, self.stamps_of(done)) == (purchase.points, purchase.stamps)
        self.bought.append((person, purchase, done.purchase))

    @rule(total=totals, lines=baskets, discount=st.sampled_from([0, 10]), days=days_ago)
    def sell(self, total: int, lines: tuple[Line, ...], discount: int, days: int) -> None:
        purchase = self.basket(total, lines, discount, days)
        self.receipts += 1
        self.sold.append((purchase, self.recorded(None, purchase, receipt_number=f"R{self.receipts}").purchase))

    @precondition(lambda self: self.sold)
    @rule(number=who, which=which)
    def claim(self, number: int, which: int) -> None:
        person, customer = self.someone(number)
        purchase, row = self.sold.pop(which % len(self.sold))
        named: dict[str, Any] = {"receipt_number": row.receipt_number or "", "total": row.total}
        if not purchase.visits:
            with pytest.raises(AlreadyReturned):
                claim_purchase(customer=customer, actor=SYSTEM, now=self.now, **named)
            return
        done = claim_purchase(customer=customer, actor=SYSTEM, now=self.now, **named)
        self.oracle.claim(person, purchase)
        assert (done.earning.points, self.stamps_of(done)) == (purchase.points, purchase.stamps)
        self.bought.append((person, purchase, done.purchase))

    @precondition(lambda self: self.bought)
    @rule(which=which)
    def void(self, which: int) -> None:
        person, purchase, row = self.bought.pop(which % len(self.bought))
        void_purchase(purchase=row, actor=SYSTEM, now=self.now)
        self.oracle.void(person, purchase)

    @precondition(lambda self: self.bought or self.sold)
    @rule(which=which, tenths=st.sampled_from([1, 3, 10, 10]))
    def bring_back(self, which: int, tenths: int) -> None:
        """So many tenths of what is left of a purchase."""
        person, purchase, row = self.purchase(which)
        total = purchase.left * tenths // 10
        if total:
            return_goods(purchase=row, total=total, actor=SYSTEM, now=self.now)
            self.oracle.bring_back(person, purchase, total=total)

    @precondition(lambda self: self.bought or self.sold)
    @rule(which=which, line=who, all_of_it=st.booleans())
    def bring_back_goods(self, which: int, line: int, all_of_it: bool) -> None:
        """Pieces of a line of a receipt."""
        person, purchase, row = self.purchase(which)
        there = [index for index, each in enumerate(purchase.lines) if each.pieces]
        if there:
            index = there[line % len(there)]
            pieces = purchase.lines[index].pieces if all_of_it else 1
            return_goods(purchase=row, lines=[(index, Decimal(pieces))], actor=SYSTEM, now=self.now)
            self.oracle.bring_back(person, purchase, line=index, pieces=pieces)

    def purchase(self, which: int) -> tuple[Person | None, Purchase, PurchaseRow]:
        all_of_them = [*self.bought, *((None, purchase, row) for purchase, row in self.sold)]
        return all_of_them[which % len(all_of_them)]

    def basket(self, total: int, lines: tuple[Line, ...], discount: int, days: int) -> Purchase:
        total = total_of(lines) * (100 - discount) // 100 if lines else total
        return self.oracle.bought(total, lines, self.now - timedelta(days=days))

    def recorded(self, customer: Customer | None, purchase: Purchase, receipt_number: str | None = None) -> Award:
        """What is shown before is what is credited."""
        asked: dict[str, Any] = {
            "customer": customer,
            "total": purchase.paid,
            "currency": "EUR",
            "purchased_at": purchase.at,
            "lines": [LineItem(line.total, Decimal(line.pieces), category=line.kind) for line in purchase.lines],
        }
        shown = preview(**asked, actor=SYSTEM, now=self.now)
        done = record_purchase(**asked, receipt_number=receipt_number, actor=SYSTEM, now=self.now)
        assert shown.earning == done.earning
        assert [stamping.stamps for stamping in shown.stamps] == [stamped.entry.points for stamped in done.stamps]
        return done

    def stamps_of(self, award: Award) -> int:
        return sum(stamped.entry.points for stamped in award.stamps)

    # --- Points without a purchase ---

    @rule(number=who, points=st.integers(1, 900))
    def redeem(self, number: int, points: int) -> None:
        person, customer = self.someone(number)
        if points <= person.points.balance:
            voucher = make_redemption(customer=customer, reward=self.discount, points=points, now=self.now)
            self.redeemed.append((person, person.points.redeem(points), voucher))
            return
        with pytest.raises(InsufficientPoints):
            make_redemption(customer=customer, reward=self.discount, points=points, now=self.now)

    @precondition(lambda self: self.redeemed)
    @rule(which=which)
    def cancel(self, which: int) -> None:
        person, redemption, voucher = self.redeemed.pop(which % len(self.redeemed))
        cancel_redemption(redemption=voucher, actor=SYSTEM, now=self.now)
        self.oracle.cancel(person.points, redemption)

    @rule(number=who, points=st.integers(-200, 200).filter(bool))
    def adjust(self, number: int, points: int) -> None:
        person, customer = self.someone(number)
        if points < 0 and person.points.balance < -points:
            return
        adjust_points(customer=customer, points=points, reason="goodwill", actor=SYSTEM, now=self.now)
        if points > 0:
            self.oracle.present(person, points)
        else:
            person.points.spend(-points)

    @rule(number=who, points=st.integers(1, 300), days=st.integers(0, 90))
    def bring_along(self, number: int, points: int, days: int) -> None:
        person, customer = self.someone(number)
        closes = midnight_after(self.now, self.oracle.zone, days)
        last_day = (closes - HOUR).date()
        book_opening_balances([Balance(customer.pk, points, last_day)], actor=SYSTEM, now=self.now)
        self.oracle.present(person, points, closes)

    # --- Stamps without a purchase ---

    @rule(number=who, count=st.integers(1, 5))
    def stamp(self, number: int, count: int) -> None:
        person, customer = self.someone(number)
        promise = self.oracle.in_force
        asked: dict[str, Any] = {
            "customer": customer,
            "card": self.card,
            "count": count,
            "actor": SYSTEM,
            "now": self.now,
        }
        if promise.card is None or count > promise.card.at_once:
            with pytest.raises(Invalid if promise.card else UnknownStampCard):
                add_stamps(**asked)
            return
        done = add_stamps(**asked)
        self.stamped.append((person, self.oracle.stamp(person, count, promise, self.now), done.entry))

    @precondition(lambda self: self.oracle.in_force.card)
    @rule(number=who)
    def redeem_card(self, number: int) -> None:
        person, customer = self.someone(number)
        card = self.oracle.in_force.card
        assert card
        if person.stamps.balance < card.needed:
            with pytest.raises(CardNotFull):
                redeem_stamps(customer=customer, card=self.card, actor=SYSTEM, now=self.now)
            return
        done = redeem_stamps(customer=customer, card=self.card, actor=SYSTEM, now=self.now)
        self.stamped.append((person, person.stamps.redeem(card.needed), done.entry))

    @precondition(lambda self: self.stamped)
    @rule(which=which)
    def undo_stamps(self, which: int) -> None:
        person, done, entry = self.stamped.pop(which % len(self.stamped))
        customer = self.customers[person]
        void_stamps(customer=customer, card=self.card, seq=entry.seq, actor=SYSTEM, now=self.now)
        if isinstance(done, purses.Redemption):
            self.oracle.cancel(person.stamps, done)
        else:
            person.stamps.take_back(done, done.points)

    # --- Tiers and people ---

    @rule(number=who, rank=st.integers(0, 2), days=st.sampled_from([1, 30, 400]), to_new_year=st.booleans())
    def give(self, number: int, rank: int, days: int, to_new_year: bool) -> None:
        person, customer = self.someone(number)
        today = self.now.astimezone(self.oracle.zone).date()
        until = today.replace(month=12, day=31) if to_new_year and (today.month, today.day) < (12, 31) else None
        until = until or today + timedelta(days=days)
        terms = terms_at(self.now)
        code = next((tier.code for tier in terms.tiers if self.tiers[tier.id] == rank), "none")
        asked: dict[str, Any] = {"customer": customer, "tier": code, "until": until, "reason": "goodwill"}
        if not self.oracle.may_be_given(person, rank):
            with pytest.raises(Invalid):
                give_tier(**asked, actor=SYSTEM, now=self.now)
            return
        give_tier(**asked, actor=SYSTEM, now=self.now)
        after = until + timedelta(days=1)
        self.oracle.give(person, rank, datetime(after.year, after.month, after.day, tzinfo=self.oracle.zone))

    @precondition(lambda self: any(person.holder.given for person in self.oracle.people))
    @rule(number=who)
    def take(self, number: int) -> None:
        person, customer = self.someone(number)
        take_given_tier(customer=customer, actor=SYSTEM, now=self.now)
        self.oracle.take_given(person)

    @rule(number=who, other=who)
    def join(self, number: int, other: int) -> None:
        (gone, left), (stays, remaining) = self.someone(number), self.someone(other)
        if gone is stays:
            return
        merge(customer=left, into=remaining, actor=SYSTEM, now=self.now)
        self.oracle.join(gone, stays)
        self.bought = [(stays if person is gone else person, one, row) for person, one, row in self.bought]
        self.redeemed = [(stays if person is gone else person, one, row) for person, one, row in self.redeemed]
        # Of stamps without a purchase nothing leads from one account to the other.
        self.stamped = [one for one in self.stamped if one[0] is not gone]
        self.somebody_new()

    # --- Time and promises ---

    @rule(hours=st.sampled_from([1, 3, 24, 24 * 7, 24 * 31, 24 * 100, 24 * 366]))
    def wait(self, hours: int) -> None:
        until = self.now + hours * HOUR
        for start in self.oracle.begins_later(until):
            # The nights before have done their work by the promises of the time.
            self.oracle.go_to(start - SECOND)
            self.night()
            self.oracle.go_to(start)
            begin_versions(actor=SYSTEM, now=self.now)
            self.versions_begin()
        self.oracle.go_to(until)

    @precondition(lambda self: self.now > self.last_night)
    @rule()
    def night(self) -> None:
        """What everybody sees already is written down."""
        settle_accounts(overdue_accounts(now=self.now), now=self.now)
        move_tiers(self.shop.tenant, now=self.now)
        self.oracle.write_down_tiers()
        self.tiers_are_written_down()
        self.last_night = self.now

    @rule(promise=promises, begins=st.sampled_from([0, 0, 5, 24 * 3, 24 * 40, -1]))
    def promise(self, promise: Promise, begins: int) -> None:
        """At once, in some hours, or with the new year."""
        self.night()
        starts_at = self.now + begins * HOUR
        if begins < 0:
            starts_at = datetime(self.now.astimezone(self.oracle.zone).year + 1, 1, 1, tzinfo=self.oracle.zone)
        draft = draft_for(promise, card_code=self.card, now=self.now)
        version = publish_program(draft, actor=SYSTEM, now=self.now, starts_at=starts_at)
        self.card = self.card or next((card.code for card in terms_of(version.pk).stamp_cards), "")
        self.oracle.promised(replace(promise, starts_at=starts_at))
        self.versions_begin()

    def versions_begin(self) -> None:
        """What was announced is done."""
        names = ("program.tiers_changed", "program.expiry_switched_on")
        for event in Event.objects.filter(pk__gt=self.told, name__in=names).order_by("pk"):
            self.told = event.pk
            if event.name == "program.tiers_changed":
                bring_up_to_date(after=0, actor=SYSTEM, now=self.now)
                self.oracle.write_down_tiers()
                self.tiers_are_written_down()
            else:
                date_points(version=event.payload["version"], after=0)

    # --- What always holds ---

    def tiers_are_written_down(self) -> None:
        for person, account in self.accounts(POINTS):
            assert self.tiers[account.tier_id or 0] == person.holder.held(self.oracle.in_force, self.now)

    def accounts(self, *units: str) -> list[tuple[Person, Account]]:
        people = {self.customers[person].pk: person for person in self.oracle.people}
        found = Account.objects.filter(customer__in=list(people), unit__in=units)
        return [(people[account.customer_id], account) for account in found]

    @invariant()
    def the_shop_agrees_with_the_oracle(self) -> None:
        if not hasattr(self, "stack"):
            return
        type(self).steps += 1
        accounts = self.accounts(POINTS, f"{STAMPS}{self.card}")
        self.purses_agree(accounts)
        self.tiers_agree([(person, account) for person, account in accounts if account.unit == POINTS])
        assert ledger.unsound_accounts() == {}

    def purses_agree(self, accounts: list[tuple[Person, Account]]) -> None:
        figures = ledger.figures_of([account for _person, account in accounts], now=self.now)
        for person, account in accounts:
            purse, seen = person.points if account.unit == POINTS else person.stamps, figures[account.pk]
            assert (seen.balance, seen.pending) == (purse.balance, purse.pending)

    def tiers_agree(self, accounts: list[tuple[Person, Account]]) -> None:
        terms, promise, since = terms_at(self.now), self.oracle.in_force, self.oracle.counts_since()
        seen = {account.pk: account for account in as_at([one for _person, one in accounts], terms, now=self.now)}
        for person, account in accounts:
            now = seen[account.pk]
            counted = (now.qualifying_points, now.qualifying_spend, now.qualifying_visits)
            assert (*counted, now.lifetime_visits) == (*person.holder.sums(since), person.visits)
            assert self.tiers[tier_of(now, terms, at=self.now).id] == person.holder.held(promise, self.now)
