"""What is kept of a failure: its kind and its place, not its words, which may quote a customer."""

import traceback
from pathlib import Path

from django.conf import settings

FOREIGN = "/site-packages/"


def described(error: BaseException) -> str:
    """Such as `ValueError at customers/handlers.py:21 tell_owners`; the log has the way there."""
    root = f"{Path(settings.BASE_DIR)}/"
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if frame.filename.startswith(root) and FOREIGN not in frame.filename]
    name = type(error).__qualname__
    return f"{name} at {ours[-1].filename.removeprefix(root)}:{ours[-1].lineno} {ours[-1].name}" if ours else name
