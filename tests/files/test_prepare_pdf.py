"""A PDF's first pages as pictures."""

from typing import Any

import pytest

from mainapp.http.connection import Deadline
from petstools.files.convert import prepare
from petstools.files.refusals import FileRefused, RefusalCode
from tests.files import samples


@pytest.mark.parametrize("kind", ["vaccination", "medical_record"])
def test_its_first_pages_are_rendered_in_order_at_200_dpi(kind: str) -> None:
    pictures = prepare(samples.pages(7), kind=kind, deadline=Deadline(20))  # type: ignore[arg-type]

    assert [(picture.page, picture.page_count, picture.file_name) for picture in pictures] == [
        (number, 7, f"page-{number}.jpg") for number in range(1, 6)
    ]
    assert {(picture.width, picture.height, picture.content_type) for picture in pictures} == {(400, 200, "image/jpeg")}
    colours = [samples.corner_colours(samples.opened(picture.data))[0] for picture in pictures]
    assert colours == ["red", "green", "blue", "red", "green"]


def test_the_number_of_pages_is_a_setting(settings: Any) -> None:
    settings.FILE_MAX_PDF_PAGES = 2

    assert len(prepare(samples.pages(3), kind="medical_record", deadline=Deadline(20))) == 2


def test_a_pdf_is_known_by_its_content_after_leading_bytes() -> None:
    assert len(prepare(b"\xef\xbb\xbf\r\n" + samples.pages(1), kind="medical_record", deadline=Deadline(20))) == 1


@pytest.mark.parametrize(("box", "size"), [(b"0 0 14400 7200", (4095, 2048)), (b"0 0 14400 1", (4095, 1))])
def test_a_huge_page_is_rendered_smaller(box: bytes, size: tuple[int, int]) -> None:
    (picture,) = prepare(samples.one_page(b"", box=box), kind="medical_record", deadline=Deadline(20))

    assert (picture.width, picture.height) == size


def test_a_form_that_was_filled_in_is_rendered_with_its_fields() -> None:
    appearance = samples.stream(b"1 0 0 rg 0 0 200 100 re f", b"/Type /XObject /Subtype /Form /BBox [0 0 200 100]")
    filled = samples.pdf(
        b"<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields [5 0 R] >> >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 100] /Contents 4 0 R /Annots [5 0 R] >>",
        samples.stream(b""),
        b"<< /Type /Annot /Subtype /Widget /FT /Tx /T (name) /V (Miu) /Rect [0 0 200 100] /F 4 /P 3 0 R "
        b"/AP << /N 6 0 R >> >>",
        appearance,
    )

    (picture,) = prepare(filled, kind="medical_record", deadline=Deadline(20))

    assert samples.corner_colours(samples.opened(picture.data)) == ["red"] * 4


def test_a_pdf_is_no_pet_photo() -> None:
    with pytest.raises(FileRefused) as refused:
        prepare(samples.pages(1), kind="pet", deadline=Deadline(20))

    assert refused.value.code is RefusalCode.PDF_IS_NOT_A_PHOTO


def test_a_locked_pdf_is_refused_and_its_password_not_asked_for() -> None:
    with pytest.raises(FileRefused) as refused:
        prepare(samples.locked_pdf(), kind="medical_record", deadline=Deadline(20))

    assert refused.value.code is RefusalCode.LOCKED
    assert "don't ask for the password" in refused.value.message


@pytest.mark.parametrize(
    "data",
    [
        b"%PDF-1.7\n",
        b"%PDF-1.7\n" + b"\xff" * 5000,
        samples.pages(3)[:400],
        samples.pdf(b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [] /Count 0 >>"),
        samples.pdf(b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [2 0 R] /Count 1 >>"),
    ],
    ids=["head only", "garbage", "cut", "no pages", "a circle of pages"],
)
def test_a_damaged_pdf_is_refused(data: bytes) -> None:
    with pytest.raises(FileRefused) as refused:
        prepare(data, kind="medical_record", deadline=Deadline(20))

    assert refused.value.code is RefusalCode.DAMAGED
