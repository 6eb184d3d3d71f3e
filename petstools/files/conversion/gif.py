"""GIF without what it says about its maker: comments, XMP and other application data (GIF89a specification §15-27)."""

from petstools.files.conversion.protocol import Unusable
from petstools.files.refusals import RefusalCode

_EXTENSION, _IMAGE, _TRAILER = 0x21, 0x2C, 0x3B
_GRAPHIC_CONTROL, _APPLICATION = 0xF9, 0xFF
_LOOPING = (b"NETSCAPE2.0", b"ANIMEXTS1.0")


def without_metadata(data: bytes) -> bytes:
    """The same frames and timing, byte for byte, and nothing else; what follows the trailer goes too.

    Re-encoding would need a new palette for each frame, so blocks are copied or left out. Raises Unusable (damaged).
    """
    try:
        position = 13 + _palette_size(data[10])
        kept = [data[:position]]
        while data[position] != _TRAILER:
            start = position
            if data[position] == _IMAGE:
                position = _end_of_blocks(data, start + 11 + _palette_size(data[start + 9]))
                kept.append(data[start:position])
            elif data[position] == _EXTENSION:
                position = _end_of_blocks(data, start + 2)
                if data[start + 1] == _GRAPHIC_CONTROL or _is_looping(data, start):
                    kept.append(data[start:position])
            else:
                raise Unusable(RefusalCode.DAMAGED)
    except IndexError:
        raise Unusable(RefusalCode.DAMAGED) from None
    return b"".join([*kept, bytes([_TRAILER])])


def _palette_size(packed: int) -> int:
    return 3 << ((packed & 0x07) + 1) if packed & 0x80 else 0


def _is_looping(data: bytes, start: int) -> bool:
    return data[start + 1] == _APPLICATION and data[start + 3 : start + 14] in _LOOPING


def _end_of_blocks(data: bytes, position: int) -> int:
    while length := data[position]:
        position += 1 + length
    return position + 1
