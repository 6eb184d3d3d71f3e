"""What the web worker and the conversion process say to each other over two pipes.

To the process: one line of JSON (`Task`), then the file's bytes to the end. From it: one line of JSON, `{"refused":
code}` or `{"pictures": [...]}`, then the pictures' bytes one after another.
"""

import json
from dataclasses import asdict, dataclass, field
from typing import Literal, Self

from petstools.files.conversion.file_types import FileType, file_type
from petstools.files.refusals import RefusalCode

ContentType = Literal["image/jpeg", "image/png", "image/gif"]
EXTENSIONS: dict[ContentType, str] = {"image/jpeg": "jpg", "image/png": "png", "image/gif": "gif"}
_CONTENT_TYPES: dict[FileType | None, ContentType] = {"JPEG": "image/jpeg", "PNG": "image/png", "GIF": "image/gif"}


class Unusable(Exception):
    """The conversion process gives a file up, with the code to refuse it by."""

    def __init__(self, code: RefusalCode) -> None:
        self.code = code
        super().__init__(code.value)


@dataclass(frozen=True)
class Task:
    """How to convert one file: longest side in pixels, size in bytes that pictures stay under, pages of a PDF."""

    max_side: int
    max_bytes: int
    max_pdf_pages: int
    pdf_allowed: bool
    memory_bytes: int
    cpu_seconds: int

    def to_line(self) -> bytes:
        """One line of JSON."""
        return json.dumps(asdict(self)).encode() + b"\n"

    @classmethod
    def from_line(cls, line: bytes) -> Self:
        """The task in a line made by `to_line`."""
        return cls(**json.loads(line))


@dataclass(frozen=True)
class Rendered:
    """A picture as the process made it. page and page_count are those of a PDF, both None for a picture."""

    data: bytes = field(repr=False)
    content_type: ContentType
    width: int
    height: int
    page: int | None = None
    page_count: int | None = None
    still: bool = False


def pack(pictures: list[Rendered]) -> bytes:
    """The process's answer when it has pictures."""
    head = [{**{k: v for k, v in vars(p).items() if k != "data"}, "size": len(p.data)} for p in pictures]
    return json.dumps({"pictures": head}).encode() + b"\n" + b"".join(p.data for p in pictures)


def pack_refusal(code: RefusalCode) -> bytes:
    """The process's answer when it gives the file up."""
    return json.dumps({"refused": code.value}).encode() + b"\n"


def unpack(answer: bytes) -> list[Rendered]:
    """The pictures in an answer. Raises Unusable where the process gave up; ValueError, KeyError, TypeError or
    RecursionError for anything malformed.

    A file that took the process over can answer what it likes, so nothing is believed unchecked.
    """
    line, _, rest = answer.partition(b"\n")
    head = json.loads(line)
    if not isinstance(head, dict):
        raise TypeError("no head")
    if "refused" in head:
        raise Unusable(RefusalCode(head["refused"]))
    pictures = []
    for entry in head.get("pictures") or []:
        size, content_type = entry["size"], entry["content_type"]
        numbers = [size, entry["width"], entry["height"], entry["page"] or 1, entry["page_count"] or 1]
        if any(type(number) is not int or number < 1 for number in numbers):
            raise ValueError("malformed number")
        if size > len(rest) or _CONTENT_TYPES.get(file_type(rest)) != content_type:
            raise ValueError("malformed picture")
        pictures.append(
            Rendered(
                data=rest[:size],
                content_type=content_type,
                width=entry["width"],
                height=entry["height"],
                page=entry["page"],
                page_count=entry["page_count"],
                still=bool(entry["still"]),
            )
        )
        rest = rest[size:]
    if not pictures or rest:
        raise ValueError("malformed answer")
    return pictures
