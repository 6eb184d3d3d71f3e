"""Why a file cannot go on, in words for the model."""

from enum import StrEnum


class RefusalCode(StrEnum):
    """Stable reasons; what the model reads is `FileRefused.message`."""

    LINK_NOT_ALLOWED = "link_not_allowed"
    LINK_EXPIRED = "link_expired"
    DOWNLOAD_FAILED = "download_failed"
    TIMED_OUT = "timed_out"
    TOO_LARGE = "too_large"
    EMPTY = "empty"
    NOT_A_PICTURE = "not_a_picture"
    DAMAGED = "damaged"
    LOCKED = "locked"
    TOO_MANY_PIXELS = "too_many_pixels"
    PDF_IS_NOT_A_PHOTO = "pdf_is_not_a_photo"
    CONVERSION_FAILED = "conversion_failed"


MESSAGES: dict[RefusalCode, str] = {
    RefusalCode.LINK_NOT_ALLOWED: (
        "The file's link does not lead to ChatGPT's file storage, so it was not opened. "
        "Ask the person to upload the file in this chat; links to other places can't be used."
    ),
    RefusalCode.LINK_EXPIRED: "The file's link has expired. Ask the person to send the file again.",
    RefusalCode.DOWNLOAD_FAILED: (
        "The file could not be fetched just now. Try once more; if it fails again, ask the person to send it again."
    ),
    RefusalCode.TIMED_OUT: (
        "Fetching or preparing the file took too long. Try again with this file alone; "
        "if it fails again, ask the person for a smaller one."
    ),
    RefusalCode.TOO_LARGE: "The file is too large. Ask the person for a smaller picture or a PDF with fewer pages.",
    RefusalCode.EMPTY: "The file is empty. Ask the person to send it again.",
    RefusalCode.NOT_A_PICTURE: (
        "The file is neither a picture nor a PDF, whatever its name says. "
        "JPEG, PNG, GIF, WebP, HEIC, AVIF and PDF work. Ask the person for one of these, for example a screenshot."
    ),
    RefusalCode.DAMAGED: (
        "The file is damaged or incomplete and can't be opened. "
        "Ask the person to send it again or to take a new photo or screenshot of it."
    ),
    RefusalCode.LOCKED: (
        "The PDF is locked with a password. Ask the person for a copy without a password or for photos of its pages; "
        "don't ask for the password."
    ),
    RefusalCode.TOO_MANY_PIXELS: (
        "The picture has more pixels than can be worked on. Ask the person for a smaller version or a screenshot of it."
    ),
    RefusalCode.PDF_IS_NOT_A_PHOTO: (
        "This is a PDF, and a pet's photo must be a picture. "
        "Ask the person for a picture, or whether the PDF belongs on one of the pet's medical records."
    ),
    RefusalCode.CONVERSION_FAILED: (
        "The file could not be turned into a picture. "
        "Ask the person for another version of it, for example a screenshot or a JPEG."
    ),
}


class FileRefused(Exception):
    """One file cannot be used.

    `code` is stable, `message` tells the model what happened and what to do. Neither ever holds the link: whoever
    has it has the file.
    """

    def __init__(self, code: RefusalCode, message: str | None = None) -> None:
        self.code = code
        self.message = message or MESSAGES[code]
        super().__init__(self.message)
