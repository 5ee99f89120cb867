"""Friends who bring friends: what a shop offers for it, who has invited whom, and what each has got."""

from datetime import date, timedelta
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from customers.models import Customer, new_public_id
from ledger.models import Account
from programs.models import Purchase
from rewards.models import Redemption, Reward
from team.models import Device
from tenants.models import TenantForeignKey, TenantModel
from tenants.scope import current_tenant


class Side(models.TextChoices):
    """Whom something is for."""

    REFERRER = "referrer", _("Who invites")
    FRIEND = "friend", _("Who is invited")


class Channel(models.TextChoices):
    """On which way an invitation has come."""

    LINK = "link", _("Link")
    WHATSAPP = "whatsapp", _("WhatsApp")
    EMAIL = "email", _("E-mail")
    SMS = "sms", _("SMS")
    PAPER = "paper", _("Paper")
    TILL = "till", _("Till")
    API = "api", _("Other system")


class ReferralOffer(TenantModel):
    """What both sides get, and for what. Once published it changes no more, it only ends.

    With a code of its own it belongs to a partner's campaign and thanks the newcomer alone.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        LIVE = "live", _("Live")
        ENDED = "ended", _("Ended")

    public_id = models.UUIDField(default=new_public_id, editable=False)
    name = models.CharField(max_length=60)
    state = models.CharField(max_length=5, choices=State.choices, default=State.DRAFT)
    # Empty where friends invite friends.
    code = models.CharField(max_length=20, blank=True, db_collation="C")
    partner = models.CharField(max_length=60, blank=True)
    starts_at = models.DateTimeField(null=True)
    ends_at = models.DateTimeField(null=True)
    # Zero where a side gets a reward, or nothing.
    referrer_points = models.BigIntegerField(default=0)
    friend_points = models.BigIntegerField(default=0)
    # In minor units, after discounts.
    smallest_purchase = models.BigIntegerField(default=0)
    # After the friend's purchase, during which it can be returned.
    waiting_days = models.PositiveSmallIntegerField()
    # How many friends one customer is thanked for, and how many may come in total; NULL is no limit.
    per_referrer = models.PositiveIntegerField(null=True, default=10)
    in_total = models.PositiveIntegerField(null=True)
    published_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    actor = models.CharField(max_length=40)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "public_id"], name="referral_offer_public_id_once"),
            models.UniqueConstraint(
                fields=["tenant", "code"],
                name="referral_offer_code_once",
                condition=~Q(code="") & ~Q(state="ended"),
            ),
            models.CheckConstraint(
                condition=Q(state="draft", published_at=None)
                | Q(state__in=["live", "ended"], published_at__isnull=False, starts_at__isnull=False),
                name="referral_offer_state_and_times",
            ),
            models.CheckConstraint(
                condition=Q(ends_at=None) | Q(starts_at=None) | Q(ends_at__gte=F("starts_at")),
                name="referral_offer_ends_after_its_start",
            ),
            models.CheckConstraint(condition=~Q(state="ended") | Q(ends_at__isnull=False), name="referral_offer_ended"),
            models.CheckConstraint(
                condition=Q(referrer_points__gte=0, friend_points__gte=0), name="referral_offer_points_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(code="") | Q(referrer_points=0), name="referral_offer_of_a_partner_has_one_side"
            ),
            models.CheckConstraint(condition=Q(smallest_purchase__gte=0), name="referral_offer_smallest_purchase"),
            models.CheckConstraint(
                condition=(Q(per_referrer=None) | Q(per_referrer__gte=1)) & (Q(in_total=None) | Q(in_total__gte=1)),
                name="referral_offer_caps_allow_one",
            ),
            models.CheckConstraint(condition=~Q(name=""), name="referral_offer_has_a_name"),
        ]
        indexes: ClassVar = [models.Index(fields=["tenant", "starts_at"], name="referral_offer_by_start")]

    def __str__(self) -> str:
        return self.name

    @property
    def is_campaign(self) -> bool:
        return bool(self.code)

    @property
    def last_day(self) -> date | None:
        """On which somebody can still come by it."""
        if self.ends_at is None:
            return None
        return (self.ends_at.astimezone(current_tenant().zone) - timedelta(microseconds=1)).date()

    def points_for(self, side: str) -> int:
        return self.referrer_points if side == Side.REFERRER else self.friend_points


class OfferReward(TenantModel):
    """A reward that a side may get; of several the person chooses one."""

    offer = TenantForeignKey(ReferralOffer)
    side = models.CharField(max_length=8, choices=Side.choices)
    reward = TenantForeignKey(Reward)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "offer", "side", "reward"], name="offer_reward_once"),
            models.CheckConstraint(condition=Q(side__in=["referrer", "friend"]), name="offer_reward_side_is_known"),
        ]

    def __str__(self) -> str:
        return f"reward {self.reward_id} for the {self.side}"


class Invitation(TenantModel):
    """A customer's personal code: it stays the same under every offer."""

    customer = TenantForeignKey(Customer)
    code = models.CharField(max_length=8, db_collation="C")
    created_at = models.DateTimeField()
    # When its owner passed it on for the first time.
    shared_at = models.DateTimeField(null=True)
    # From which network its owner came last, as a keyed hash, and when; forgotten after some days.
    seen_network = models.CharField(max_length=64, blank=True)
    seen_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "customer"], name="invitation_of_customer_once"),
            models.UniqueConstraint(fields=["tenant", "code"], name="invitation_code_once"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["tenant", "seen_at"], name="invitation_seen", condition=Q(seen_at__isnull=False)),
            models.Index(fields=["tenant", "created_at"], name="invitation_by_age"),
        ]

    def __str__(self) -> str:
        return f"invitation {self.pk}"


class InvitationClicks(TenantModel):
    """How often the page behind a code was opened on a day. Spread over slots, so that no row is everybody's."""

    offer = TenantForeignKey(ReferralOffer)
    # NULL for a partner's code.
    invitation = TenantForeignKey(Invitation, null=True)
    channel = models.CharField(max_length=8, choices=Channel.choices)
    day = models.DateField()
    slot = models.PositiveSmallIntegerField()
    count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant", "day", "offer", "invitation", "channel", "slot"],
                name="invitation_clicks_once",
                nulls_distinct=False,
            )
        ]

    def __str__(self) -> str:
        return f"{self.count} clicks"


class Referral(TenantModel):
    """That a customer came by an invitation: from the enrolment to the thanks."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Waits for the first purchase")
        DUE = "due", _("Waits for the return period")
        HELD = "held", _("Waits for your decision")
        PAID = "paid", _("Thanked")
        REFUSED = "refused", _("Refused")
        TAKEN_BACK = "taken_back", _("Taken back")
        LAPSED = "lapsed", _("Lapsed")

    public_id = models.UUIDField(default=new_public_id, editable=False)
    offer = TenantForeignKey(ReferralOffer)
    # NULL for a partner's code, and where it turned out to be the friend.
    referrer = TenantForeignKey(Customer, null=True)
    # Where the chain of invitations began that leads to the referrer: together they have one limit.
    root = TenantForeignKey(Customer, null=True)
    # NULL where it turned out to be somebody who had been referred before.
    friend = TenantForeignKey(Customer, null=True)
    channel = models.CharField(max_length=8, choices=Channel.choices)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    # Codes of `verdict.Reason`: why it is held or refused, or was held.
    reasons = models.JSONField(default=list)
    purchase = TenantForeignKey(Purchase, null=True)
    pays_at = models.DateTimeField(null=True)
    # Where the friend enrolled: the till, and the network as a keyed hash, forgotten after some days.
    device = TenantForeignKey(Device, null=True)
    network = models.CharField(max_length=64, blank=True)
    claimed_at = models.DateTimeField()
    # The merchant's word on what was held.
    decided_at = models.DateTimeField(null=True)
    decided_by = models.CharField(max_length=40, blank=True)
    # When it was paid, refused, taken back or lapsed.
    settled_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "public_id"], name="referral_public_id_once"),
            models.UniqueConstraint(fields=["tenant", "friend"], name="referral_of_friend_once"),
            models.CheckConstraint(
                condition=Q(state="waiting", purchase=None, pays_at=None, settled_at=None)
                | Q(state__in=["due", "held"], purchase__isnull=False, pays_at__isnull=False, settled_at=None)
                | Q(state="paid", purchase__isnull=False, settled_at__isnull=False)
                | Q(state__in=["refused", "taken_back", "lapsed"], settled_at__isnull=False),
                name="referral_state_and_times",
            ),
            models.CheckConstraint(
                condition=Q(referrer=None) | Q(friend=None) | ~Q(referrer=F("friend")), name="referral_not_of_oneself"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["tenant", "referrer", "claimed_at"], name="referral_by_referrer"),
            models.Index(fields=["tenant", "root"], name="referral_by_root", condition=Q(root__isnull=False)),
            models.Index(fields=["tenant", "offer", "state"], name="referral_by_offer"),
            models.Index(fields=["tenant", "pays_at"], name="referral_due", condition=Q(state="due")),
            models.Index(fields=["tenant", "claimed_at"], name="referral_by_age"),
            models.Index(fields=["tenant", "state", "claimed_at"], name="referral_by_state"),
            models.Index(
                fields=["tenant", "purchase"], name="referral_by_purchase", condition=Q(purchase__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.state} referral"


class Thanks(TenantModel):
    """What one side of a referral gets: points, a gift, or a choice that is still open."""

    class State(models.TextChoices):
        OPEN = "open", _("To be chosen")
        GIVEN = "given", _("Given")
        REFUSED = "refused", _("Not given")
        TAKEN_BACK = "taken_back", _("Taken back")

    referral = TenantForeignKey(Referral, related_name="thanks")
    side = models.CharField(max_length=8, choices=Side.choices)
    state = models.CharField(max_length=10, choices=State.choices)
    # A code of `verdict.Obstacle` where this side gets nothing.
    obstacle = models.CharField(max_length=12, blank=True)
    points = models.BigIntegerField(default=0)
    # The entry that has credited them.
    account = TenantForeignKey(Account, null=True)
    entry_seq = models.BigIntegerField(null=True)
    redemption = TenantForeignKey(Redemption, null=True)
    given_at = models.DateTimeField(null=True)
    taken_back_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "referral", "side"], name="thanks_once_a_side"),
            models.CheckConstraint(condition=Q(side__in=["referrer", "friend"]), name="thanks_side_is_known"),
            models.CheckConstraint(
                condition=Q(points=0, entry_seq=None) | Q(points__gt=0, entry_seq__isnull=False, account__isnull=False),
                name="thanks_points_are_booked",
            ),
            models.CheckConstraint(
                condition=Q(state="open", given_at=None, obstacle="")
                | Q(state="refused", given_at=None) & ~Q(obstacle="")
                | Q(state__in=["given", "taken_back"]),
                name="thanks_state_and_times",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.state} thanks for the {self.side}"


class ForgottenContact(TenantModel):
    """The keyed hash of an erased customer's address or number, until the offer ends: nobody comes anew as a friend."""

    offer = TenantForeignKey(ReferralOffer)
    contact_hash = models.CharField(max_length=64)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "offer", "contact_hash"], name="forgotten_contact_once")
        ]
        indexes: ClassVar = [models.Index(fields=["tenant", "contact_hash"], name="forgotten_contact_by_hash")]

    def __str__(self) -> str:
        return f"contact of offer {self.offer_id}"
