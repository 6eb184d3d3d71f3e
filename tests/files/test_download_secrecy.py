"""Whoever has the link has the file: it must not turn up in a message, a log or a traceback."""

import logging
import traceback

import pytest

from mainapp.http.connection import Deadline
from petstools.files.download import download
from petstools.files.refusals import MESSAGES, FileRefused, RefusalCode
from tests.files.file_host import SECRET, FileHost, Names, reference


@pytest.mark.parametrize("case", ["good", "expired", "redirect", "garbage", "port", "host", "scheme", "drip"])
def test_the_link_is_told_to_nobody(case: str, file_host: FileHost, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    file_host.serve("/good", b"picture")
    file_host.serve("/expired", b"", status=403)
    file_host.serve("/redirect", b"", status=302, location=f"/good?{SECRET}")
    file_host.answers["/garbage"] = lambda handler: handler.wfile.write(f"{handler.path}\r\n".encode())
    file_host.serve("/drip", b"x", content_length="9")
    links = {
        "port": f"https://files.test:{SECRET}/a",
        "host": f"https://evil.example/a?{SECRET}",
        "scheme": f"http://files.test/a?{SECRET}",
    }
    sent = reference(links[case]) if case in links else file_host.link(f"/{case}")
    told = [repr(sent), str(sent)]

    try:
        told.append(repr(download(sent, deadline=Deadline(5), limits=file_host.limits())))
    except FileRefused as refused:
        told += [refused.message, repr(refused), "".join(traceback.format_exception(refused))]
    told += [record.getMessage() + repr(vars(record)) for record in caplog.records]

    assert bool(caplog.records) is (case != "good")
    assert not [text for text in told if "S3cretCapability" in text]


def test_every_refusal_says_what_to_do_next(names: Names) -> None:
    assert set(MESSAGES) == set(RefusalCode)
    assert all("person" in message for code, message in MESSAGES.items() if code is not RefusalCode.DOWNLOAD_FAILED)
    assert max(map(len, MESSAGES.values())) <= 250
