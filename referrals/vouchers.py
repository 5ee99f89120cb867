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
from django.utils.text import capfirst
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from fontTools.ttLib import TTFont
from fontTools.varLib.instancer import instantiateVariableFont
from fpdf import FPDF
from fpdf.enums import Align
from PIL import Image, ImageStat

from legal.queries import business_details
from referrals.invitations import spelled
from referrals.links import link_of
from referrals.models import Channel, ReferralOffer, Side
from referrals.queries import rewards_of
from referrals.wording import conditions_in_words, gifts_in_words
from team.brand import logo_called
from tenants.brand import INK, WHITE, palettes
from tenants.scope import current_tenant

# In millimetres: the usual business card, and where ten of them stand on a page.
CARD: Final = (85.0, 55.0)
PAGE: Final = (210.0, 297.0)
COLUMNS, ROWS = 2, 5
LEFT, TOP = (PAGE[0] - COLUMNS * CARD[0]) / 2, (PAGE[1] - ROWS * CARD[1]) / 2
MARK: Final = 6.0
BAND: Final = 12.0
EDGE: Final = 4.5
# The box of a logo in the band: a square one fills its height, a wide one is as wide as lettering can be read.
LOGO: Final = (30.0, 7.5)
AROUND_LOGO: Final = 0.75
QR: Final = 27.0
TEXT: Final = CARD[0] - 2 * EDGE - QR - 4
GREY: Final = "#454d5a"
# From 0 for black to 255 for white: what is lighter on the whole cannot be seen on white.
PALE: Final = 185
# Of 255; a stored picture has few colours, and what was opaque is nearly so.
OPAQUE: Final = 250
# Of letters; what several rewards are called is not always as short as a card.
LONGEST_GIFT: Final = 90
# What has no simpler letter inside of it; the space before a currency keeps its line.
INSTEAD: Final = str.maketrans("ŁłĐđ\N{NARROW NO-BREAK SPACE}", "LlDd\N{NO-BREAK SPACE}")
_FONT: Final = settings.BASE_DIR / "static" / "vendor" / "inter" / "inter-latin-wght-normal.woff2"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sign:
    """A logo without the empty space around it, as large as it fits, and on what it can be seen."""

    picture: Image.Image
    width: float
    height: float
    plate: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Face:
    """What stands on a card."""

    shop: str
    sign: _Sign | None
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
        left, top = LEFT + column * CARD[0], TOP + row * CARD[1]
        with sheet.rect_clip(left, top, *CARD):
            _draw_card(sheet, face, left, top)
    _draw_cut_marks(sheet)
    return bytes(sheet.output())


def sheet_name(code: str) -> str:
    """For whoever saves it."""
    return _("invitation") + f"-{spelled(code)}.pdf"


def _face(offer: ReferralOffer, code: str, name: str) -> _Face:
    tenant, rewards, details = current_tenant(), rewards_of(offer), business_details()
    light, _dark = palettes(tenant.brand_color)
    logo = logo_called(tenant.logo_hash) if tenant.logo_hash else None
    friend, referrer = (_short(gift) for gift in gifts_in_words(offer, rewards))
    who = name or _("Who invites you")
    lines = [_("%(name)s gets %(gift)s.") % {"name": who, "gift": referrer}] if referrer else []
    lines += conditions_in_words(offer, to=Side.FRIEND)
    place = (details.company, details.street, f"{details.postcode} {details.city}") if details else (tenant.name,)
    terms = _("Terms: %(address)s") % {"address": f"{tenant.host}/legal/terms/"}
    terms = terms.replace(" ", "\N{NO-BREAK SPACE}")
    return _Face(
        shop=tenant.name,
        sign=_sign_of(bytes(logo.large)) if logo else None,
        brand=light.brand,
        on_brand=light.on_brand,
        heading=_("%(name)s invites you") % {"name": name} if name else _("Invitation"),
        gift=capfirst(_("%(gift)s for you") % {"gift": friend}) if friend else _("Get to know us"),
        conditions=" ".join(lines),
        code=spelled(code),
        hint=_("Scan the code, or say it at the till."),
        link=link_of(code, channel=Channel.PAPER),
        imprint=" · ".join([", ".join(part for part in place if part), terms]),
    )


def _short(gift: str) -> str:
    """A single reward is never called so much."""
    return _("one of several rewards") if len(gift) > LONGEST_GIFT else gift


def _sign_of(logo: bytes) -> _Sign | None:
    """None where nothing of it can be seen."""
    picture = Image.open(io.BytesIO(logo)).convert("RGBA")
    seen = picture.getchannel("A").getbbox()
    if seen is None:
        return None
    picture = picture.crop(seen)
    scale = min(LOGO[0] / picture.width, LOGO[1] / picture.height)
    return _Sign(
        picture=picture, width=picture.width * scale, height=picture.height * scale, plate=_plate_under(picture)
    )


def _plate_under(picture: Image.Image) -> str:
    """A picture without holes goes on in the colour of its corner; anything else stands on white, pale ones on ink."""
    alpha = picture.getchannel("A")
    if min(alpha.tobytes()) >= OPAQUE:
        return f"#{picture.convert('RGB').crop((0, 0, 1, 1)).tobytes().hex()}"
    lightness = ImageStat.Stat(picture.convert("L"), mask=alpha).mean[0]
    return INK if lightness > PALE else WHITE


def _draw_card(sheet: FPDF, face: _Face, left: float, top: float) -> None:
    width, height = CARD
    sheet.set_fill_color(face.brand)
    sheet.rect(left, top, width, BAND, style="F")
    indent = EDGE + (_draw_sign(sheet, face.sign, left + EDGE, top) + 2 if face.sign else 0)
    name = (width - indent - EDGE, BAND - 2)
    _write(
        sheet, face.shop, (left + indent, top + 1), name, size=13, bold=True, ink=face.on_brand, lines=True, middle=True
    )
    _draw_text(sheet, face, left + EDGE, top + BAND + 3)
    right = left + width - EDGE - QR
    _draw_code(sheet, face.link, right, top + BAND + 3)
    below = top + BAND + 3 + QR
    _write(sheet, face.code, (right - 2, below + 1.2), (QR + 4, 5), size=13, bold=True, align=Align.C)
    imprint = (width - 2 * EDGE, 4.4)
    _write(sheet, face.imprint, (left + EDGE, top + height - 5.9), imprint, size=5, ink=GREY, lines=True, middle=True)


def _draw_sign(sheet: FPDF, sign: _Sign, left: float, top: float) -> float:
    """In the middle of a plate in the band; how wide the plate has become."""
    high = LOGO[1] + 2 * AROUND_LOGO
    wide, above = max(sign.width + 2 * AROUND_LOGO, high), top + (BAND - high) / 2
    sheet.set_fill_color(sign.plate)
    sheet.rect(left, above, wide, high, style="F", round_corners=True, corner_radius=2)
    at = (left + (wide - sign.width) / 2, above + (high - sign.height) / 2)
    sheet.image(sign.picture, *at, sign.width, sign.height)
    return wide


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
    middle: bool = False,
) -> float:
    """In a box, as large as it fits: on one line in its middle, or on several from its top or in its middle.

    How high it has become.
    """
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
    sheet.set_xy(at[0], at[1] + (max(height - used, 0) / 2 if lines and middle else 0))
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
