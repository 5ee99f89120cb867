"""The Django project package: settings, URLs, Celery. No domain code."""

from loyalty.celery import app as celery_app

__all__ = ("celery_app",)
