"""What is said to customers: the question after a purchase, and the shop's answer to theirs."""

from django.utils.translation import gettext_lazy as _

from feedback.queries import link_token
from messaging.kinds import Kind, Placeholder, Purpose, declare

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
        body=_("{greeting},\n\nthank you for your feedback. {shop} answers:\n\n    {reply}"),
        placeholders=(
            Placeholder("reply", _("what the team has written"), "Das tut uns leid und wird besser.", is_needed=True),
        ),
        is_always_sent=True,
    )
)
