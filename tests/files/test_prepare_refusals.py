"""Files that cannot go on, each with the reason a person can act on."""

import struct
import zlib

import pytest

from mainapp.http.connection import Deadline
from petstools.files.convert import prepare
from petstools.files.refusals import FileRefused, RefusalCode
from tests.files.samples import corners, noise, opened, saved

FORMATS = ["JPEG", "PNG", "GIF", "WEBP", "AVIF", "HEIF"]
HTML = b"<!DOCTYPE html><html><body><img src='cat.jpg'></body></html>"


@pytest.mark.parametrize(
    "data",
    [
        HTML,
        b"hello",
        b"\0" * 1000,
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"PK\x03\x04" + b"\0" * 100,
        b"%!PS-Adobe-3.0\n",
        b"\x7fELF" + b"\0" * 100,
        b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom",
        b"RIFF\0\0\0\0WAVE",
        b"BM" + b"\0" * 100,
        b"P6 10 10 255 " + b"\0" * 300,
        b"GIF",
    ],
)
def test_what_is_no_picture_is_refused(data: bytes) -> None:
    assert _refusal(data) is RefusalCode.NOT_A_PICTURE


@pytest.mark.parametrize(
    "head", [b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"RIFF\0\0\0\0WEBP", b"\0\0\0\x18ftypheic"]
)
def test_a_page_with_the_head_of_a_picture_is_damaged(head: bytes) -> None:
    assert _refusal(head + HTML) is RefusalCode.DAMAGED


@pytest.mark.parametrize("file_format", FORMATS)
@pytest.mark.parametrize("share", [0.3, 0.7, 0.95])
def test_a_picture_cut_short_is_refused(file_format: str, share: float) -> None:
    sent = saved(noise(200, 150), file_format)

    assert _refusal(sent[: int(len(sent) * share)]) is RefusalCode.DAMAGED


def test_an_empty_file_is_refused() -> None:
    assert _refusal(b"") is RefusalCode.EMPTY


def test_a_decompression_bomb_is_refused_before_it_is_decoded() -> None:
    """900 million pixels in a hundred kilobytes."""
    rows = zlib.compressobj(9)
    row = bytes(1 + 30_000 // 8)
    packed = b"".join(rows.compress(row) for _ in range(30_000)) + rows.flush()
    header = struct.pack(">IIBBBBB", 30_000, 30_000, 1, 0, 0, 0, 0)
    bomb = b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", packed) + _chunk(b"IEND", b"")
    assert len(bomb) < 200_000

    assert _refusal(bomb) is RefusalCode.TOO_MANY_PIXELS


@pytest.mark.parametrize(("width", "height"), [(65_500, 65_500), (2_000_000_000, 2), (2, 2_000_000_000)])
def test_a_picture_that_claims_a_huge_size_is_refused(width: int, height: int) -> None:
    header = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    claim = b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(b"")) + _chunk(b"IEND", b"")

    assert _refusal(claim) is RefusalCode.TOO_MANY_PIXELS


def test_a_jpeg_that_claims_a_huge_size_is_refused() -> None:
    sent = saved(corners(), "JPEG")
    place = sent.index(b"\xff\xc0") + 5

    assert (
        _refusal(sent[:place] + struct.pack(">HH", 65_500, 65_500) + sent[place + 4 :]) is RefusalCode.TOO_MANY_PIXELS
    )


def test_a_bomb_in_a_pngs_text_is_refused() -> None:
    texts = zlib.compress(b"\0" * 200_000_000, 9)
    sent = saved(corners(), "PNG")
    bomb = sent[:33] + _chunk(b"zTXt", b"Comment\0\0" + texts) + sent[33:]

    assert opened(sent).size == (64, 48)
    assert _refusal(bomb) in (RefusalCode.DAMAGED, RefusalCode.TOO_MANY_PIXELS)


def test_a_gif_with_thousands_of_large_frames_is_refused() -> None:
    head, tail = b"GIF89a" + struct.pack("<HHBBB", 4000, 4000, 0x80, 0, 0) + bytes(6), b"\x3b"
    frame = b"\x2c" + struct.pack("<HHHHB", 0, 0, 1, 1, 0) + b"\x02\x02\x44\x01\x00"

    assert _refusal(head + frame * 2000 + tail) is RefusalCode.TOO_MANY_PIXELS


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _refusal(data: bytes) -> RefusalCode:
    with pytest.raises(FileRefused) as refused:
        prepare(data, kind="medical_record", deadline=Deadline(20))
    return refused.value.code
