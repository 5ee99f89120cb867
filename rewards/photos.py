"""Photos of rewards: decoded, made small and written anew, and kept once however many rewards show them."""

import io
from hashlib import sha256
from typing import Final

from PIL import Image

from rewards.models import RewardPhoto
from tenants.pictures import decoded

MOST_MEGABYTES: Final = 8
# The longer side in pixels: in a list, and on a page of its own.
SMALL: Final = 320
LARGE: Final = 1_200


def keep_photo(picture: bytes) -> RewardPhoto:
    """Raises Invalid where it is no picture, or too large to look at."""
    upright = decoded(picture, most_megabytes=MOST_MEGABYTES, field="photo")
    large = _rendition(upright, LARGE)
    name = sha256(large).hexdigest()[:16]
    small = _rendition(upright, SMALL)
    photo, _created = RewardPhoto.objects.get_or_create(hash=name, defaults={"small": small, "large": large})
    return photo


def _rendition(picture: Image.Image, side: int) -> bytes:
    """Never enlarged."""
    fitted = picture.copy()
    fitted.thumbnail((side, side))
    out = io.BytesIO()
    fitted.save(out, format="WEBP", quality=82, method=4)
    return out.getvalue()
