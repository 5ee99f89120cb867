"""Pictures that people upload: looked at before they are decoded, and kept as nothing but pixels."""

import io
from typing import Final

from django.utils.translation import gettext as _
from PIL import Image, ImageOps

from tenants.errors import Invalid

# What phones and cameras make; a vector file could carry scripts.
FORMATS: Final = ("PNG", "JPEG", "WEBP")
MOST_PIXELS: Final = 20_000_000


def decoded(picture: bytes, *, most_megabytes: int, field: str) -> Image.Image:
    """Upright and without metadata. Raises Invalid where it is no picture, or too large: a small file can unpack to
    gigabytes."""
    if len(picture) > most_megabytes * 1_000_000:
        raise Invalid(_("The picture is larger than %(size)d MB.") % {"size": most_megabytes}, field=field)
    try:
        with Image.open(io.BytesIO(picture), formats=FORMATS) as opened:
            if opened.width * opened.height > MOST_PIXELS:
                raise Invalid(_("The picture has more than 20 million pixels."), field=field)
            return ImageOps.exif_transpose(opened).convert("RGBA")
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise Invalid(_("Choose a picture as PNG, JPEG or WebP."), field=field) from error
