"""Migrations run while the previous release still serves: they must not break it."""

from pathlib import Path

import pytest
from django.apps import apps
from django_migration_linter import MigrationLinter

from devtools.places import ROOT

# From before the first release: nobody ran what they would have broken.
BEFORE_THE_FIRST_RELEASE = ("0003_trade_brand_closing", "0003_consent_proof_notes_tags_merging")
# A column that must be filled, and is by default for whoever does not know it.
WITH_A_DEFAULT = ("0020_day_of_past_purchases",)


@pytest.mark.django_db
def test_no_migration_breaks_the_running_release(capsys: pytest.CaptureFixture[str]) -> None:
    ours = [config.label for config in apps.get_app_configs() if Path(config.path).parent == ROOT]
    linter = MigrationLinter(
        str(ROOT),
        include_apps=ours,
        ignore_name=(*BEFORE_THE_FIRST_RELEASE, *WITH_A_DEFAULT),
        no_cache=True,
        no_output=False,
        quiet=["ok", "ignore", "warning"],
    )
    linter.lint_all_migrations()
    assert linter.nb_total > 0
    assert not linter.has_errors, capsys.readouterr().out
