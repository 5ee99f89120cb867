"""Expired sessions are deleted, and no others."""

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone

from operations import sessions
from operations.tasks import purge_sessions

pytestmark = pytest.mark.django_db


def make_sessions(count: int, *, days: int) -> None:
    expiry = timezone.now() + timedelta(days=days)
    Session.objects.bulk_create(
        Session(session_key=f"{days}-{number}", session_data="", expire_date=expiry) for number in range(count)
    )


def test_only_expired_sessions_are_deleted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sessions, "AT_ONCE", 2)
    make_sessions(5, days=-1)
    make_sessions(2, days=1)
    assert sessions.purge_expired(now=timezone.now()) == 5
    assert set(Session.objects.values_list("session_key", flat=True)) == {"1-0", "1-1"}


def test_the_night_deletes_them() -> None:
    make_sessions(1, days=-1)
    purge_sessions()
    assert not Session.objects.exists()
