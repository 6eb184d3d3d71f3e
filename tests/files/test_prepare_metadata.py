"""Pictures in the main app are public by their address: they must not tell where, when or by whom they were taken."""

import pytest
from PIL import ImageCms, PngImagePlugin

from mainapp.http.connection import Deadline
from petstools.files.convert import prepare
from tests.files.samples import GPS_IFD, MARK, corner_colours, corners, opened, saved, telling_exif

XMP = f"<x:xmpmeta xmlns:x='adobe:ns:meta/'><a exif:GPSLatitude='21,1.7N'>{MARK}</a></x:xmpmeta>".encode()


@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "WEBP", "AVIF", "HEIF", "MPO"])
@pytest.mark.parametrize("orientation", [1, 6])
def test_exif_and_xmp_are_gone(file_format: str, orientation: int) -> None:
    options = {"save_all": True, "append_images": [corners()]} if file_format == "MPO" else {"xmp": XMP}
    sent = saved(corners(), file_format, exif=telling_exif(orientation), **options)
    assert opened(sent).getexif().get_ifd(GPS_IFD)
    assert MARK.encode() in sent

    data = _prepared(sent)

    assert MARK.encode() not in data
    assert not opened(data).getexif()
    assert set(opened(data).info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}


def test_a_heic_as_an_iphone_takes_it_arrives_upright_and_without_its_position() -> None:
    sent = saved(corners(320, 240), "HEIF", exif=telling_exif(6), xmp=XMP)

    data = _prepared(sent)

    assert opened(data).size == (240, 320)
    assert corner_colours(opened(data)) == ["blue", "red", "green", "white"]
    assert not opened(data).getexif().get_ifd(GPS_IFD)


def test_a_jpegs_comment_and_what_follows_its_end_are_gone() -> None:
    sent = saved(corners(), "JPEG", comment=MARK.encode()) + b"\0\0\0\x18ftypmp42" + MARK.encode()

    data = _prepared(sent)

    assert MARK.encode() not in data
    assert data.endswith(b"\xff\xd9")


def test_a_pngs_texts_and_what_follows_its_end_are_gone() -> None:
    texts = PngImagePlugin.PngInfo()
    texts.add_text("Author", MARK)
    texts.add_itxt("Comment", MARK)
    texts.add(b"prVt", MARK.encode())
    sent = saved(corners(), "PNG", pnginfo=texts) + f"<script>{MARK}</script>".encode()
    assert sent.count(MARK.encode()) == 4

    data = _prepared(sent)

    assert MARK.encode() not in data
    assert data.endswith(b"IEND\xaeB`\x82")


def test_a_gifs_comments_xmp_and_what_follows_its_end_are_gone() -> None:
    comment = b"\x21\xfe" + _block(MARK.encode())
    application = b"\x21\xff" + bytes([11]) + b"XMP DataXMP" + _block(MARK.encode())
    plain_text = b"\x21\x01" + bytes([12]) + bytes(12) + _block(MARK.encode())
    moving = saved(corners(), "GIF", save_all=True, append_images=[corners().rotate(180)], loop=3, duration=90)
    first_block = 13 + (3 << ((moving[10] & 7) + 1))
    sent = moving[:first_block] + comment + application + plain_text + moving[first_block:] + MARK.encode()

    data = _prepared(sent)

    assert data == moving
    assert opened(data).info["loop"] == 3


@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "WEBP", "AVIF", "HEIF"])
def test_a_profile_tells_of_colours_alone(file_format: str) -> None:
    """A screenshot's names the screen, its serial number and when it was calibrated."""
    named = "sRGB built-in".encode("utf-16-be")
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    assert named in profile
    profile[:] = profile.replace(named, MARK.encode().ljust(len(named)), 1)
    profile[48:56] = MARK[:8].encode()
    sent = saved(corners(), file_format, icc_profile=bytes(profile))

    kept = opened(_prepared(sent)).info["icc_profile"]

    assert MARK[:8].encode() not in kept
    assert kept[24:36] == bytes(12) != profile[24:36]
    assert len(kept) == int.from_bytes(kept[:4], "big") < len(profile)


@pytest.mark.parametrize(
    "profile",
    [
        MARK.encode() * 20,
        bytes(36) + b"acsp" + bytes(88) + b"\xff" * 4,
        bytes(36) + b"acsp" + bytes(88) + b"\0\0\0\x09" + MARK.encode(),
    ],
)
def test_what_is_no_profile_goes(profile: bytes) -> None:
    assert "icc_profile" not in opened(_prepared(saved(corners(), "PNG", icc_profile=profile))).info


def test_the_persons_file_name_goes_nowhere() -> None:
    (picture,) = prepare(saved(corners(), "PNG"), kind="pet", deadline=Deadline(10))

    assert picture.file_name == "picture.png"
    assert len(repr(picture)) < 200


def _block(data: bytes) -> bytes:
    return bytes([len(data)]) + data + b"\0"


def _prepared(data: bytes) -> bytes:
    (picture,) = prepare(data, kind="pet", deadline=Deadline(10))
    return picture.data
