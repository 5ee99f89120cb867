"""Celery entry points of the figures: mail about goals."""

from celery import shared_task
from django.utils import translation

from analytics.goals.wording import card_url, standing_in_words
from analytics.models import Goal
from events.mails import MailTask
from team.queries import members_who
from tenants.mail import send_mail
from tenants.scope import current_tenant


@shared_task(base=MailTask)
def send_goal_news(tenant_id: int, goal_id: int, member_id: int, news: str) -> None:
    """What has become of a goal (off_track, reached or missed); not to somebody who has left meanwhile."""
    member = members_who("reports.read").filter(pk=member_id).first()
    if member is None:
        return
    tenant, goal = current_tenant(), Goal.objects.select_related("store").get(pk=goal_id)
    with translation.override(tenant.language):
        standing = standing_in_words(goal)
    send_mail(
        f"analytics/mail/goal_{news}",
        to=member.user.email,
        language=tenant.language,
        name=member.name,
        link=f"{tenant.team_url}{card_url(goal)}",
        **standing,
    )
