"""Migrations run while the previous release still serves: they must not break it."""

from pathlib import Path

import pytest
from django.apps import apps
from django_migration_linter import MigrationLinter

from devtools.places import ROOT


@pytest.mark.django_db
def test_no_migration_breaks_the_running_release(capsys: pytest.CaptureFixture[str]) -> None:
    ours = [config.label for config in apps.get_app_configs() if Path(config.path).parent == ROOT]
    linter = MigrationLinter(
        str(ROOT), include_apps=ours, no_cache=True, no_output=False, quiet=["ok", "ignore", "warning"]
    )
    linter.lint_all_migrations()
    assert linter.nb_total > 0
    assert not linter.has_errors, capsys.readouterr().out
