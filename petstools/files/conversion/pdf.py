"""The first pages of a PDF as pictures."""

import pypdfium2
from pypdfium2 import raw

from petstools.files.conversion import pictures
from petstools.files.conversion.protocol import Rendered, Task, Unusable
from petstools.files.refusals import RefusalCode

_DOTS_PER_INCH = 200
_POINTS_PER_INCH = 72


def convert(data: bytes, task: Task) -> list[Rendered]:
    """The first pages, at 200 dpi or less where a page would be longer than `max_side`. Raises Unusable."""
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        locked = error.err_code in (raw.FPDF_ERR_PASSWORD, raw.FPDF_ERR_SECURITY)
        raise Unusable(RefusalCode.LOCKED if locked else RefusalCode.DAMAGED) from error
    with document:
        page_count = len(document)
        if page_count < 1:
            raise Unusable(RefusalCode.DAMAGED)
        document.init_forms()
        return [_page(document, index, page_count, task) for index in range(min(page_count, task.max_pdf_pages))]


def _page(document: pypdfium2.PdfDocument, index: int, page_count: int, task: Task) -> Rendered:
    try:
        page = document[index]
        longest = max(page.get_size())
        if longest <= 0:
            raise Unusable(RefusalCode.DAMAGED)
        # One less: pdfium rounds both sides up.
        scale = min(_DOTS_PER_INCH / _POINTS_PER_INCH, (task.max_side - 1) / longest)
        image = page.render(scale=scale).to_pil().convert("RGB")
    except pypdfium2.PdfiumError as error:
        raise Unusable(RefusalCode.DAMAGED) from error
    return pictures.fitted(image, task, page=index + 1, page_count=page_count)
