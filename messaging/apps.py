"""Collects the kinds of messages that every app declares in its module `messages`."""

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class MessagingConfig(AppConfig):
    name = "messaging"

    def ready(self) -> None:
        autodiscover_modules("messages")
