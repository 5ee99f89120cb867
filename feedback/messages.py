"""What is said to customers: the question after a purchase, and the shop's answer to theirs."""

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from feedback.models import Response
from feedback.queries import link_token
from feedback.score import BEST
from messaging.kinds import Kind, Placeholder, Purpose, declare


def opinion_in_words(fact: str) -> str:
    """Of a number and, behind a space, what was written with it."""
    score, _space, sentence = fact.partition(" ")
    said = gettext("%(score)s of %(best)s") % {"score": score, "best": BEST}
    return f"{said}: {sentence}" if sentence else said


def opinion(response: Response) -> str:
    """As a fact of the message that answers it."""
    return f"{response.score} {response.sentence}".strip()


# In law a question about satisfaction is advertising: it goes to those who have agreed to that.
QUESTION = declare(
    Kind(
        code="feedback_question",
        label=_("Question after a purchase"),
        occasion=_("A few days after a purchase, at most once in 90 days, where the survey is switched on."),
        subject=_("One question about your visit to {shop}"),
        body=_(
            "{greeting},\n\n"
            "how likely are you to recommend {shop}? One number and, if you like, a sentence are enough.\n\n"
            "Only the team of {shop} reads your answer, to do better and to get back to you."
            " The link is valid for 30 days."
        ),
        placeholders=(Placeholder("survey", _("sign that stands in the link"), 0, link_token),),
        purpose=Purpose.MARKETING,
        button=_("Give my answer"),
        path="/feedback/{survey}/",
    )
)
REPLY = declare(
    Kind(
        code="feedback_reply",
        label=_("Answer to feedback"),
        occasion=_("When the team answers somebody's feedback."),
        subject=_("An answer to your feedback"),
        body=_(
            "{greeting},\n\nthank you for your feedback. {shop} answers:\n\n    {reply}\n\n"
            "This is what you told us:\n\n    {opinion}"
        ),
        placeholders=(
            Placeholder("reply", _("what the team has written"), "Das tut uns leid und wird besser.", is_needed=True),
            Placeholder("opinion", _("what the customer has said"), "4 Die Musik war zu laut.", opinion_in_words),
        ),
        is_always_sent=True,
        button=_("See it in my account"),
        path="/feedback/given/",
    )
)
