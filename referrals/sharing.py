"""What a customer passes on: the link, the ways on which it goes, and the words with it. Nothing is sent by us."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from django.utils.translation import gettext as _

from referrals.links import link_of
from referrals.models import Channel, ReferralOffer
from referrals.wording import gifts_in_words, occasion_in_words
from rewards.models import Reward
from tenants.scope import current_tenant

Rewards = Mapping[str, Sequence[Reward]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ways:
    """Addresses that open a program of the customer's own, with the words in it; `text` is for the share sheet."""

    link: str
    text: str
    whatsapp: str
    email: str
    sms: str

    @property
    def shown(self) -> str:
        """The link as people read it."""
        return self.link.partition("://")[2].rstrip("/")


def ways_to_share(offer: ReferralOffer, rewards: Rewards, *, code: str) -> Ways:
    def text(channel: Channel) -> str:
        return message_to_friend(offer, rewards, link=link_of(code, channel=channel))

    subject = _("An invitation to %(shop)s") % {"shop": current_tenant().name}
    return Ways(
        link=link_of(code),
        text=text(Channel.LINK),
        whatsapp=f"https://wa.me/?text={_quoted(text(Channel.WHATSAPP))}",
        email=f"mailto:?subject={_quoted(subject)}&body={_quoted(text(Channel.EMAIL))}",
        sms=f"sms:?&body={_quoted(text(Channel.SMS))}",
    )


def message_to_friend(offer: ReferralOffer, rewards: Rewards, *, link: str) -> str:
    """From the customer to a friend; where the shop says Sie nobody is addressed, as friends are du everywhere."""
    friend, referrer = gifts_in_words(offer, rewards)
    if friend and referrer:
        text = _("Do you know %(shop)s? With my link you get %(friend)s and I get %(referrer)s, %(occasion)s: %(link)s")
    elif friend:
        text = _("Do you know %(shop)s? With my link you get %(friend)s, %(occasion)s: %(link)s")
    else:
        text = _("Do you know %(shop)s? With my link I get %(referrer)s, %(occasion)s: %(link)s")
    facts = {"shop": current_tenant().name, "friend": friend, "referrer": referrer, "link": link}
    return text % (facts | {"occasion": occasion_in_words(offer)})


def _quoted(text: str) -> str:
    return quote(text, safe="")
