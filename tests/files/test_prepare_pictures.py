"""What becomes of each kind of picture."""

import io
from typing import Any

import pytest
from PIL import Image, ImageCms

from mainapp.http.connection import Deadline
from petstools.files.convert import Picture, prepare
from tests.files.samples import corner_colours, corners, noise, opened, saved, telling_exif

UPRIGHT = ["red", "green", "white", "blue"]


@pytest.mark.parametrize(
    ("file_format", "content_type", "file_name"),
    [
        ("JPEG", "image/jpeg", "picture.jpg"),
        ("MPO", "image/jpeg", "picture.jpg"),
        ("PNG", "image/png", "picture.png"),
        ("GIF", "image/gif", "picture.gif"),
        ("WEBP", "image/jpeg", "picture.jpg"),
        ("HEIF", "image/jpeg", "picture.jpg"),
        ("AVIF", "image/jpeg", "picture.jpg"),
    ],
)
def test_it_becomes_what_the_main_app_takes(file_format: str, content_type: str, file_name: str) -> None:
    more = {"save_all": True, "append_images": [corners()]} if file_format == "MPO" else {}

    picture = _one(saved(corners(), file_format, **more))

    assert (picture.content_type, picture.file_name, picture.still) == (content_type, file_name, False)
    assert (picture.width, picture.height, picture.page, picture.page_count) == (64, 48, None, None)
    assert opened(picture.data).size == (64, 48)
    assert opened(picture.data).get_format_mimetype() == content_type  # type: ignore[attr-defined]
    assert corner_colours(opened(picture.data)) == UPRIGHT


@pytest.mark.parametrize(
    ("file_format", "orientation"),
    [
        *(("JPEG", orientation) for orientation in range(1, 9)),
        # How it is turned is the same in all; whether the mark is found at all is not.
        *((file_format, orientation) for file_format in ("PNG", "WEBP", "AVIF", "HEIF") for orientation in (5, 8)),
    ],
)
def test_it_is_turned_upright(file_format: str, orientation: int) -> None:
    turn_back = {
        1: None,
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }[orientation]
    as_taken = corners() if turn_back is None else corners().transpose(turn_back)

    picture = _one(saved(as_taken, file_format, exif=telling_exif(orientation)))

    assert (picture.width, picture.height) == (64, 48)
    assert corner_colours(opened(picture.data)) == UPRIGHT


def test_a_jpeg_keeps_its_quality_and_its_size() -> None:
    sent = saved(noise(64, 48).resize((640, 480)), "JPEG", quality=93, subsampling=0)

    picture = _one(sent)

    before, after = opened(sent), opened(picture.data)
    assert after.quantization == before.quantization  # type: ignore[attr-defined]
    assert 0.7 < len(picture.data) / len(sent) < 1.1
    differences = [abs(a - b) for a, b in zip(before.tobytes(), after.tobytes(), strict=True)]
    assert sum(differences) / len(differences) < 1


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_a_png_keeps_every_pixel(mode: str) -> None:
    sent = saved(Image.new("I;16", (8, 8), 40_000) if mode == "I;16" else corners(mode=mode), "PNG")

    picture = _one(sent)

    assert opened(picture.data).mode == opened(sent).mode
    assert opened(picture.data).tobytes() == opened(sent).tobytes()


def test_a_transparent_png_stays_transparent_and_a_transparent_webp_gets_a_white_ground() -> None:
    image = Image.new("RGBA", (32, 32), (255, 0, 0, 0))

    assert opened(_one(saved(image, "PNG")).data).getpixel((5, 5)) == (255, 0, 0, 0)
    assert min(opened(_one(saved(image, "WEBP")).data).getpixel((5, 5))) > 250  # type: ignore[arg-type]


def test_a_palette_png_keeps_its_transparent_colour() -> None:
    image = corners(mode="P")

    assert opened(_one(saved(image, "PNG", transparency=0)).data).info["transparency"] == 0


def test_the_colours_of_a_profile_stay() -> None:
    own = ImageCms.createProfile("sRGB")
    profile, lab = ImageCms.ImageCmsProfile(own).tobytes(), ImageCms.createProfile("LAB")

    for file_format in ("JPEG", "PNG", "WEBP", "HEIF", "AVIF"):
        kept = io.BytesIO(opened(_one(saved(corners(), file_format, icc_profile=profile)).data).info["icc_profile"])
        by_own, by_kept = (ImageCms.buildTransform(one, lab, "RGB", "LAB") for one in (own, kept))
        assert ImageCms.applyTransform(corners(), by_own) == ImageCms.applyTransform(corners(), by_kept)


def test_a_cmyk_jpeg_becomes_rgb() -> None:
    picture = _one(saved(corners(mode="CMYK"), "JPEG", icc_profile=b"a profile for ink"))

    assert opened(picture.data).mode == "RGB"
    assert "icc_profile" not in opened(picture.data).info
    assert corner_colours(opened(picture.data)) == UPRIGHT


def test_an_animated_gif_stays_animated() -> None:
    frames = [corners(), corners().rotate(180)]
    sent = saved(frames[0], "GIF", save_all=True, append_images=frames[1:], duration=[120, 70], loop=0)

    picture = _one(sent)

    after = opened(picture.data)
    assert (picture.content_type, picture.still) == ("image/gif", False)
    assert (after.n_frames, after.info["loop"], after.info["duration"]) == (2, 0, 120)  # type: ignore[attr-defined]
    after.seek(1)
    assert corner_colours(after) == ["white", "blue", "red", "green"]


@pytest.mark.parametrize("file_format", ["PNG", "WEBP", "AVIF"])
def test_of_another_animation_the_first_frame_is_left_and_said(file_format: str) -> None:
    sent = saved(corners(), file_format, save_all=True, append_images=[corners().rotate(180)], duration=100)

    picture = _one(sent)

    assert picture.still is True
    assert corner_colours(opened(picture.data)) == UPRIGHT
    assert not getattr(opened(picture.data), "is_animated", False)


@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "WEBP", "GIF"])
def test_a_picture_with_a_long_side_is_scaled(file_format: str) -> None:
    picture = _one(saved(corners(6000, 1500), file_format))

    assert (picture.width, picture.height) == (4096, 1024)
    assert opened(picture.data).size == (4096, 1024)
    assert corner_colours(opened(picture.data)) == UPRIGHT


def test_a_turned_picture_is_scaled_by_its_long_side() -> None:
    picture = _one(saved(corners(6000, 1500), "JPEG", exif=telling_exif(6)))

    assert (picture.width, picture.height) == (1024, 4096)


def test_an_animated_gif_that_is_too_wide_is_left_still() -> None:
    sent = saved(corners(5000, 100), "GIF", save_all=True, append_images=[corners(5000, 100).rotate(180)])

    picture = _one(sent)

    assert (picture.width, picture.still, picture.content_type) == (4096, True, "image/png")


@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "GIF", "HEIF"])
def test_no_picture_is_too_heavy_for_the_main_app(file_format: str, settings: Any) -> None:
    settings.FILE_MAX_PICTURE_BYTES = 100_000
    sent = saved(noise(600, 450), file_format)

    picture = _one(sent)

    assert len(sent) > 100_000
    assert len(picture.data) < 100_000
    assert opened(picture.data).size == (picture.width, picture.height)
    assert picture.width >= 300


def test_the_default_bounds_are_those_of_the_contract() -> None:
    picture = _one(saved(noise(2600, 2000), "PNG"))

    assert len(picture.data) < 9_500_000
    assert (picture.content_type, picture.width) == ("image/jpeg", 2600)


def test_a_200_megapixel_jpeg_goes_through_without_being_held_whole() -> None:
    picture = _one(saved(corners(16_000, 12_000, "L"), "JPEG"))

    assert (picture.width, picture.height) == (4096, 3072)


def test_a_photo_as_a_phone_takes_it_goes_through() -> None:
    """A JPEG with EXIF, XMP and a thumbnail: everything Pillow looks for only when a file has it."""
    target = io.BytesIO()
    xmp = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF tiff:Orientation='1'/></x:xmpmeta>"
    corners().save(target, "JPEG", exif=telling_exif(), xmp=xmp, comment=b"hello", dpi=(72, 72), progressive=True)

    assert corner_colours(opened(_one(target.getvalue()).data)) == UPRIGHT


def _one(data: bytes) -> Picture:
    (picture,) = prepare(data, kind="pet", deadline=Deadline(20))
    return picture


@pytest.mark.parametrize(("options", "size"), [({}, (200, 150)), ({"progressive": True}, (201, 151))])
def test_a_jpeg_without_its_end_marker_is_taken_whole(options: dict[str, Any], size: tuple[int, int]) -> None:
    """Some apps leave it out. One that lacks more stays damaged (test_prepare_refusals)."""
    sent = saved(noise(*size), "JPEG", **options)
    assert sent.endswith(b"\xff\xd9")

    assert opened(_one(sent[:-2]).data).tobytes() == opened(_one(sent).data).tobytes()


@pytest.mark.parametrize(
    ("size", "kept"), [((1080, 12000), (1000, 11111)), ((500, 9000), (500, 9000)), ((1080, 30000), (777, 21588))]
)
def test_a_long_screenshot_keeps_a_width_to_read(size: tuple[int, int], kept: tuple[int, int]) -> None:
    """As long as it has no more pixels than a square picture may have."""
    picture = _one(saved(Image.new("RGB", size), "PNG"))

    assert (picture.width, picture.height) == kept
