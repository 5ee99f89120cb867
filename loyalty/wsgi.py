"""The web process: refuses to start where tenancy could leak."""

import os

from django.core.wsgi import get_wsgi_application

from loyalty.charset import without_charset

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "loyalty.settings")

application = without_charset(get_wsgi_application())

from tenants.startup import refuse_unsafe_start  # noqa: E402 - needs the loaded app registry

refuse_unsafe_start()
