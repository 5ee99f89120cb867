"""The shop's sign as a square picture, for home screens."""

import io
from functools import lru_cache
from typing import Final

from django.conf import settings
from PIL import Image, ImageDraw, ImageFont

from tenants.brand import palettes

# What manifests and iPhones ask for.
SIZES: Final = (180, 192, 512)
_FONT: Final = settings.BASE_DIR / "static" / "vendor" / "inter" / "inter-latin-wght-normal.woff2"
# Launchers cut circles out of squares: what matters stays in the middle.
_LETTER: Final = 0.5
_LOGO: Final = 0.7


@lru_cache(maxsize=64)
def letter_icon(letter: str, color: str, size: int) -> bytes:
    """The first letter of a shop's name on its colour."""
    light, _ = palettes(color)
    picture = Image.new("RGB", (size, size), light.brand)
    font = ImageFont.truetype(str(_FONT), round(size * _LETTER))
    font.set_variation_by_axes([700])
    ImageDraw.Draw(picture).text((size / 2, size / 2), letter, fill=light.on_brand, font=font, anchor="mm")
    return _png(picture)


@lru_cache(maxsize=64)
def logo_icon(logo: bytes, size: int) -> bytes:
    """A logo on white, with room around it."""
    sign = Image.open(io.BytesIO(logo)).convert("RGBA")
    sign.thumbnail((round(size * _LOGO), round(size * _LOGO)))
    picture = Image.new("RGB", (size, size), "#ffffff")
    picture.paste(sign, ((size - sign.width) // 2, (size - sign.height) // 2), sign)
    return _png(picture)


def _png(picture: Image.Image) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()
