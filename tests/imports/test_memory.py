"""A file is never held in memory: ten times the rows need no more of it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

from tests.factories import make_shop
from tests.processes import database_url

# Everything but the recording itself, which sees a batch at a time.
SCRIPT = """
import resource, sys
from collections import defaultdict
from pathlib import Path
import django
django.setup()
from django.utils import timezone
from customers.bulk import Enrolled
from customers.models import Customer
from imports import services
from imports.kinds import purchases as kind
from programs.bulk import Recorded
from tenants.models import Tenant
from tenants.roles import SYSTEM
kind.enrol_all = lambda people, **_: Enrolled(customers=defaultdict(Customer), new=[])
kind.record_past_purchases = lambda purchases, **_: Recorded(purchases=len(purchases))
report = services.import_purchases(
    tenant=Tenant.objects.get(), path=Path(sys.argv[1]), actor=SYSTEM, now=timezone.now()
)
assert report.recorded == int(sys.argv[2]), report
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""
FEW, MANY = 20_000, 200_000
ALLOWED_MB = 15


def megabytes(path: Path, rows: int) -> int:
    with path.open("w") as file:
        file.write("customer,date,total\n")
        file.writelines(
            f"C{row % (rows // 10)},2025-01-{1 + row % 28:02d},{row % 977}.{row % 89:02d}\n" for row in range(rows)
        )
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(path), str(rows)],
        check=True,
        capture_output=True,
        text=True,
        cwd=settings.BASE_DIR,
        env=os.environ | {"DATABASE_URL": database_url()},
    )
    return int(done.stdout)


@pytest.mark.django_db(transaction=True)
def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    make_shop("morgenrot")
    assert megabytes(tmp_path / "many.csv", MANY) < megabytes(tmp_path / "few.csv", FEW) + ALLOWED_MB
