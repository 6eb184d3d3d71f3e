"""Images: what an upload really is, a drawn picture for the seed, and the inline preview (main-app.md §9)."""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass, field
from functools import cache

from PIL import Image, ImageDraw, UnidentifiedImageError

_SIGNATURES = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"BM", "image/bmp"),
)
# Laravel's `image` doesn't know SVG any more, the list of types that it is asked for besides does.
IMAGE_TYPES = ("image/jpeg", "image/png", "image/gif", "image/bmp", "image/webp")
ALLOWED_TYPES = ("image/jpeg", "image/png", "image/gif", "image/svg+xml")


@dataclass(frozen=True)
class Picture:
    file_name: str
    mime_type: str
    content: bytes = field(repr=False)
    width: int | None
    height: int | None

    @property
    def is_damaged(self) -> bool:
        return self.width is None


def sniffed_type(content: bytes) -> str | None:
    """The image type by its first bytes, whatever the client declared; None when it is no image."""
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    if b"<svg" in content[:200]:
        return "image/svg+xml"
    return next((mime for signature, mime in _SIGNATURES if content.startswith(signature)), None)


def size_of(content: bytes) -> tuple[int, int] | tuple[None, None]:
    """Width and height in pixels, or None for a picture that can't be drawn."""
    try:
        with Image.open(io.BytesIO(content)) as image:
            image.load()
            return image.size
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError):
        return None, None


@cache
def drawn_picture(file_name: str = "portrait.jpg") -> Picture:
    """A small JPEG of a cat's face, for seeded pets."""
    image = Image.new("RGB", (320, 240), "#f3d9b1")
    draw = ImageDraw.Draw(image)
    draw.polygon([(100, 110), (120, 40), (160, 90)], fill="#8a5a36")
    draw.polygon([(220, 110), (200, 40), (160, 90)], fill="#8a5a36")
    draw.ellipse((90, 70, 230, 210), fill="#a06b40")
    draw.ellipse((125, 120, 145, 145), fill="#2f4f2f")
    draw.ellipse((175, 120, 195, 145), fill="#2f4f2f")
    draw.polygon([(152, 158), (168, 158), (160, 168)], fill="#d98880")
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=80)
    return Picture(file_name, "image/jpeg", buffer.getvalue(), 320, 240)


@cache
def inline_preview() -> str:
    """The `data:` image that the media library puts into every answer: kilobytes of no use to a client."""
    image = Image.new("RGB", (32, 32), "#b98a5e")
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=90)
    inner = base64.b64encode(buffer.getvalue()).decode()
    svg = (
        '<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">\n'
        '<svg version="1.1" xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        'xml:space="preserve" x="0"\n y="0" viewBox="0 0 1600 1600">\n'
        f'\t<image width="1600" height="1600" xlink:href="data:image/jpeg;base64,{inner}">\n\t</image>\n</svg>'
    )
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode()
