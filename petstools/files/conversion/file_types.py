"""What a file is, by its first bytes; its name and declared type are never asked."""

from typing import Literal

FileType = Literal["JPEG", "PNG", "GIF", "WEBP", "AVIF", "HEIF", "PDF"]

_AVIF_BRANDS = frozenset({b"avif", b"avis"})
_HEIF_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1"})


def file_type(data: bytes) -> FileType | None:
    """The type of a file, or None when it is none that is worked on. Sources: each format's signature; for AVIF and
    HEIF the `ftyp` box, ISO/IEC 14496-12 §4.3; for PDF ISO 32000-1 Annex H.3.4.1 (`%PDF-` within the first 1024 bytes).
    """
    if data.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if data.startswith((b"GIF87a", b"GIF89a")):
        return "GIF"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WEBP"
    if data[4:8] == b"ftyp":
        return _by_brand(data)
    if b"%PDF-" in data[:1024]:
        return "PDF"
    return None


def _by_brand(data: bytes) -> FileType | None:
    box = data[8 : min(int.from_bytes(data[:4], "big"), 256)]
    # Major brand, minor version, compatible brands: an AVIF may call itself mif1 first.
    brands = {box[:4]} | {box[i : i + 4] for i in range(8, len(box) - 3, 4)}
    if brands & _AVIF_BRANDS:
        return "AVIF"
    return "HEIF" if brands & _HEIF_BRANDS else None
