"""Any colour a merchant chooses stays readable, in light and dark."""

from pathlib import Path

import pytest
from django.conf import settings
from hypothesis import example, given
from hypothesis import strategies as st

from tenants.brand import DARK, LIGHT, Palette, Theme, contrast_of, palettes, preview_sheet, style_name, style_sheet
from tenants.models import PRODUCT_COLOR

colors = st.integers(0, 0xFFFFFF).map("#{:06x}".format)


@given(colors)
@example("#ffffff")
@example("#000000")
@example("#ffe600")
@example("#808080")
@example("#00ff00")
def test_text_and_lines_stand_out_in_every_colour(color: str) -> None:
    for palette, theme in zip(palettes(color), (LIGHT, DARK), strict=True):
        assert _too_faint(palette, theme) == []


def _too_faint(palette: Palette, theme: Theme) -> list[str]:
    text = [(palette.on_brand, fill) for fill in (palette.brand, palette.brand_hover, palette.brand_deep)]
    text += [(palette.brand_text, ground) for ground in (*theme.surfaces, palette.brand_soft, palette.brand_soft_2)]
    lines = [(palette.brand_line, surface) for surface in theme.surfaces]
    lines += [(palette.brand_edge, ground) for ground in (*theme.surfaces, theme.track)]
    faint = [f"text {one} on {other}" for one, other in text if contrast_of(one, other) < 4.5]
    return faint + [f"line {one} on {other}" for one, other in lines if contrast_of(one, other) < 3]


def test_a_colour_that_is_dark_enough_is_kept_as_it_is() -> None:
    assert [palette.brand for palette in palettes("#b5482a")] == ["#b5482a", "#b5482a"]


def test_the_name_of_a_sheet_changes_with_the_colour() -> None:
    assert style_name("#b5482a") != style_name("#5b3d8f")
    assert style_name("#b5482a") == style_name("#b5482a")


def test_the_product_wears_its_own_colour() -> None:
    """The one palette that is a file, because error pages of unknown hosts need it."""
    file = Path(settings.BASE_DIR) / "static" / "css" / "brand-product.css"
    assert file.read_text().partition("*/\n")[2] == style_sheet(PRODUCT_COLOR)


@pytest.mark.parametrize("selector", [".brand-preview--light {", ".brand-preview--dark {"])
def test_a_preview_shows_both_themes_at_once(selector: str) -> None:
    assert selector in preview_sheet("#ffe600")
