"""What a till's camera sees, as a film that Chromium plays instead of a camera."""

from pathlib import Path

import segno

WIDTH, HEIGHT = 640, 480
FRAMES = 5
GREY, BLACK, WHITE = b"\x80", b"\x10", b"\xeb"


def film(path: Path, *scenes: str) -> Path:
    """Scenes of a second each, over and over: a text is held before the camera as a QR code, an empty one is nobody."""
    with path.open("wb") as out:
        out.write(f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F{FRAMES}:1 Ip A1:1 C420jpeg\n".encode())
        for scene in scenes:
            out.write((b"FRAME\n" + picture(scene) + GREY * (WIDTH * HEIGHT // 2)) * FRAMES)
    return path


def picture(text: str) -> bytes:
    """The brightness of each point."""
    points = bytearray(GREY * (WIDTH * HEIGHT))
    if text:
        rows = [list(row) for row in segno.make_qr(text, error="m").matrix_iter(border=3)]
        side = 360 // len(rows)
        left, top = (WIDTH - side * len(rows)) // 2, (HEIGHT - side * len(rows)) // 2
        for number, row in enumerate(rows):
            line = b"".join((BLACK if dark else WHITE) * side for dark in row)
            for y in range(top + number * side, top + (number + 1) * side):
                points[y * WIDTH + left : y * WIDTH + left + len(line)] = line
    return bytes(points)
