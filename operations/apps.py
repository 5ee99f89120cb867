"""Listens to Celery, so that tasks appear in logs and figures."""

from django.apps import AppConfig


class OperationsConfig(AppConfig):
    name = "operations"

    def ready(self) -> None:
        from operations import checks, task_signals  # noqa: F401 - importing registers them
