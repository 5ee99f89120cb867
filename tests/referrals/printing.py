"""A sheet of vouchers as a printer puts it on paper: what a camera reads on it, and what people read."""

import pypdfium2
import zxingcpp
from PIL import Image

DOTS_PER_POINT = 300 / 72


def picture(sheet: bytes) -> Image.Image:
    """With 300 dots per inch."""
    with pypdfium2.PdfDocument(sheet) as document:
        assert len(document) == 1
        return document[0].render(scale=DOTS_PER_POINT).to_pil()


def codes_on(sheet: bytes) -> list[str]:
    return [read.text for read in zxingcpp.read_barcodes(picture(sheet))]


def text_on(sheet: bytes) -> str:
    with pypdfium2.PdfDocument(sheet) as document:
        return " ".join(document[0].get_textpage().get_text_range().split())
