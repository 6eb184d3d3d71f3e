"""Pictures as the main app takes them: JPEG, PNG or GIF, upright, small enough, and telling nothing but what they show.

Their addresses are public without authentication (main-app.md §9.2), so where and when a photo was taken must not go
along. Every picture is written anew from its pixels and what of its profile is colour, which also drops whatever was hidden in it.
"""

import hashlib
import io
import math
from typing import Any

from PIL import AvifImagePlugin, Image, ImageOps, JpegImagePlugin

from petstools.files.conversion import gif, icc
from petstools.files.conversion.file_types import FileType
from petstools.files.conversion.protocol import ContentType, Rendered, Task, Unusable
from petstools.files.refusals import RefusalCode

_MAX_PIXELS = 66_000_000
# A JPEG can be decoded at a half, a quarter or an eighth of its size, so its pixels need not all be held at once.
_MAX_JPEG_PIXELS = 210_000_000
_MAX_GIF_PIXELS = 400_000_000
_QUALITIES = (90, 80, 70)
# A long screenshot is made no narrower than this, so that its text can still be read; it may be higher than max_side then.
_READABLE_WIDTH = 1000
_JPEG_END = b"\xff\xd9"
_KEPT_INFO = ("icc_profile", "transparency")

AvifImagePlugin.DEFAULT_MAX_THREADS = 1
# Pillow's own bound is one for all formats, and below what a JPEG may have here.
Image.MAX_IMAGE_PIXELS = None


def load_heif() -> None:
    """Let Pillow open HEIC and HEIF. Costs 30 ms, so only for files that are."""
    import pillow_heif

    pillow_heif.register_heif_opener(thumbnails=False, depth_images=False, aux_images=False, decode_threads=1)


def convert(data: bytes, file_type: FileType, task: Task) -> Rendered:
    """One picture the main app takes. Raises Unusable."""
    if file_type == "JPEG" and _JPEG_END not in data[-64:]:
        data = _with_its_end(data)
    image = _opened(data, file_type)
    # A JPEG's or HEIC's further pictures are previews and depth maps, not a movement.
    animated = file_type not in ("JPEG", "HEIF") and getattr(image, "is_animated", False)
    if file_type == "GIF" and max(image.size) <= task.max_side:
        stripped = gif.without_metadata(data)
        _check_frames(stripped, image)
        if len(stripped) < task.max_bytes:
            return Rendered(stripped, "image/gif", image.width, image.height)
    upright, options = _decoded(image, file_type, task)
    lossless = file_type in ("PNG", "GIF") and len(data) < task.max_bytes
    return fitted(upright, task, lossless=lossless, jpeg_options=options, still=animated)


def fitted(
    image: Image.Image,
    task: Task,
    *,
    lossless: bool = False,
    jpeg_options: dict[str, Any] | None = None,
    page: int | None = None,
    page_count: int | None = None,
    still: bool = False,
) -> Rendered:
    """The picture written under the task's bounds: as PNG where that fits and is wanted, else as JPEG."""
    image = _scaled(image, task.max_side)
    while True:
        for content_type, options in _attempts(lossless, jpeg_options):
            written = _written(image, content_type, options)
            if len(written) < task.max_bytes:
                return Rendered(written, content_type, image.width, image.height, page, page_count, still)
        if max(image.size) < 64:
            raise Unusable(RefusalCode.TOO_LARGE)
        image = _scaled(image, max(image.size) * 3 // 4)
        jpeg_options = None


def _attempts(lossless: bool, jpeg_options: dict[str, Any] | None) -> list[tuple[ContentType, dict[str, Any]]]:
    attempts: list[tuple[ContentType, dict[str, Any]]] = [("image/png", {})] if lossless else []
    if jpeg_options:
        attempts.append(("image/jpeg", jpeg_options))
    return attempts + [("image/jpeg", {"quality": quality}) for quality in _QUALITIES]


def _with_its_end(data: bytes) -> bytes:
    """A JPEG that lacks nothing but its end marker, with one; any other as it is, so that decoding it fails (ITU-T T.81 B.2.1).

    Whatever stands behind the last coded block is passed over, and changes the picture where blocks are missing.
    """
    seen = set()
    for behind in (b"", b"\x55" * 64, b"\xaa" * 64):
        ended = data + behind + _JPEG_END
        image = _opened(ended, "JPEG")
        if image.width * image.height > _MAX_PIXELS:
            raise Unusable(RefusalCode.TOO_MANY_PIXELS)
        seen.add(hashlib.sha256(image.tobytes()).digest())
    return data + _JPEG_END if len(seen) == 1 else data


def _opened(data: bytes, file_type: FileType) -> Image.Image:
    image = Image.open(io.BytesIO(data), formats=[file_type])
    if image.width * image.height > (_MAX_JPEG_PIXELS if file_type == "JPEG" else _MAX_PIXELS):
        raise Unusable(RefusalCode.TOO_MANY_PIXELS)
    return image


def _decoded(image: Image.Image, file_type: FileType, task: Task) -> tuple[Image.Image, dict[str, Any] | None]:
    """The pixels, upright, and how to write them as JPEG without losing more than the sender's own compression did."""
    options: dict[str, Any] | None = None
    if isinstance(image, JpegImagePlugin.JpegImageFile):
        # draft() reduces by as much as leaves both sides at least this long, so nothing that stays is lost.
        image.draft(None, _size_within(image, task.max_side))
        options = {
            "qtables": image.quantization,
            "subsampling": int(JpegImagePlugin.get_sampling(image)),
            "progressive": "progressive" in image.info,
        }
    if image.width * image.height > _MAX_PIXELS:
        raise Unusable(RefusalCode.TOO_MANY_PIXELS)
    image.load()
    ImageOps.exif_transpose(image, in_place=True)
    image.info = {key: value for key, value in image.info.items() if key in _KEPT_INFO}
    if image.mode not in ("L", "RGB") or len(options["qtables"] if options else []) > 2:
        options = None
    return image, options


def _check_frames(data: bytes, first: Image.Image) -> None:
    frames = getattr(first, "n_frames", 1)
    if frames * first.width * first.height > _MAX_GIF_PIXELS:
        raise Unusable(RefusalCode.TOO_MANY_PIXELS)
    again = Image.open(io.BytesIO(data), formats=["GIF"])
    for frame in range(frames):
        again.seek(frame)
        again.load()


def _scaled(image: Image.Image, max_side: int) -> Image.Image:
    size = _size_within(image, max_side)
    if size == image.size:
        return image
    if image.mode in ("P", "1") or image.mode.startswith("I"):
        image = _plain(image)
    info = image.info
    image = image.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)
    image.info = info
    return image


def _size_within(image: Image.Image, max_side: int) -> tuple[int, int]:
    """The longest side is max_side at most; a high picture keeps a width that can be read while it has no more pixels than max_side
    squared."""
    width, height = image.size
    ratio = max_side / max(width, height)
    if height > width:
        ratio = max(ratio, min(_READABLE_WIDTH / width, max_side / math.sqrt(width * height)))
    ratio = min(1.0, ratio)
    return max(1, round(image.width * ratio)), max(1, round(image.height * ratio))


def _plain(image: Image.Image) -> Image.Image:
    """The picture in a mode that can be scaled and blended."""
    if image.has_transparency_data:
        return image.convert("RGBA")
    return image.convert("L" if image.mode in ("1", "I;16", "I") else "RGB")


def _written(image: Image.Image, content_type: ContentType, options: dict[str, Any]) -> bytes:
    target = io.BytesIO()
    # The profile of a CMYK picture says nothing about the RGB one that is made of it.
    colours = None if image.mode == "CMYK" else image.info.get("icc_profile")
    profile = icc.without_metadata(colours) if colours else None
    if content_type == "image/png":
        image.save(target, "PNG", icc_profile=profile)
    else:
        _flat(image).save(target, "JPEG", icc_profile=profile, optimize=True, **options)
    return target.getvalue()


def _flat(image: Image.Image) -> Image.Image:
    """The picture on white, as JPEG has no transparency."""
    if image.has_transparency_data:
        layer = image.convert("RGBA")
        ground = Image.new("RGBA", layer.size, "white")
        return Image.alpha_composite(ground, layer).convert("RGB")
    if image.mode in ("L", "RGB"):
        return image
    return _plain(image)
