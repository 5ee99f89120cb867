"""What events are called in the audit log; a test finds those that nobody has named."""

from datetime import date
from typing import Any, Final

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from analytics.models import Finding, Goal, ReviewRhythm, SharedReview
from analytics.review.spans import Span
from customers.blocking import Reason as BlockReason
from customers.contact import LEAP_YEAR
from customers.models import Consent, Customer, Via
from imports.models import Import
from legal.models import LegalText
from messaging.kinds import kinds
from programs.adjusting import Reason
from programs.returns import ReturnReason
from programs.services import VoidReason
from referrals.models import Channel
from referrals.wording import REASONS
from team.models import ApiKey, Membership
from tenants.locales import day_month_text, number_text, short_date_text

TOPICS: Final[dict[str, Any]] = {
    "purchase": _("Purchases"),
    "figures": _("Figures"),
    "points": _("Points"),
    "stamps": _("Stamp cards"),
    "reward": _("Rewards"),
    "redemption": _("Vouchers"),
    "referral": _("Referrals"),
    "referral_offer": _("Offers for friends"),
    "review": _("Monthly reports"),
    "customer": _("Customers"),
    "consent": _("Consents"),
    "bonus": _("Bonuses"),
    "feedback": _("Feedback"),
    "finding": _("Anomalies"),
    "goal": _("Goals"),
    "tag": _("Tags"),
    "terms": _("Terms"),
    "tier": _("Tiers"),
    "program": _("Programme"),
    "member": _("Team"),
    "store": _("Stores"),
    "device": _("Devices"),
    "api_key": _("API keys"),
    "import": _("Imports"),
    "shop": _("Shop"),
    "legal": _("Legal texts"),
    "job": _("Scheduled jobs"),
    "mail": _("Mails"),
    "message": _("Messages"),
    "ledger": _("Ledger"),
}
TITLES: Final[dict[str, Any]] = {
    "api_key.issued": _("API key issued"),
    "api_key.revoked": _("API key revoked"),
    "consent.given": _("Consent given"),
    "consent.withdrawn": _("Consent withdrawn"),
    "bonus.granted": _("Bonus credited"),
    "customer.copy_handed_out": _("Copy of the data handed out"),
    "customer.blocked": _("Customer blocked"),
    "customer.card_issued": _("Card issued"),
    "customer.card_revoked": _("Card revoked"),
    "customer.changed": _("Customer changed"),
    "customer.email_confirmed": _("E-mail address confirmed"),
    "customer.first_purchase": _("First purchase of a customer"),
    "customer.enrolled": _("Customer enrolled"),
    "customer.erased": _("Customer erased"),
    "customer.list_exported": _("List of customers downloaded"),
    "customer.look_ups_noted": _("60 searches for customers within an hour"),
    "customer.merged": _("Customers joined"),
    "customer.note_added": _("Note added"),
    "customer.note_deleted": _("Note deleted"),
    "customer.scoring_decided": _("Scoring decided"),
    "customer.signed_in": _("Signed in to the portal"),
    "customer.tagged": _("Tag set"),
    "customer.unblocked": _("Customer unblocked"),
    "customer.untagged": _("Tag removed"),
    "feedback.answered": _("Feedback given"),
    "feedback.asked": _("Asked for feedback"),
    "feedback.declined": _("Feedback put off"),
    "feedback.leaving_explained": _("Reason for leaving given"),
    "feedback.replied": _("Feedback answered"),
    "feedback.settled": _("Feedback settled without an answer"),
    "feedback.survey_set": _("Survey set"),
    "finding.confirmed": _("Anomaly confirmed"),
    "finding.dismissed": _("Anomaly found harmless"),
    "finding.raised": _("Anomaly found"),
    "goal.changed": _("Goal changed"),
    "goal.dropped": _("Goal dropped"),
    "goal.missed": _("Goal missed"),
    "goal.off_track": _("Goal off track"),
    "goal.on_track": _("Goal on track again"),
    "goal.reached": _("Goal reached"),
    "goal.set": _("Goal set"),
    "device.bound": _("Device connected"),
    "device.changed": _("Device changed"),
    "device.code_renewed": _("Device code renewed"),
    "device.disconnected": _("Device disconnected"),
    "device.registered": _("Device added"),
    "import.check_started": _("File checked"),
    "import.discarded": _("File discarded"),
    "import.failed": _("Import failed"),
    "import.finished": _("Import finished"),
    "import.started": _("Import started"),
    "import.stopped": _("Import stopped"),
    "import.undo_started": _("Undoing of an import started"),
    "import.undone": _("Import undone"),
    "import.uploaded": _("File uploaded"),
    "figures.cost_stated": _("Costs of the programme stated"),
    "figures.proved": _("Figures proved"),
    "figures.window_set": _("Set for how long somebody counts as active"),
    "job.asked": _("Scheduled job started by hand"),
    "ledger.proved": _("Ledger proved"),
    "legal.agreement_accepted": _("Processing agreement accepted"),
    "legal.details_stated": _("Business details stated"),
    "legal.text_published": _("Legal text published"),
    "mail.failed": _("Mail could not be sent"),
    "message.bounced": _("Message came back"),
    "message.kind_muted": _("Kind of message switched off"),
    "message.kind_unmuted": _("Kind of message switched on"),
    "message.posted": _("Message prepared"),
    "message.text_changed": _("Text of a message changed"),
    "message.text_reset": _("Text of a message reset"),
    "member.added": _("Joined the team"),
    "member.changed": _("Team member changed"),
    "member.invitation_taken_back": _("Invitation taken back"),
    "member.invited": _("Invited to the team"),
    "member.invited_again": _("Invitation sent again"),
    "member.pin_set": _("PIN set"),
    "member.removed": _("Left the team"),
    "points.adjusted": _("Points adjusted"),
    "points.adjustment_asked": _("Adjustment waits for approval"),
    "points.adjustment_lapsed": _("Adjustment without a customer ended"),
    "points.adjustment_refused": _("Adjustment refused"),
    "points.limit_set": _("Limit for adjustments set"),
    "points.value_stated": _("Value of a point stated"),
    "points.expiring": _("Points are about to expire"),
    "program.draft_begun": _("Change of the programme begun"),
    "program.draft_discarded": _("Change of the programme thrown away"),
    "program.expiry_switched_on": _("Expiry of points switched on"),
    "program.published": _("Programme published"),
    "program.tiers_changed": _("Tiers changed"),
    "purchase.claimed": _("Receipt credited afterwards"),
    "purchase.recorded": _("Purchase recorded"),
    "purchase.returned": _("Goods returned"),
    "purchase.voided": _("Purchase voided"),
    "redemption.codes_refused": _("5 wrong codes within ten minutes"),
    "redemption.cancelled": _("Voucher cancelled"),
    "redemption.check_in_undone": _("Guest put back on the list"),
    "redemption.expired": _("Voucher expired"),
    "redemption.lapsed": _("Vouchers without a customer ended"),
    "redemption.used": _("Voucher redeemed"),
    "reward.card_limit_set": _("Limit for printed cards set"),
    "reward.changed": _("Reward changed"),
    "reward.created": _("Reward created"),
    "reward.ended": _("Reward ended"),
    "reward.ordered": _("Rewards ordered anew"),
    "reward.published": _("Reward published"),
    "referral.approved": _("Referral approved"),
    "referral.chosen": _("Thanks for a referral chosen"),
    "referral.claimed": _("Came by an invitation"),
    "referral.due": _("Referral waits for the return period"),
    "referral.held": _("Referral held"),
    "referral.lapsed": _("Referral lapsed"),
    "referral.paid": _("Referral thanked"),
    "referral.refused": _("Referral refused"),
    "referral.taken_back": _("Thanks for a referral taken back"),
    "referral.waits_again": _("Referral waits for a purchase again"),
    "referral_offer.changed": _("Offer for friends changed"),
    "referral_offer.created": _("Offer for friends created"),
    "referral_offer.discarded": _("Draft of an offer for friends deleted"),
    "referral_offer.ended": _("Offer for friends ended"),
    "referral_offer.published": _("Offer for friends published"),
    "review.declined": _("Monthly report by e-mail declined"),
    "review.posted": _("Monthly report mailed"),
    "review.rhythm_set": _("Rhythm of the monthly report set"),
    "review.shared": _("Part of a report shared with the team"),
    "review.unshared": _("Link to a report taken back"),
    "review.wanted": _("Monthly report by e-mail wanted"),
    "reward.redeemed": _("Voucher issued"),
    "shop.closed": _("Shop closed"),
    "shop.reopened": _("Shop reopened"),
    "shop.appearance_changed": _("Appearance changed"),
    "shop.domain_confirmed": _("Domain confirmed"),
    "shop.domain_set": _("Domain set"),
    "shop.logo_changed": _("Logo changed"),
    "shop.logo_removed": _("Logo removed"),
    "stamps.added": _("Card stamped"),
    "stamps.redeemed": _("Stamp card redeemed"),
    "stamps.voided": _("Stamps voided"),
    "store.closed": _("Store closed"),
    "store.hours_set": _("Opening hours set"),
    "store.opened": _("Store opened"),
    "store.renamed": _("Store renamed"),
    "tag.deleted": _("Tag deleted"),
    "tag.renamed": _("Tag renamed"),
    "terms.accepted": _("Terms accepted"),
    "tier.changed": _("Tier changed"),
    "tier.given": _("Tier given by hand"),
    "tier.given_ended": _("Tier given by hand ended"),
}
# What runs every night, by the name of the job.
JOBS: Final[dict[str, Any]] = {
    "analytics.figures": _("Draw the figures of the day before"),
    "analytics.scores": _("Put customers into groups and estimate who comes back"),
    "analytics.goals": _("See whether goals are on track"),
    "analytics.points": _("Draw what is owed in points"),
    "analytics.joining": _("Compare what members spent before and after they joined"),
    "analytics.proof": _("Prove the figures, on Sundays"),
    "analytics.review": _("Mail the monthly report, on the first of a month"),
    "analytics.fraud": _("Look for what stands out in the bookings"),
    "customers.forget_unproven": _("Forget e-mail addresses that nobody has confirmed"),
    "feedback.ask": _("Ask customers for feedback"),
    "imports.forget_files": _("Delete files that were imported"),
    "ledger.forget_keys": _("Clear away what guards against double bookings"),
    "ledger.proof": _("Prove all balances"),
    "ledger.remind": _("Remind of points that expire"),
    "ledger.settle": _("Release pending points and let old ones expire"),
    "messaging.forget": _("Forget old messages"),
    "programs.anniversaries": _("Points for anniversaries"),
    "programs.begin": _("Begin versions and bring tiers up to date"),
    "programs.birthdays": _("Points for birthdays"),
    "programs.tiers_ending": _("Tell whose tier is about to end"),
    "rewards.events": _("Remind of tomorrow's events"),
    "rewards.expire": _("Give back the points of unused vouchers"),
    "referrals.pay": _("Thanks for referrals"),
    "rewards.gifts": _("Gifts for birthdays and anniversaries"),
}
PERSON: Final[dict[str, Any]] = {
    "name": _("Name"),
    "email": _("E-mail"),
    "phone": _("Phone"),
    "birthday": _("Birthday"),
    "language": _("Language"),
    "external_id": _("Reference in another system"),
}
# What the codes mean that events hold, by the name of the fact.
WORDS: Final[dict[str, dict[str, Any]]] = {
    "channel": dict([*Channel.choices, *Consent.Channel.choices]),
    "fields": PERSON,
    "job": JOBS,
    "kind": dict([*Import.Kind.choices, *LegalText.Kind.choices, *((kind.code, kind.label) for kind in kinds())]),
    # By the task that sends it.
    "mail": {
        "send_sign_in_code": _("Code for signing in to the portal"),
        "send_email_confirmation": _("Link that confirms an e-mail address"),
        "send_email_change_code": _("Code that confirms a new e-mail address"),
        "send_email_changed": _("Notice that the e-mail address has changed"),
        "send_erasure_code": _("Code for deleting the own account"),
        "send_invitation": _("Invitation to the team"),
        "mail_sample": _("Test of a message"),
        "review": _("Monthly report"),
        "send_goal_news": _("News of a goal"),
    },
    "metric": dict(Goal.Metric.choices),
    "pattern": dict(Finding.Pattern.choices),
    "reason": dict([*VoidReason.choices, *ReturnReason.choices, *Reason.choices, *BlockReason.choices]),
    "reasons": dict(REASONS),
    "rhythm": dict(ReviewRhythm.Rhythm.choices),
    "role": dict(Membership.Role.choices),
    "scopes": dict(ApiKey.Scope.choices),
    # Where a customer comes from.
    "source": {
        "till": _("at the till"),
        "desk": _("in the back office"),
        "portal": _("on the own phone"),
        "api": _("by another system"),
        "import": _("from a file"),
    },
    "via": dict(Via.choices),
    "what": dict(SharedReview.What.choices),
}
_OTHERS: Final[dict[str, Any]] = {
    "system": _("System"),
    "customer": _("Customer"),
    "device": _("Device"),
    "user": _("Sign-up"),
}


def event_title(name: str) -> str:
    return str(TITLES.get(name, name))


def job_title(name: str) -> str:
    return str(JOBS.get(name, name))


def fact_in_words(key: str, value: Any) -> str:
    """One detail of an event; empty where there is nothing to say."""
    if value in (None, "", []):
        return ""
    if key in WORDS:
        codes = value if isinstance(value, list) else [value]
        return ", ".join(str(WORDS[key].get(code, code)) for code in codes)
    match key:
        case "points":
            return ngettext("%(points)s point", "%(points)s points", value) % {"points": number_text(value)}
        case "stamps":
            return ngettext("%(stamps)s stamp", "%(stamps)s stamps", value) % {"stamps": number_text(value)}
        case "last_day":
            return str(_("valid until %(day)s") % {"day": short_date_text(date.fromisoformat(value))})
        case "span":
            return span.name if (span := Span.called(value)) else ""
        case "version":
            return str(_("version %(number)s") % {"number": value})
        case "rows":
            return ngettext("%(number)s row", "%(number)s rows", value) % {"number": number_text(value)}
        case "recorded":
            return str(_("%(number)s taken over") % {"number": number_text(value)})
        case "refused":
            return str(_("%(number)s refused") % {"number": number_text(value)})
    raise KeyError(key)


def birthday_in_words(person: Customer) -> str:
    if person.birth_month is None or person.birth_day is None:
        return ""
    return day_month_text(date(LEAP_YEAR, person.birth_month, person.birth_day))


def language_in_words(person: Customer) -> str:
    """Empty for somebody who reads what the shop speaks."""
    return dict(settings.LANGUAGES).get(person.language, "")


def actor_name(reference: str, names: dict[str, str]) -> str:
    """A member's or key's name; for anybody else the kind."""
    return names.get(reference) or str(_OTHERS.get(reference.partition(":")[0], reference))
