"""Patterns of one till or key: at what time, for how many people, and with how many tries. Pure."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Final

from analytics.fraud.facts import Award, Enrolment, Facts, LookUps, Redemption, Tap, WrongCodes, till_of
from analytics.fraud.findings import Finding, Pattern, Severity, Subject, graver, latest_ids
from analytics.fraud.normal import bursts

# Minutes: whoever was served last goes a little later, and the till is set up a little earlier.
GRACE: Final = 30
OUTSIDE_AWARDS: Final = 3
# With so many cards the shop was open after all: an evening with guests, a Sunday before Christmas.
REALLY_OPEN: Final = 5
# Who stays a little longer comes once; so soon before or after the hours only a card that comes again is odd.
DEEP_NIGHT: Final = 4 * 60
# What happens until then belongs to the day before.
NIGHT_ENDS: Final = timedelta(hours=5)

# A queue of people who enrol also buys something.
BURST: Final = 6
BURST_WITHIN: Final = timedelta(minutes=30)
BURST_SHARE: Final = 0.8
# Who enrols and buys does both in one visit.
SAME_VISIT: Final = timedelta(hours=2)

# Ten codes that are none are no slip of the finger.
WRONG_CODES: Final = 10
WRONG_CODES_WITHIN: Final = timedelta(hours=1)

# Two an hour for every booking is a busy day with many questions; four are looking for something else.
LOOK_UPS_A_DAY: Final = 120
LOOK_UPS_FOR_A_BOOKING: Final = 4


def outside_hours(facts: Facts) -> Iterator[Finding]:
    """Bookings while the store is closed and nobody else is served."""
    nights: dict[tuple[int, date], list[Award]] = defaultdict(list)
    for award in facts.standing:
        hours = facts.hours.get(award.store or 0)
        if award.device is not None and hours and not hours.is_open(award.at, grace=GRACE):
            nights[award.store or 0, (award.at - NIGHT_ENDS).date()].append(award)
    quiet = [
        award
        for awards in nights.values()
        if len({award.customer for award in awards}) < REALLY_OPEN
        for award in awards
    ]
    often = Counter(award.customer for award in quiet)
    odd: dict[Subject, list[Award]] = defaultdict(list)
    for award in quiet:
        hours = facts.hours[award.store or 0]
        if often[award.customer] > 1 or not hours.is_open(award.at, grace=DEEP_NIGHT):
            odd[till_of(award.device or 0)].append(award)
    for till, found in odd.items():
        awards = facts.unsettled(Pattern.OUTSIDE_HOURS, till, found)
        if len(awards) >= OUTSIDE_AWARDS:
            figures = {
                "count": len(awards),
                "days": len({(award.at - NIGHT_ENDS).date() for award in awards}),
                "cards": len({award.customer for award in awards}),
                "points": sum(award.points for award in awards),
            }
            evidence = {"purchases": latest_ids(award.id for award in awards)}
            severity = graver(len(awards), OUTSIDE_AWARDS)
            yield _finding(Pattern.OUTSIDE_HOURS, till, awards, severity, figures, evidence)


def device_burst(facts: Facts) -> Iterator[Finding]:
    """Many customers at one till in half an hour who buy nothing: enrolled, or redeemed for without showing a phone."""
    bought = defaultdict(list)
    for award in facts.standing:
        bought[award.customer].append(award.at)
    idle: dict[Subject, list[Enrolment | Redemption]] = defaultdict(list)
    enrolled = Counter(till_of(each.device) for each in facts.enrolments)
    for each in facts.enrolments:
        if not _is_near(each.at, bought[each.customer], SAME_VISIT):
            idle[till_of(each.device)].append(each)
    for redemption in facts.redemptions:
        is_alone = not redemption.is_shown and redemption.points and redemption.cancelled_at is None
        if redemption.device and is_alone and not _is_near(redemption.at, bought[redemption.customer], BURST_WITHIN):
            idle[till_of(redemption.device)].append(redemption)
    for till, people in idle.items():
        found = _largest(bursts(facts.unsettled(Pattern.DEVICE_BURST, till, people), within=BURST_WITHIN))
        customers = list(dict.fromkeys(each.customer for each in found))
        if len(customers) < BURST or not _stands_out(found, facts.enrolments):
            continue
        redeemed = [each for each in found if isinstance(each, Redemption)]
        figures = {
            "count": len(customers),
            "enrolled": len(found) - len(redeemed),
            "redeemed": len(redeemed),
            "points": sum(each.points for each in redeemed),
            "all_enrolled": enrolled[till],
        }
        evidence = {"customers": latest_ids(customers), "redemptions": latest_ids(each.id for each in redeemed)}
        yield _finding(Pattern.DEVICE_BURST, till, found, graver(len(customers), BURST), figures, evidence)


def code_guessing(facts: Facts) -> Iterator[Finding]:
    """Code after code that is none."""
    tried: dict[Subject, list[WrongCodes]] = defaultdict(list)
    for each in facts.wrong_codes:
        tried[each.source].append(each)
    for source, found in tried.items():
        fresh = facts.unsettled(Pattern.CODE_GUESSING, source, found)
        most = max((_count(burst) for burst in bursts(fresh, within=WRONG_CODES_WITHIN)), default=0)
        if most >= WRONG_CODES:
            figures = {"count": _count(fresh), "most": most}
            evidence = {"events": latest_ids(each.id for each in fresh)}
            yield _finding(Pattern.CODE_GUESSING, source, fresh, Severity.HIGH, figures, evidence)


def look_up_scraping(facts: Facts) -> Iterator[Finding]:
    """Searching for customer after customer and booking nothing."""
    bookings: list[Award | Redemption | Tap] = [*facts.awards, *facts.redemptions, *facts.taps]
    booked = Counter((each.device, each.staff, each.at.date()) for each in bookings)
    days: dict[tuple[int, str, date], list[LookUps]] = defaultdict(list)
    for search in facts.look_ups:
        days[search.device, search.staff, search.at.date()].append(search)
    searched: dict[Subject, list[LookUps]] = defaultdict(list)
    served: Counter[Subject] = Counter()
    for day, found in days.items():
        till = till_of(day[0])
        fresh = facts.unsettled(Pattern.LOOK_UP_SCRAPING, till, found)
        if _count(fresh) >= max(LOOK_UPS_A_DAY, LOOK_UPS_FOR_A_BOOKING * booked[day]):
            searched[till] += fresh
            served[till] += booked[day]
    for till, found in searched.items():
        found.sort(key=lambda each: each.at)
        figures = {"count": _count(found), "booked": served[till], "days": len({each.at.date() for each in found})}
        evidence = {"events": latest_ids(each.id for each in found)}
        severity = graver(_count(found), LOOK_UPS_A_DAY)
        yield _finding(Pattern.LOOK_UP_SCRAPING, till, found, severity, figures, evidence)


def _is_near(moment: datetime, others: Sequence[datetime], distance: timedelta) -> bool:
    return any(abs(moment - other) <= distance for other in others)


def _largest(found: Iterable[list[Enrolment | Redemption]]) -> list[Enrolment | Redemption]:
    return max(found, key=lambda burst: len({each.customer for each in burst}), default=[])


def _stands_out(found: Sequence[Enrolment | Redemption], enrolments: Sequence[Enrolment]) -> bool:
    """Of those who enrolled in that time at that till, hardly anybody has bought something."""
    idle = [each for each in found if isinstance(each, Enrolment)]
    if not idle:
        return True
    begins, ends, till = found[0].at, found[-1].at, idle[0].device
    meanwhile = sum(each.device == till and begins <= each.at <= ends for each in enrolments)
    return len(idle) >= BURST_SHARE * meanwhile


def _count(found: Iterable[LookUps] | Iterable[WrongCodes]) -> int:
    return sum(each.count for each in found)


def _finding(
    pattern: Pattern,
    subject: Subject,
    found: Sequence[Award | Enrolment | Redemption | LookUps | WrongCodes],
    severity: Severity,
    figures: dict[str, int],
    evidence: dict[str, list[int]],
) -> Finding:
    return Finding(
        pattern=pattern,
        subject=subject,
        severity=severity,
        first_at=found[0].at,
        last_at=found[-1].at,
        figures=figures,
        evidence=evidence,
    )
