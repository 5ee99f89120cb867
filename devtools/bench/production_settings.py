"""The product's settings on a developer's machine, with static files hashed and compressed as in production."""

from loyalty.settings import *  # noqa: F403 - everything but what follows
from loyalty.settings import STORAGES

STORAGES = STORAGES | {"staticfiles": {"BACKEND": "loyalty.static_files.HashedModulesStorage"}}
WHITENOISE_USE_FINDERS = False
WHITENOISE_AUTOREFRESH = False
