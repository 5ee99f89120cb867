"""Why a finding cannot be decided, a goal not set, and why there are no figures of a period."""

from django.utils.translation import gettext_lazy as _

from tenants.errors import DomainError, Invalid


class AlreadyDecided(DomainError):
    code = "already_decided"
    message = _("Somebody has already decided on this.")


class OwnFinding(DomainError):
    code = "own_finding"
    message = _("This is about your own card. Somebody else has to decide.")


class NothingDrawn(DomainError):
    code = "nothing_drawn"
    message = _("Figures are drawn every night. There are none yet.")


class NotDrawn(Invalid):
    """`drawn_from` and `drawn_to` say which days there are."""

    code = "not_drawn"
    message = _("There are no figures of this day.")


class NothingToShare(DomainError):
    code = "nothing_to_share"
    message = _("There is nothing of this to share.")


class NoFigure(DomainError):
    code = "no_figure"
    message = _("There are too few customers for this figure yet. A goal would have nothing to begin from.")


class GoalEnded(DomainError):
    code = "goal_ended"
    message = _("This goal has ended already.")
