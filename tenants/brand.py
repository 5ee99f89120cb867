"""From one colour of a shop to a palette that can be read on every page, in light and dark. Pure; contrast as in WCAG.

Lightness is moved in OKLCH until the contrast is met; hue and, as far as sRGB allows, chroma stay the shop's own.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from typing import Final

from coloraide import Color as _Color

HEX: Final = re.compile(r"#[0-9a-f]{6}")
INK: Final = "#14181f"
WHITE: Final = "#ffffff"
# Text needs 4.5 and lines 3; the rest is for rounding to eight bits.
TEXT_CONTRAST: Final = 4.6
LINE_CONTRAST: Final = 3.1
MOST_CHROMA: Final = 0.24
STEP: Final = 0.005


@dataclass(frozen=True, slots=True)
class Theme:
    """What a palette has to stand out from: the surfaces of app.css and the track of a progress bar."""

    surfaces: tuple[str, ...]
    track: str
    towards: int
    soft: tuple[float, float, float]
    soft_2: tuple[float, float, float]
    text_from: float
    text_chroma: float
    line_from: float


LIGHT: Final = Theme(
    surfaces=("#ffffff", "#f6f7f9", "#eff1f4"),
    track="#e5e8ed",
    towards=-1,
    soft=(0.962, 0.25, 0.020),
    soft_2=(0.925, 0.4, 0.036),
    text_from=0.62,
    text_chroma=MOST_CHROMA,
    line_from=0.75,
)
DARK: Final = Theme(
    surfaces=("#161a21", "#0e1116", "#1f252f"),
    track="#2a313d",
    towards=1,
    soft=(0.262, 0.3, 0.036),
    soft_2=(0.320, 0.45, 0.055),
    text_from=0.66,
    text_chroma=0.15,
    line_from=0.50,
)


@dataclass(frozen=True, slots=True)
class Palette:
    """The nine brand tokens of one theme as hex colours; app.css explains what each is for."""

    brand: str
    on_brand: str
    brand_hover: str
    brand_deep: str
    brand_soft: str
    brand_soft_2: str
    brand_text: str
    brand_line: str
    brand_edge: str

    def declarations(self) -> Iterator[str]:
        for name in self.__slots__:
            yield f"--{name.replace('_', '-')}: {getattr(self, name)};"


@dataclass(frozen=True, slots=True)
class _Shade:
    lightness: float
    chroma: float
    hue: float

    @property
    def hex(self) -> str:
        """Chroma gives way where sRGB ends."""
        color = _Color("oklch", [min(max(self.lightness, 0.0), 1.0), self.chroma, self.hue])
        return color.convert("srgb").fit(method="oklch-chroma").to_string(hex=True)

    def at(self, lightness: float, *, chroma: float | None = None) -> "_Shade":
        return _Shade(lightness, self.chroma if chroma is None else chroma, self.hue)

    def standing_out(self, *, against: tuple[str, ...], contrast: float, towards: int) -> str:
        """Moved lighter (`towards` 1) or darker (-1) until every contrast is met; white or black at the end."""
        lightness = self.lightness
        while 0 <= lightness <= 1:
            candidate = self.at(lightness).hex
            if least_contrast(candidate, against) >= contrast:
                return candidate
            lightness += towards * STEP
        return WHITE if towards > 0 else "#000000"


@lru_cache(maxsize=256)
def palettes(color: str) -> tuple[Palette, Palette]:
    """The light and the dark palette of a colour such as `#b5482a`."""
    shade = _shade(color)
    solid, on_solid = _solid(shade)
    return _palette(shade, solid, on_solid, LIGHT), _palette(shade, solid, on_solid, DARK)


@lru_cache(maxsize=256)
def style_sheet(color: str) -> str:
    """The palette as custom properties; dark twice, because a page may follow the system or say so itself."""
    light, dark = ("".join(f"\n  {line}" for line in palette.declarations()) for palette in palettes(color))
    return (
        f":root {{{light}\n}}\n\n"
        f"@media (prefers-color-scheme: dark) {{\n:root:not([data-theme=light]) {{{dark}\n}}\n}}\n\n"
        f":root[data-theme=dark] {{{dark}\n}}\n"
    )


@lru_cache(maxsize=256)
def style_name(color: str) -> str:
    """A file name that changes with the sheet, so that browsers may keep it for ever."""
    return f"{sha256(style_sheet(color).encode()).hexdigest()[:12]}.css"


def preview_sheet(color: str) -> str:
    """Both palettes side by side, for the page on which a merchant chooses."""
    light, dark = ("".join(f"\n  {line}" for line in palette.declarations()) for palette in palettes(color))
    return f".brand-preview--light {{{light}\n}}\n\n.brand-preview--dark {{{dark}\n}}\n"


def contrast_of(one: str, other: str) -> float:
    return _Color(one).contrast(other, method="wcag21")


def least_contrast(color: str, others: tuple[str, ...]) -> float:
    return min(contrast_of(color, other) for other in others)


def _shade(color: str) -> _Shade:
    lightness, chroma, hue = _Color(color).convert("oklch").coords()
    return _Shade(lightness, min(chroma, MOST_CHROMA), 0.0 if hue != hue else hue)


def _solid(shade: _Shade) -> tuple[str, str]:
    """The fill of buttons and the text on it: white where a little darkening is enough, ink on light colours."""
    plain = shade.hex
    if contrast_of(plain, WHITE) >= TEXT_CONTRAST:
        return plain, WHITE
    if shade.lightness < 0.70:
        return shade.standing_out(against=(WHITE,), contrast=TEXT_CONTRAST, towards=-1), WHITE
    return shade.standing_out(against=(INK,), contrast=TEXT_CONTRAST, towards=1), INK


def _palette(shade: _Shade, solid: str, on_solid: str, theme: Theme) -> Palette:
    fill = _shade(solid)
    keeps_contrast = -1 if on_solid == WHITE else 1
    hover = fill.at(fill.lightness + keeps_contrast * 0.05)
    deep = (
        fill.at(fill.lightness - 0.10, chroma=fill.chroma * 0.9)
        if on_solid == WHITE
        else fill.at(fill.lightness + 0.04, chroma=fill.chroma * 0.8)
    )
    soft, soft_2 = (_tint(shade, *tint) for tint in (theme.soft, theme.soft_2))
    nearer = min if theme.towards < 0 else max
    text = shade.at(nearer(shade.lightness, theme.text_from), chroma=min(shade.chroma, theme.text_chroma))
    line = shade.at(nearer(shade.lightness, theme.line_from)).standing_out(
        against=theme.surfaces, contrast=LINE_CONTRAST, towards=theme.towards
    )
    return Palette(
        brand=solid,
        on_brand=on_solid,
        brand_hover=hover.hex,
        brand_deep=deep.hex,
        brand_soft=soft,
        brand_soft_2=soft_2,
        brand_text=text.standing_out(
            against=(*theme.surfaces, soft, soft_2), contrast=TEXT_CONTRAST, towards=theme.towards
        ),
        brand_line=line,
        brand_edge=_edge(shade, solid, line, theme),
    )


def _edge(shade: _Shade, solid: str, line: str, theme: Theme) -> str:
    """The fill of progress bars and outlines: the solid colour where it stands out, else as near as can be."""
    others = (*theme.surfaces, theme.track)
    if least_contrast(solid, others) >= LINE_CONTRAST:
        return solid
    return shade.at(_shade(line).lightness).standing_out(against=others, contrast=LINE_CONTRAST, towards=theme.towards)


def _tint(shade: _Shade, lightness: float, share: float, most: float) -> str:
    return shade.at(lightness, chroma=min(shade.chroma * share, most)).hex
