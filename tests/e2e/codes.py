"""QR codes as a camera sees them."""

import base64

import segno
from playwright.sync_api import Error, Locator

# Reads the modules of a QR code off a picture of it: the quiet zone of two modules is part of the drawing.
_READ_PIXELS = """async ([picture, modules]) => {
  const image = new Image();
  image.src = "data:image/png;base64," + picture;
  await image.decode();
  const canvas = new OffscreenCanvas(image.width, image.height).getContext("2d", { willReadFrequently: true });
  canvas.drawImage(image, 0, 0);
  const step = image.width / (modules + 4);
  const dark = (row, column) => {
    const [red, green, blue] = canvas.getImageData((column + 2.5) * step, (row + 2.5) * step, 1, 1).data;
    return Number(red + green + blue < 384);
  };
  const line = [...Array(modules).keys()];
  return line.map((row) => line.map((column) => dark(row, column)));
}"""


def read_code(drawing: Locator) -> str:
    """What a camera sees, module by module, as rows of 0 and 1."""
    picture = base64.b64encode(_photograph(drawing)).decode()
    view = drawing.get_attribute("viewBox")
    assert view is not None
    modules = int(view.split()[2]) - 4
    rows = drawing.page.evaluate(_READ_PIXELS, [picture, modules])
    return "\n".join("".join(map(str, row)) for row in rows)


def _photograph(drawing: Locator) -> bytes:
    """Once more where the page has just put the next code in its place."""
    try:
        return drawing.screenshot()
    except Error:
        return drawing.screenshot()


def code_of(text: str) -> str:
    matrix = segno.make_qr(text, error="m").matrix
    return "\n".join("".join(str(module & 1) for module in row) for row in matrix)
