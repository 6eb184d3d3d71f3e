"""A colour profile without what it says of its maker (ICC.1:2022 §7): which screen or scanner, its serial number, calibrated when."""

import struct

# What colours are made of; all else are names, texts and makers' own tags.
_COLOUR = frozenset(b"rXYZ gXYZ bXYZ wtpt chad rTRC gTRC bTRC kTRC A2B0 A2B1 A2B2 B2A0 B2A1 B2A2".split())
_HEADER, _ENTRY = 128, struct.Struct(">4sII")
# Preferred software, date, platform and flags, device, creator, identity, and what is reserved.
_OF_THE_MAKER = ((4, 8), (24, 36), (40, 56), (80, 128))
_MOST_TAGS = 100


def without_metadata(profile: bytes) -> bytes | None:
    """The same colours, and nothing else; None for what is no profile."""
    count = int.from_bytes(profile[_HEADER : _HEADER + 4], "big")
    if profile[36:40] != b"acsp" or count > _MOST_TAGS:
        return None
    try:
        entries = [_ENTRY.unpack_from(profile, _HEADER + 4 + _ENTRY.size * at) for at in range(count)]
    except struct.error:
        return None
    tags = {name: profile[at : at + size] for name, at, size in entries if name in _COLOUR}
    header = bytearray(profile[:_HEADER])
    for first, behind in _OF_THE_MAKER:
        header[first:behind] = bytes(behind - first)
    table, body = len(tags).to_bytes(4, "big"), b""
    begin = _HEADER + 4 + _ENTRY.size * len(tags)
    places: dict[bytes, int] = {}
    for name, data in tags.items():
        # Red, green and blue often share one curve.
        if data not in places:
            places[data] = begin + len(body)
            body += data + bytes(-len(data) % 4)
        table += _ENTRY.pack(name, places[data], len(data))
    header[:4] = (begin + len(body)).to_bytes(4, "big")
    return bytes(header) + table + body if tags else None
