"""Vouchers to print and to hand on: ten business cards on an A4 page, each with the code that leads to enrolling."""

import atexit
import io
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from typing import Any, Final

import segno
from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from fontTools.ttLib import TTFont
from fontTools.varLib.instancer import instantiateVariableFont
from fpdf import FPDF
from fpdf.enums import Align

from legal.queries import business_details
from referrals.invitations import spelled
from referrals.links import link_of
from referrals.models import Channel, ReferralOffer, Side
from referrals.queries import rewards_of
from referrals.wording import conditions_in_words, gifts_in_words
from team.brand import logo_called
from tenants.brand import INK, palettes
from tenants.scope import current_tenant

# In millimetres: the usual business card, and where ten of them stand on a page.
CARD: Final = (85.0, 55.0)
PAGE: Final = (210.0, 297.0)
COLUMNS, ROWS = 2, 5
LEFT, TOP = (PAGE[0] - COLUMNS * CARD[0]) / 2, (PAGE[1] - ROWS * CARD[1]) / 2
MARK: Final = 6.0
BAND: Final = 12.0
EDGE: Final = 4.5
QR: Final = 27.0
TEXT: Final = CARD[0] - 2 * EDGE - QR - 4
GREY: Final = "#454d5a"
# What has no simpler letter inside of it; the space before a currency keeps its line.
INSTEAD: Final = str.maketrans("ŁłĐđ\N{NARROW NO-BREAK SPACE}", "LlDd\N{NO-BREAK SPACE}")
_FONT: Final = settings.BASE_DIR / "static" / "vendor" / "inter" / "inter-latin-wght-normal.woff2"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Face:
    """What stands on a card."""

    shop: str
    logo: bytes | None
    brand: str
    on_brand: str
    heading: str
    gift: str
    conditions: str
    code: str
    hint: str
    link: str
    imprint: str


def voucher_sheet(*, offer: ReferralOffer, code: str, name: str = "") -> bytes:
    """A PDF of ten equal vouchers in the language that is active; `name` is the first name of whoever invites."""
    face = _face(offer, code, name)
    sheet = FPDF(unit="mm", format="A4")
    sheet.set_auto_page_break(False)
    sheet.set_margin(0)
    sheet.c_margin = 0
    sheet.set_title(f"{face.shop} – {face.gift}")
    sheet.set_lang((get_language() or "de").partition("-")[0])
    for style, weight in (("", 450), ("B", 700)):
        sheet.add_font("Inter", style=style, fname=_cut(weight))
    sheet.add_page()
    for number in range(COLUMNS * ROWS):
        row, column = divmod(number, COLUMNS)
        _draw_card(sheet, face, LEFT + column * CARD[0], TOP + row * CARD[1])
    _draw_cut_marks(sheet)
    return bytes(sheet.output())


def sheet_name(code: str) -> str:
    """For whoever saves it."""
    return _("invitation") + f"-{spelled(code)}.pdf"


def _face(offer: ReferralOffer, code: str, name: str) -> _Face:
    tenant, rewards, details = current_tenant(), rewards_of(offer), business_details()
    light, _dark = palettes(tenant.brand_color)
    logo = logo_called(tenant.logo_hash) if tenant.logo_hash else None
    friend, referrer = gifts_in_words(offer, rewards)
    who = name or _("Who invites you")
    lines = [_("%(name)s gets %(gift)s.") % {"name": who, "gift": referrer}] if referrer else []
    lines += conditions_in_words(offer, to=Side.FRIEND)
    place = (details.company, details.street, f"{details.postcode} {details.city}") if details else (tenant.name,)
    terms = _("Terms: %(address)s") % {"address": f"{tenant.host}/legal/terms/"}
    return _Face(
        shop=tenant.name,
        logo=bytes(logo.large) if logo else None,
        brand=light.brand,
        on_brand=light.on_brand,
        heading=_("%(name)s invites you") % {"name": name} if name else _("Invitation"),
        gift=_("%(gift)s for you") % {"gift": friend} if friend else _("Get to know us"),
        conditions=" ".join(lines),
        code=spelled(code),
        hint=_("Scan the code, or say it at the till."),
        link=link_of(code, channel=Channel.PAPER),
        imprint=" · ".join([", ".join(part for part in place if part), terms]),
    )


def _draw_card(sheet: FPDF, face: _Face, left: float, top: float) -> None:
    width, height = CARD
    sheet.set_fill_color(face.brand)
    sheet.rect(left, top, width, BAND, style="F")
    indent = EDGE
    if face.logo:
        sheet.set_fill_color("#ffffff")
        sheet.rect(left + EDGE, top + 1.5, 9, 9, style="F", round_corners=True, corner_radius=2)
        sheet.image(io.BytesIO(face.logo), left + EDGE + 0.75, top + 2.25, 7.5, 7.5)
        indent += 11
    _write(sheet, face.shop, (left + indent, top), (width - indent - EDGE, BAND), size=13, bold=True, ink=face.on_brand)
    _draw_text(sheet, face, left + EDGE, top + BAND + 3)
    right = left + width - EDGE - QR
    _draw_code(sheet, face.link, right, top + BAND + 3)
    below = top + BAND + 3 + QR
    _write(sheet, face.code, (right - 2, below + 1.2), (QR + 4, 5), size=13, bold=True, align=Align.C)
    _write(sheet, face.imprint, (left + EDGE, top + height - 5), (width - 2 * EDGE, 3), size=5, ink=GREY)


def _draw_text(sheet: FPDF, face: _Face, left: float, top: float) -> None:
    _write(sheet, face.heading, (left, top), (TEXT, 4), size=8, ink=GREY)
    used = _write(sheet, face.gift, (left, top + 4.5), (TEXT, 11), size=15, bold=True, align=Align.L, lines=True)
    below = 4.5 + used + 1.5
    _write(sheet, face.conditions, (left, top + below), (TEXT, 29 - below), size=7, ink=GREY, lines=True)
    _write(sheet, face.hint, (left, top + 30), (TEXT, 3), size=6.5, bold=True)


def _write(
    sheet: FPDF,
    text: str,
    at: tuple[float, float],
    box: tuple[float, float],
    *,
    size: float,
    bold: bool = False,
    ink: str = INK,
    align: Align = Align.L,
    lines: bool = False,
) -> float:
    """In a box, as large as it fits: on one line in its middle, or on several from its top. How high it has become."""
    text, (width, height) = _printable(text), box
    sheet.set_text_color(ink)
    while True:
        sheet.set_font("Inter", "B" if bold else "", size)
        needed = size * 0.3528 * 1.22
        if lines:
            rows: Any = sheet.multi_cell(width, needed, text, dry_run=True, output="LINES", align=align)
            used = len(rows) * needed
            fits = used <= height and max(map(sheet.get_string_width, text.split()), default=0) <= width
        else:
            used, fits = height, sheet.get_string_width(text) <= width
        if fits or size <= 3.5:
            break
        size -= 0.25
    sheet.set_xy(*at)
    if lines:
        sheet.multi_cell(width, needed, text, align=align)
    else:
        sheet.cell(width, height, text, align=align)
    return used


def _draw_code(sheet: FPDF, text: str, left: float, top: float) -> None:
    """As areas, which stay sharp in print."""
    matrix = segno.make_qr(text, error="m").matrix
    step = QR / len(matrix)
    sheet.set_fill_color(INK)
    for row, modules in enumerate(matrix):
        column = 0
        while column < len(modules):
            end = column
            while end < len(modules) and modules[end] & 1:
                end += 1
            if end > column:
                # A hair taller, so that no light shines through between two rows.
                sheet.rect(left + column * step, top + row * step, (end - column) * step, step * 1.02, style="F")
            column = end + 1


def _draw_cut_marks(sheet: FPDF) -> None:
    sheet.set_draw_color("#8a93a0")
    sheet.set_line_width(0.15)
    bottom, right = PAGE[1] - TOP, PAGE[0] - LEFT
    for x in (LEFT + column * CARD[0] for column in range(COLUMNS + 1)):
        sheet.line(x, TOP - 2 - MARK, x, TOP - 2)
        sheet.line(x, bottom + 2, x, bottom + 2 + MARK)
    for y in (TOP + row * CARD[1] for row in range(ROWS + 1)):
        sheet.line(LEFT - 2 - MARK, y, LEFT - 2, y)
        sheet.line(right + 2, y, right + 2 + MARK, y)


@lru_cache
def _cut(weight: int) -> Path:
    """The font in one weight, made once in each process: seconds otherwise, for each sheet."""
    folder = Path(mkdtemp(prefix="voucher-font-"))
    atexit.register(rmtree, folder, ignore_errors=True)
    with TTFont(_FONT) as font:
        for table in ("GDEF", "GPOS", "GSUB"):
            del font[table]
        instantiateVariableFont(font, {"wght": weight}, inplace=True)
        font.flavor = None
        font.save(folder / f"{weight}.ttf")
    return folder / f"{weight}.ttf"


def _printable(text: str) -> str:
    """A letter that the font lacks is printed without its mark: Ş as S."""
    return "".join(letter if ord(letter) in _letters() else _plain(letter) for letter in text.translate(INSTEAD))


def _plain(letter: str) -> str:
    return "".join(one for one in unicodedata.normalize("NFKD", letter) if ord(one) in _letters()) or " "


@lru_cache(maxsize=1)
def _letters() -> frozenset[int]:
    with TTFont(_FONT, lazy=True) as font:
        return frozenset(font.getBestCmap())
