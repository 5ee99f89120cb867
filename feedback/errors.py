"""Refusals around the survey."""

from django.utils.translation import gettext_lazy as _

from tenants.errors import DomainError, NotFound


class QuestionOver(NotFound):
    code = "question_over"
    message = _("This question is no longer open.")


class AlreadySettled(DomainError):
    code = "feedback_settled"
    message = _("Somebody has settled this already.")


class NotReachable(DomainError):
    code = "customer_not_reachable"
    message = _("No e-mail can reach this customer.")
