"""The Celery application; every task runs in a tenant scope unless it says otherwise."""

import os

from celery import Celery
from celery.signals import beat_init, worker_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "loyalty.settings")

app = Celery("loyalty", task_cls="tenants.tasks:TenantTask")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@beat_init.connect
@worker_init.connect
def refuse_unsafe_worker(**_: object) -> None:
    """Worker and beat obey the same start-up rules as the web process."""
    from tenants.startup import refuse_unsafe_start

    refuse_unsafe_start()
