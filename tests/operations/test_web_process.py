"""A web process is small: what only nights and printers need is not loaded with the pages."""

import subprocess
import sys

from django.conf import settings

ALL_PAGES = """
import sys, django
django.setup()
import loyalty.wsgi, loyalty.urls, loyalty.public_urls
print(*sorted({"numpy", "scipy", "fpdf"} & sys.modules.keys()))
"""


def test_pages_load_nothing_that_computes_at_night_or_draws_pdfs() -> None:
    done = subprocess.run(
        [sys.executable, "-c", ALL_PAGES], cwd=settings.BASE_DIR, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == []
