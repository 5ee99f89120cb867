"""Mail of a shop as a task: tried like any other mail, and what never left is noted where the team looks."""

from typing import Any

from events.services import publish
from tenants.roles import SYSTEM
from tenants.scope import tenant_scope
from tenants.tasks import PatientTask, TenantTask, named_tenant


class MailTask(PatientTask, TenantTask):
    """Takes `tenant_id` first and sends one mail."""

    abstract = True

    def on_failure(self, _error: Exception, _task_id: str, args: Any, _kwargs: Any, _info: Any) -> None:
        """After the last try. Whom it was for is not told: the address may be nobody's here."""
        with tenant_scope(named_tenant(self.name, tuple(args))):
            publish("mail.failed", actor=SYSTEM, mail=self.name.rpartition(".")[2])


class CodeTask(MailTask):
    """Sends a code that is good for ten minutes: later it would only puzzle, and another one is quickly asked for."""

    abstract = True
    max_retries = 6
