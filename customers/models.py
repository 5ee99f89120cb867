"""The people a shop knows: who they are, how they are reached, what they carry to be recognised."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import NullIf
from django.utils.translation import gettext_lazy as _
from uuid_utils.compat import uuid7

from legal.models import LegalText
from tenants.models import TenantForeignKey, TenantModel


def new_public_id() -> uuid.UUID:
    """Time-ordered, so that its index grows at one end."""
    return uuid7()


class Via(models.TextChoices):
    """Where a customer said something: signed in, agreed or withdrew."""

    JOINING = "joining", _("on the enrolment page")
    PORTAL = "portal", _("in the portal")
    MAIL = "mail", _("by a link in an e-mail")
    CODE = "code", _("with a code by e-mail")
    TILL = "till", _("with the code that the till showed")
    STAFF = "staff", _("by the team")
    API = "api", _("by another system")
    MERGE = "merge", _("when two cards were joined")
    ADDRESS = "address", _("when the address changed")


def masked_email(email: str) -> str:
    local, at, host = email.partition("@")
    return f"{local[0]}•••@{host}" if at and local else ""


class Customer(TenantModel):
    """A customer of one shop. Everything personal stands here and in tables that point here, never in the ledger."""

    class Status(models.TextChoices):
        ACTIVE = "active"
        BLOCKED = "blocked"
        # Joined with another customer, who carries on with the points.
        MERGED = "merged"
        ERASED = "erased"

    public_id = models.UUIDField(default=new_public_id, editable=False)
    number = models.CharField(max_length=9)
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.ACTIVE)
    name = models.CharField(max_length=120, blank=True)
    # Folded for search: row-level security keeps LIKE and lower() from using an index, plain prefixes are fine.
    name_key = models.CharField(max_length=240, blank=True, db_collation="C")
    surname_key = models.CharField(max_length=240, blank=True, db_collation="C")
    email = models.CharField(max_length=254, blank=True, db_collation="C")
    # The mailbox behind the address: `contact.mailbox_key`.
    email_key = models.CharField(max_length=254, blank=True, default="", db_default="", db_collation="C")
    # When the customer last proved that mail to this address arrives; NULL where somebody else typed it.
    email_confirmed_at = models.DateTimeField(null=True)
    phone = models.CharField(max_length=16, blank=True)
    birth_month = models.PositiveSmallIntegerField(null=True)
    birth_day = models.PositiveSmallIntegerField(null=True)
    language = models.CharField(max_length=2, blank=True)
    external_id = models.CharField(max_length=80, blank=True)
    source = models.CharField(max_length=20)
    # Which import enrolled the customer; a higher app's id.
    import_id = models.BigIntegerField(null=True)
    enrolled_at = models.DateTimeField()
    merged_into = TenantForeignKey("self", null=True)
    # Set where the customer does not want figures such as churn and value computed about them.
    scoring_objected_at = models.DateTimeField(null=True)

    PERSONAL = (
        *("name", "name_key", "surname_key", "email", "email_key", "phone", "birth_month", "birth_day", "external_id"),
    )

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "public_id"], name="customer_public_id_once"),
            models.UniqueConstraint(fields=["tenant", "number"], name="customer_number_once"),
            models.UniqueConstraint(fields=["tenant", "email"], name="customer_email_once", condition=~Q(email="")),
            models.UniqueConstraint(fields=["tenant", "phone"], name="customer_phone_once", condition=~Q(phone="")),
            models.UniqueConstraint(
                fields=["tenant", "external_id"], name="customer_external_id_once", condition=~Q(external_id="")
            ),
            models.CheckConstraint(
                condition=Q(status__in=["active", "blocked", "merged", "erased"]), name="customer_status_known"
            ),
            models.CheckConstraint(
                condition=Q(status="merged", merged_into__isnull=False)
                | (~Q(status="merged") & Q(merged_into__isnull=True))
                | Q(status="erased"),
                name="customer_merged_into_somebody",
            ),
            models.CheckConstraint(
                condition=Q(birth_month=None, birth_day=None)
                | Q(
                    birth_month__isnull=False,
                    birth_month__range=(1, 12),
                    birth_day__isnull=False,
                    birth_day__range=(1, 31),
                ),
                name="customer_birthday_is_month_and_day",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["tenant", "name_key"], name="customer_by_name", condition=~Q(name_key="")),
            models.Index(F("tenant"), NullIf("name_key", Value("")), F("public_id"), name="customer_in_name_order"),
            models.Index(fields=["tenant", "surname_key"], name="customer_by_surname", condition=~Q(surname_key="")),
            models.Index(fields=["tenant", "email_key"], name="customer_by_mailbox", condition=~Q(email_key="")),
            models.Index(
                fields=["tenant", "merged_into"], name="customer_by_remaining", condition=Q(merged_into__isnull=False)
            ),
            models.Index(
                fields=["tenant", "import_id"], name="customer_by_import", condition=Q(import_id__isnull=False)
            ),
            # Whom nothing is computed about: so few that a night reads them and not all the others.
            models.Index(
                fields=["tenant", "id"],
                name="customer_unscored",
                condition=Q(status__in=["merged", "erased"]) | Q(scoring_objected_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"customer {self.number}"

    @property
    def first_name(self) -> str:
        return self.name.partition(" ")[0]

    @property
    def masked_name(self) -> str:
        """What staff see: first name and initial."""
        first, _, rest = self.name.partition(" ")
        surname = rest.rpartition(" ")[2]
        return f"{first} {surname[0]}." if surname else first

    @property
    def initials(self) -> str:
        words = self.name.split()
        return "".join(word[0] for word in (words[:1] + words[1:][-1:])).upper()

    @property
    def email_masked(self) -> str:
        return masked_email(self.email)

    @property
    def birthday(self) -> str:
        """`MM-DD`, or empty."""
        return f"{self.birth_month:02d}-{self.birth_day:02d}" if self.birth_month and self.birth_day else ""


class Card(TenantModel):
    """What a customer shows to be recognised; it earns, it does not spend."""

    customer = TenantForeignKey(Customer)
    token = models.CharField(max_length=12)
    issued_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["tenant", "token"], name="card_token_once")]
        indexes: ClassVar = [models.Index(fields=["tenant", "customer"], name="card_by_customer")]

    def __str__(self) -> str:
        return f"card {self.pk}"

    @property
    def text(self) -> str:
        """As printed: `7F2K-9QXD-4TBM`."""
        return "-".join(self.token[start : start + 4] for start in range(0, len(self.token), 4))


class EmailClaim(TenantModel):
    """An e-mail address that a customer says is theirs, until they follow the link that was mailed there."""

    customer = TenantForeignKey(Customer)
    email = models.CharField(max_length=254, db_collation="C")
    token_hash = models.CharField(max_length=64)
    claimed_at = models.DateTimeField()
    # The mail with the link.
    message_id = models.CharField(max_length=250, blank=True)
    proven_at = models.DateTimeField(null=True)

    PERSONAL = ("email", "message_id")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "token_hash"], name="email_claim_token_once"),
            models.UniqueConstraint(
                fields=["tenant", "customer"], name="email_claim_open_once", condition=Q(proven_at__isnull=True)
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["tenant", "customer"], name="email_claim_by_customer")]

    def __str__(self) -> str:
        return f"e-mail claim of customer {self.customer_id}"

    @property
    def email_masked(self) -> str:
        return masked_email(self.email)


class Consent(TenantModel):
    """Permission to send advertising on one channel, with its proof.

    Asked for is not given: the customer confirms on the own phone or by a mailed link. Withdrawn rows stay as history.
    """

    class Channel(models.TextChoices):
        EMAIL = "email", _("E-mail")
        SMS = "sms", _("SMS")
        POST = "post", _("Post")

    customer = TenantForeignKey(Customer)
    channel = models.CharField(max_length=8, choices=Channel.choices)
    # What was shown, to the letter, and the address it was shown for.
    wording = models.TextField(blank=True)
    wording_version = models.CharField(max_length=20, blank=True)
    # Of the wording, whatever its reader reads by now.
    wording_language = models.CharField(max_length=2, blank=True, db_default="")
    address = models.CharField(max_length=254, blank=True)
    requested_at = models.DateTimeField()
    requested_via = models.CharField(max_length=20, choices=Via.choices, blank=True)
    # The mail that asked for the confirmation.
    message_id = models.CharField(max_length=250, blank=True)
    confirmed_at = models.DateTimeField(null=True)
    confirmed_via = models.CharField(max_length=20, choices=Via.choices, blank=True)
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_via = models.CharField(max_length=20, choices=Via.choices, blank=True)

    PERSONAL = ("address", "message_id")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant", "customer", "channel"],
                name="consent_once_in_force",
                condition=Q(withdrawn_at__isnull=True),
            ),
            models.CheckConstraint(condition=Q(channel__in=["email", "sms", "post"]), name="consent_channel_known"),
        ]
        indexes: ClassVar = [models.Index(fields=["tenant", "customer"], name="consent_by_customer")]

    def __str__(self) -> str:
        return f"{self.channel} consent of customer {self.customer_id}"


class TermsAcceptance(TenantModel):
    """Which version of the terms a customer accepted, when and where."""

    customer = TenantForeignKey(Customer)
    text = TenantForeignKey(LegalText)
    accepted_at = models.DateTimeField()
    accepted_via = models.CharField(max_length=20)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "customer", "text"], name="terms_accepted_once")
        ]

    def __str__(self) -> str:
        return f"terms {self.text_id} accepted by customer {self.customer_id}"


class Note(TenantModel):
    """What the team wants to remember of a customer; the customer can read it in the export."""

    customer = TenantForeignKey(Customer)
    text = models.TextField(max_length=2000)
    author = models.CharField(max_length=40)
    created_at = models.DateTimeField()
    # The ledger entry that the note explains, where it explains one.
    entry_seq = models.BigIntegerField(null=True)

    PERSONAL = ("text",)

    class Meta:
        constraints: ClassVar = [models.CheckConstraint(condition=~Q(text=""), name="note_says_something")]
        indexes: ClassVar = [models.Index(fields=["tenant", "customer", "created_at"], name="note_by_customer")]

    def __str__(self) -> str:
        return f"note {self.pk}"


class Tag(TenantModel):
    """A word that a shop puts on customers, such as "regular" or "allergic to nuts"."""

    name = models.CharField(max_length=40)
    # Folded, so that "Stammgast" and "stammgast" are one tag.
    key = models.CharField(max_length=80, db_collation="C")

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["tenant", "key"], name="tag_once")]

    def __str__(self) -> str:
        return self.name


class CustomerTag(TenantModel):
    """A tag on a customer."""

    customer = TenantForeignKey(Customer)
    tag = TenantForeignKey(Tag)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "customer", "tag"], name="customer_tag_once")
        ]
        indexes: ClassVar = [models.Index(fields=["tenant", "tag"], name="customer_by_tag")]

    def __str__(self) -> str:
        return f"tag {self.tag_id} on customer {self.customer_id}"
