"""A file of any sort the person has, as pictures the main app takes (main-app.md §9.1)."""

from dataclasses import dataclass, field
from typing import Literal

from mainapp.http.connection import Deadline
from petstools.files import worker
from petstools.files.conversion.protocol import EXTENSIONS, ContentType, Rendered
from petstools.files.refusals import FileRefused, RefusalCode

Target = Literal["pet", "vaccination", "medical_record"]


@dataclass(frozen=True)
class Picture:
    """One picture, ready to be uploaded: JPEG, PNG or GIF under 9.5 MB, upright, without metadata.

    width and height in pixels. page (from 1) and page_count are those of a PDF, None for a picture; page_count may be
    more than the pages rendered. still: the file moved, only its first frame is left.
    """

    data: bytes = field(repr=False)
    content_type: ContentType
    file_name: str
    width: int
    height: int
    page: int | None = None
    page_count: int | None = None
    still: bool = False


def prepare(data: bytes, *, kind: Target, deadline: Deadline) -> list[Picture]:
    """The pictures in a file: one, or a PDF's first pages in order.

    The type is told by the content alone. `kind` is what they are for: a pet's photo can't be a PDF.
    Raises FileRefused.
    """
    if not data:
        raise FileRefused(RefusalCode.EMPTY)
    task = worker.task_from_settings(pdf_allowed=kind != "pet")
    return [_picture(rendered) for rendered in worker.convert(data, task, deadline=deadline)]


def _picture(rendered: Rendered) -> Picture:
    # Not the person's own file name: it may tell more than they mean to, and the main app has no use for it.
    stem = "picture" if rendered.page is None else f"page-{rendered.page}"
    return Picture(file_name=f"{stem}.{EXTENSIONS[rendered.content_type]}", **vars(rendered))
