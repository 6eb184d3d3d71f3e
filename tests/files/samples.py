"""Sample files, made when asked for: pictures that can be recognised after conversion, and PDFs by hand."""

import io
import random
from typing import Any

import pillow_heif
from PIL import Image

MARK = "Camera-That-Tells"
GPS_IFD = 0x8825

pillow_heif.register_heif_opener()


def corners(width: int = 64, height: int = 48, mode: str = "RGB") -> Image.Image:
    """Red top left, green top right, blue bottom left, white bottom right."""
    image = Image.new("RGB", (width, height), "white")
    image.paste("red", (0, 0, width // 2, height // 2))
    image.paste("lime", (width // 2, 0, width, height // 2))
    image.paste("blue", (0, height // 2, width // 2, height))
    return image.convert(mode)


def corner_colours(image: Image.Image) -> list[str]:
    """The corners of a picture, clockwise from the top left, as names."""
    image = image.convert("RGB")
    right, bottom = image.width - 4, image.height - 4
    names = {(1, 0, 0): "red", (0, 1, 0): "green", (0, 0, 1): "blue", (1, 1, 1): "white"}
    pixels = [image.getpixel(place) for place in ((3, 3), (right, 3), (right, bottom), (3, bottom))]
    return [names[tuple(int(value > 127) for value in pixel)] for pixel in pixels]  # type: ignore[union-attr, index]


def noise(width: int, height: int, seed: int = 1) -> Image.Image:
    """A picture that does not compress."""
    return Image.frombytes("RGB", (width, height), random.Random(seed).randbytes(width * height * 3))


def saved(image: Image.Image, file_format: str, **options: Any) -> bytes:
    target = io.BytesIO()
    image.save(target, file_format, **options)
    return target.getvalue()


def opened(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def telling_exif(orientation: int = 1) -> bytes:
    """EXIF with the camera's name, a position in Hanoi and an orientation."""
    exif = Image.Exif()
    exif[0x010F] = MARK
    exif[0x0112] = orientation
    exif.get_ifd(GPS_IFD).update({1: "N", 2: (21.0, 1.0, 42.0), 3: "E", 4: (105.0, 51.0, 15.0)})
    return exif.tobytes()


def pdf(*objects: bytes, trailer: bytes = b"") -> bytes:
    """A PDF of these objects, numbered from 1; object 1 is the catalogue."""
    body = bytearray(b"%PDF-1.7\n")
    offsets = []
    for number, content in enumerate(objects, 1):
        offsets.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    start = len(body)
    size = len(objects) + 1
    body += b"xref\n0 %d\n0000000000 65535 f \n%s" % (size, table)
    body += b"trailer\n<< /Size %d /Root 1 0 R %s >>\nstartxref\n%d\n%%%%EOF\n" % (size, trailer, start)
    return bytes(body)


def stream(content: bytes, attributes: bytes = b"") -> bytes:
    return b"<< /Length %d %s >>\nstream\n%s\nendstream" % (len(content), attributes, content)


def one_page(content: bytes, *more: bytes, resources: bytes = b"", box: bytes = b"0 0 200 100", **kwargs: Any) -> bytes:
    """A PDF with one page; `more` are objects 5 and on."""
    return pdf(
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [%s] /Contents 4 0 R /Resources << %s >> >>" % (box, resources),
        stream(content),
        *more,
        **kwargs,
    )


def pages(count: int) -> bytes:
    """A PDF whose pages are red, green, blue, red, …"""
    colours = (b"1 0 0", b"0 1 0", b"0 0 1")
    kids = b" ".join(b"%d 0 R" % (3 + 2 * index) for index in range(count))
    objects = [b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [%s] /Count %d >>" % (kids, count)]
    for index in range(count):
        objects.append(b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 144 72] /Contents %d 0 R >>" % (4 + 2 * index))
        objects.append(stream(b"%s rg 0 0 144 72 re f" % colours[index % 3]))
    return pdf(*objects)


def locked_pdf() -> bytes:
    """A PDF encrypted under a password nobody knows (standard handler, ISO 32000-1 §7.6.3)."""
    owner, user = (random.Random(seed).randbytes(32).hex().encode() for seed in (1, 2))
    return one_page(
        b"0 0 10 10 re f",
        trailer=b"/Encrypt << /Filter /Standard /V 1 /R 2 /P -4 /O <%s> /U <%s> >> /ID [<00> <00>]" % (owner, user),
    )


def laughing_pdf() -> bytes:
    """Ten drawings, each of which draws the next ten times: ten thousand million rectangles in two kilobytes."""
    levels = 10
    forms = []
    for level in range(levels):
        last = level == levels - 1
        content = b"0 0 100 100 re f" if last else b"/X Do " * 10
        resources = b"" if last else b"/Resources << /XObject << /X %d 0 R >> >>" % (6 + level)
        forms.append(stream(content, b"/Type /XObject /Subtype /Form /BBox [0 0 200 100] " + resources))
    return one_page(b"/X Do", *forms, resources=b"/XObject << /X 5 0 R >>")
