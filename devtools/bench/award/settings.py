"""The product's settings, with views to compare the product with."""

import os

from loyalty.settings import *  # noqa: F403 - everything but what follows
from loyalty.settings import DATABASES

ROOT_URLCONF = "devtools.bench.award.urls"
DATABASES["default"]["OPTIONS"]["options"] += f" -c synchronous_commit={os.environ.get('SYNCHRONOUS_COMMIT', 'on')}"
if os.environ.get("NAIVE"):
    # Django's default: a connection for each request.
    del DATABASES["default"]["OPTIONS"]["pool"]
