"""Whoever names servers of their own never ends up in others, nor loses what they did not mean."""

import pytest

from devtools import reset
from devtools.failure import Failure
from devtools.manage import refuse_other_servers

RUNNING = {"ADMIN_DATABASE_URL": "postgres://postgres@127.0.0.1:1/loyalty", "REDIS_URL": "redis://127.0.0.1:2/0"}


def test_a_call_joins_the_servers_it_names_or_names_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_URL")
    monkeypatch.delenv("REDIS_URL")
    refuse_other_servers(RUNNING)
    monkeypatch.setenv("DATABASE_URL", RUNNING["ADMIN_DATABASE_URL"])
    refuse_other_servers(RUNNING)


@pytest.mark.parametrize("name", ["DATABASE_URL", "REDIS_URL"])
def test_a_call_that_names_other_servers_is_refused(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.delenv("DATABASE_URL")
    monkeypatch.delenv("REDIS_URL")
    monkeypatch.setenv(name, "other://127.0.0.1:9/mine")
    with pytest.raises(Failure, match=name):
        refuse_other_servers(RUNNING)


def test_reset_does_not_forget_its_own_data_when_another_database_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://postgres@127.0.0.1:1/mine")
    monkeypatch.setattr(reset, "empty", pytest.fail)
    with pytest.raises(Failure, match="DATABASE_URL"):
        reset.main([])
