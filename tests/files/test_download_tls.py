"""The certificate is checked for the name in the link, though the connection goes to an address."""

from pathlib import Path

import pytest

from mainapp.http.connection import Deadline
from petstools.files.download import download
from petstools.files.refusals import FileRefused, RefusalCode
from tests.files.file_host import NAME, Authority, FileHost, Names


def test_the_server_is_asked_for_by_name(file_host: FileHost) -> None:
    file_host.serve("/a", b"picture")

    download(file_host.link("/a"), deadline=Deadline(5), limits=file_host.limits())

    assert file_host.server_names == [NAME]


@pytest.mark.parametrize("certificate_name", ["other.test", "127.0.0.1"])
def test_a_certificate_for_another_name_is_refused(certificate_name: str, authority: Authority, names: Names) -> None:
    host = FileHost(authority, certificate_name=certificate_name)
    host.serve("/a", b"picture")

    with pytest.raises(FileRefused) as refused:
        download(host.link("/a"), deadline=Deadline(5), limits=host.limits())
    host.close()

    assert refused.value.code is RefusalCode.DOWNLOAD_FAILED
    assert host.requests == []


def test_a_certificate_of_an_unknown_authority_is_refused(file_host: FileHost, tmp_path: Path) -> None:
    stranger = Authority(tmp_path)
    file_host.serve("/a", b"picture")

    for ca_file in (str(stranger.file), None):
        with pytest.raises(FileRefused) as refused:
            download(file_host.link("/a"), deadline=Deadline(5), limits=file_host.limits(ca_file=ca_file))
        assert refused.value.code is RefusalCode.DOWNLOAD_FAILED

    assert file_host.requests == []
