"""Whatever a shop, its customers and time do to the ledger, it agrees with a naive oracle after every step.

Ten thousand steps in every run of the tests; `--hypothesis-profile=long` makes a million.
"""

from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import count
from random import getrandbits
from typing import Final

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from customers.models import Customer
from ledger import queries as ledger
from ledger.book import Voucher, open_book_of
from ledger.errors import InsufficientPoints
from ledger.models import Account, Entry
from ledger.overdue import overdue_accounts, settle_accounts
from programs.adjusting import adjust_points
from programs.balances import Balance, book_opening_balances
from programs.merging import join_memberships
from programs.models import Purchase
from programs.publishing import draft_in_force, publish_program
from programs.queries import preview, standing
from programs.returns import return_goods
from programs.rules import Conditions, Kind, Limits, Rule, Stacking
from programs.services import record_purchase, void_purchase
from programs.tiers import bring_up_to_date
from tenants.roles import SYSTEM
from tests.factories import Shop, make_customer, make_purchase, make_shop
from tests.machine.oracle import Award, Oracle, Person, Promise, Redemption

STEPS: Final = 50
# The parts run beside each other.
PARTS: Final = 4
# Of the profile's examples, so that four parts of a hundred are ten thousand steps.
SHARE: Final = 2
HOUR = timedelta(hours=1)
# Before the clocks change, before a leap day, before New Year.
STARTS = (
    datetime(2026, 11, 26, 10, tzinfo=UTC),
    datetime(2027, 3, 27, 22, tzinfo=UTC),
    datetime(2027, 10, 30, 22, tzinfo=UTC),
    datetime(2028, 2, 28, 12, tzinfo=UTC),
    datetime(2026, 12, 31, 21, tzinfo=UTC),
)
who = st.integers(0, 9)
totals = st.sampled_from([0, 1, 99, 1_000, 2_490, 12_345, 60_000])
promises = st.builds(
    Promise,
    starts_at=st.just(STARTS[0]),
    per_euro=st.sampled_from([1, 7, 10]),
    first_purchase=st.sampled_from([0, 50]),
    factor_percent=st.sampled_from([100, 133, 200]),
    factor_limit=st.sampled_from([30, 500]),
    best_factor_only=st.booleans(),
    pending_days=st.sampled_from([0, 0, 1, 14, 30]),
    expiry_months=st.sampled_from([None, 1, 12, 36]),
    thresholds=st.sampled_from([(0, 500, 2_000), (0, 100, 200), (0, 5_000, 12_000)]),
    tier_percent=st.sampled_from([(100, 125, 150), (100, 100, 300), (50, 80, 133)]),
)


class ShopLife(RuleBasedStateMachine):
    """The random life of a shop with a few customers, beside another shop in which nothing may happen."""

    shop: Shop
    steps = 0

    @initialize(start=st.sampled_from(STARTS), promise=promises)
    def open(self, start: datetime, promise: Promise) -> None:
        self.stack = ExitStack()
        self.stack.enter_context(transaction.atomic())
        self.stack.enter_context(self.shop.scope())
        self.oracle = Oracle(start, self.shop.tenant.zone)
        self.customers: dict[int, Customer] = {}
        self.bought: list[tuple[Person, Award, Purchase]] = []
        self.redeemed: list[tuple[Person, Redemption, Entry]] = []
        self.redemptions = 0
        self.promise(promise)
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
        person = Person()
        self.oracle.people.append(person)
        self.customers[id(person)] = make_customer(now=self.now)

    def someone(self, number: int) -> tuple[Person, Customer]:
        person = self.oracle.people[number % len(self.oracle.people)]
        return person, self.customers[id(person)]

    @rule(number=who, total=totals, days_ago=st.sampled_from([0, 0, 0, 3, 40, 500]))
    def buy(self, number: int, total: int, days_ago: int) -> None:
        person, customer = self.someone(number)
        at = self.now - timedelta(days=days_ago)
        shown = preview(customer=customer, total=total, currency="EUR", actor=SYSTEM, purchased_at=at, now=self.now)
        done = record_purchase(
            customer=customer, total=total, currency="EUR", actor=SYSTEM, purchased_at=at, now=self.now
        )
        award = self.oracle.buy(person, total, at)
        assert (done.earning.points, shown.earning) == (award.points, done.earning)
        self.bought.append((person, award, done.purchase))

    @rule(number=who, points=st.integers(1, 900))
    def redeem(self, number: int, points: int) -> None:
        person, customer = self.someone(number)
        if points <= person.balance:
            with open_book_of(customer.pk, now=self.now) as book:
                entry = book.spend(points, self.voucher())
            self.redeemed.append((person, self.oracle.redeem(person, points), entry))
            return
        with pytest.raises(InsufficientPoints), open_book_of(customer.pk, now=self.now) as book:
            book.spend(points, self.voucher())

    @precondition(lambda self: self.redeemed)
    @rule(which=st.integers(0, 99))
    def cancel(self, which: int) -> None:
        person, redemption, entry = self.redeemed.pop(which % len(self.redeemed))
        voucher = replace(self.voucher(), redemption_id=entry.redemption_id)
        with open_book_of(self.customers[id(person)].pk, now=self.now) as book:
            book.give_back(entry, voucher)
        self.oracle.cancel(person, redemption)

    def voucher(self) -> Voucher:
        self.redemptions += 1
        return Voucher(actor=SYSTEM, occurred_at=self.now, redemption_id=self.redemptions)

    @rule(number=who, points=st.integers(-200, 200).filter(bool))
    def adjust(self, number: int, points: int) -> None:
        person, customer = self.someone(number)
        if points < 0 and person.balance < -points:
            return
        adjust_points(customer=customer, points=points, reason="goodwill", actor=SYSTEM, now=self.now)
        if points > 0:
            closes = self.oracle.closing(self.now, self.oracle.promise_at(self.now).expiry_months)
            self.oracle.credit(person, Award(points), self.now, closes)
        else:
            self.oracle.spend(person, -points)

    @rule(number=who, points=st.integers(1, 300), days=st.integers(0, 90))
    def bring_along(self, number: int, points: int, days: int) -> None:
        person, customer = self.someone(number)
        last_day: date = self.now.astimezone(self.oracle.zone).date() + timedelta(days=days)
        book_opening_balances([Balance(customer.pk, points, last_day)], actor=SYSTEM, now=self.now)
        after = last_day + timedelta(days=1)
        closes = datetime(after.year, after.month, after.day, tzinfo=self.oracle.zone)
        self.oracle.credit(person, Award(points), self.now, closes)

    @precondition(lambda self: self.bought)
    @rule(which=st.integers(0, 99))
    def void(self, which: int) -> None:
        person, award, purchase = self.bought.pop(which % len(self.bought))
        purchase.refresh_from_db()
        void_purchase(purchase=purchase, actor=SYSTEM, now=self.now)
        self.oracle.void(person, award)

    @precondition(lambda self: self.bought)
    @rule(which=st.integers(0, 99), part=st.sampled_from([1, 3, 10, 10]))
    def bring_back(self, which: int, part: int) -> None:
        """So many tenths of what is left of a purchase."""
        position = which % len(self.bought)
        person, award, purchase = self.bought[position]
        total = award.left * part // 10
        if not total:
            return
        purchase.refresh_from_db()
        return_goods(purchase=purchase, total=total, actor=SYSTEM, now=self.now)
        self.oracle.bring_back(person, award, total)
        if not award.left:
            del self.bought[position]

    @rule(number=who, other=who)
    def join(self, number: int, other: int) -> None:
        (gone, left), (stays, remaining) = self.someone(number), self.someone(other)
        if gone is stays:
            return
        join_memberships(customer_id=left.pk, into_id=remaining.pk, actor=SYSTEM, now=self.now)
        self.oracle.join(gone, stays)
        self.bought = [(stays if person is gone else person, award, bought) for person, award, bought in self.bought]
        self.redeemed = [(stays if person is gone else person, one, entry) for person, one, entry in self.redeemed]
        self.somebody_new()

    @rule(hours=st.sampled_from([1, 3, 24, 24 * 7, 24 * 31, 24 * 180, 24 * 366]))
    def wait(self, hours: int) -> None:
        self.oracle.go_to(self.now + hours * HOUR)

    @rule()
    def night(self) -> None:
        """What everybody sees already is written down."""
        settle_accounts(overdue_accounts(now=self.now), now=self.now)

    @rule(promise=promises)
    def promise(self, promise: Promise) -> None:
        self.oracle.promises.append(replace(promise, starts_at=self.now))
        draft = draft_in_force(now=self.now)
        tiers = [
            replace(tier, threshold=threshold, factor_percent=percent)
            for tier, threshold, percent in zip(draft.tiers, promise.thresholds, promise.tier_percent, strict=True)
        ]
        rules = [Rule(code="first", kind=Kind.BONUS, points=promise.first_purchase, conditions=Conditions(visit=1))]
        boost = Rule(
            code="boost",
            kind=Kind.MULTIPLIER,
            factor_percent=promise.factor_percent,
            limits=Limits(per_customer=promise.factor_limit),
        )
        publish_program(
            replace(
                draft,
                points_per_unit=promise.per_euro,
                rules=[*(rules if promise.first_purchase else []), *([boost] if promise.factor_percent > 100 else [])],
                stacking=Stacking.BEST if promise.best_factor_only else Stacking.MULTIPLY,
                pending_days=promise.pending_days,
                expiry_months=promise.expiry_months,
                tiers=tiers,
            ),
            actor=SYSTEM,
            now=self.now,
        )
        bring_up_to_date(after=0, actor=SYSTEM, now=self.now)

    @invariant()
    def the_shop_agrees_with_the_oracle(self) -> None:
        if not hasattr(self, "stack"):
            return
        type(self).steps += 1
        promise = self.oracle.promise_at(self.now)
        accounts = ledger.accounts_of(list(self.customers.values()))
        figures = ledger.figures_of(accounts.values(), now=self.now)
        for person in self.oracle.people:
            account = accounts[self.customers[id(person)].pk]
            seen = figures[account.pk]
            assert (seen.balance, seen.pending) == (person.balance, person.pending)
            assert account.qualifying_points == person.counted
        person, customer = self.someone(self.steps)
        assert standing(customer, now=self.now).tier.rank - 1 == self.oracle.tier(person, promise)
        assert ledger.unsound_accounts() == {}


@pytest.mark.django_db
@pytest.mark.parametrize("part", range(PARTS))
def test_the_ledger_agrees_with_a_naive_oracle_whatever_happens(part: int) -> None:
    ShopLife.shop, ShopLife.steps = make_shop(), 0
    other = make_shop()
    with other.scope():
        make_purchase(customer=make_customer())
        before = list(Account.objects.values())
    profile = settings()
    wanted = profile.max_examples * STEPS // SHARE
    for start in count(part * wanted if profile.derandomize else getrandbits(64)):
        if ShopLife.steps >= wanted:
            break
        run_state_machine_as_test(
            # A life that draws much ends early, so lives follow until the steps are made.
            seed(start)(ShopLife),
            settings=settings(
                max_examples=10,
                stateful_step_count=STEPS,
                deadline=None,
                suppress_health_check=list(HealthCheck),
                database=None,
                phases=[Phase.generate],
            ),
        )
    with other.scope():
        assert list(Account.objects.values()) == before
