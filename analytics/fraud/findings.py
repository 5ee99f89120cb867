"""What the fraud watch says: which pattern, about which card, till or key, and on what it rests. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum, StrEnum
from typing import Final

# As many ids of each kind as a page can show; the figures count them all.
EVIDENCE_AT_MOST: Final = 50


class Pattern(StrEnum):
    OWN_CARD = "own_card"
    SMALL_AWARDS = "small_awards"
    OUTSIDE_HOURS = "outside_hours"
    RECEIPT_REUSE = "receipt_reuse"
    SELF_REFERRAL = "self_referral"
    REFERRAL_RING = "referral_ring"
    CODE_GUESSING = "code_guessing"
    UNDO_AFTER_REDEEM = "undo_after_redeem"
    ROUND_SUMS = "round_sums"
    DEVICE_BURST = "device_burst"
    RETURN_LOOP = "return_loop"
    LOOK_UP_SCRAPING = "look_up_scraping"


class SubjectKind(StrEnum):
    """Never a member of the team: who booked stands in the audit log, where it always stood."""

    CUSTOMER = "customer"
    DEVICE = "device"
    KEY = "key"


class Severity(IntEnum):
    LOW = 1
    MEDIUM = 2
    HIGH = 3


@dataclass(frozen=True, slots=True)
class Subject:
    kind: SubjectKind
    id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something that stands out, to be looked at; `figures` are what its sentence says."""

    pattern: Pattern
    subject: Subject
    severity: Severity
    first_at: datetime
    last_at: datetime
    figures: Mapping[str, int]
    evidence: Mapping[str, list[int]] = field(default_factory=dict)


def latest_ids(ids: Iterable[int]) -> list[int]:
    return list(dict.fromkeys(ids))[-EVIDENCE_AT_MOST:]


def graver(count: float, threshold: float) -> Severity:
    """Twice what is looked at is looked at first."""
    return Severity.HIGH if count >= 2 * threshold else Severity.MEDIUM
