"""Why a job is not run."""

from django.utils.translation import gettext_lazy as _

from tenants.errors import DomainError


class JobIsRunning(DomainError):
    code = "job_is_running"
    message = _("This job is running or about to. Please wait until it is done.")
