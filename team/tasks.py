"""Celery entry points of the team."""

from celery import shared_task
from django.conf import settings
from django.urls import reverse

from events.mails import MailTask
from team.membership import invitation_token
from team.models import Invitation
from team.queries import names_of_actors
from tenants.mail import send_mail
from tenants.public_site import public_url
from tenants.scope import current_tenant


@shared_task(base=MailTask)
def send_invitation(tenant_id: int, invitation_id: int) -> None:
    """Mail the link; does nothing where the invitation is settled meanwhile."""
    invitation = Invitation.objects.filter(pk=invitation_id, accepted_at=None, revoked_at=None).first()
    if invitation is None:
        return
    path = reverse("public:invitation", urlconf=settings.PUBLIC_URLCONF, args=[invitation_token(invitation)])
    send_mail(
        "team/mail/invitation",
        to=invitation.email,
        language=current_tenant().language,
        name=invitation.name,
        invited_by=names_of_actors({invitation.invited_by}).get(invitation.invited_by, ""),
        role=invitation.get_role_display(),
        link=public_url(path),
    )
