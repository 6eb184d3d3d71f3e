"""Where an allowed name may lead: public addresses, looked up once."""

import socket
from typing import Any

import pytest

from mainapp.http.addresses import is_public
from mainapp.http.connection import Deadline
from petstools.files.download import DownloadLimits, download
from petstools.files.refusals import FileRefused, RefusalCode
from tests.files.file_host import NAME, FileHost, Names, reference

PUBLIC = ["93.184.216.34", "20.150.1.2", "2606:2800:220:1::1", "::ffff:93.184.216.34", "64:ff9b::5db8:d822"]
NOT_PUBLIC = [
    *("0.0.0.0", "0.1.2.3", "10.1.2.3", "100.64.0.1", "127.0.0.1", "127.8.8.8", "169.254.169.254", "172.16.0.1"),
    *("172.31.255.255", "192.0.0.9", "192.0.2.1", "192.88.99.1", "192.168.1.1", "198.18.0.1", "198.51.100.1"),
    *("203.0.113.1", "224.0.0.1", "239.1.1.1", "240.0.0.1", "255.255.255.255"),
    *("::", "::1", "::7f00:1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254"),
    *("64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::5db8:d822", "100::1", "2001::1", "2001:0:4136:e378::1"),
    *("2001:db8::1", "2002:7f00:1::1", "2002:5db8:d822::1", "3fff::1", "5f00::1", "fc00::1", "fd12::1", "fe80::1"),
    *("fe80::1%eth0", "2606:2800:220:1::1%eth0", "fec0::1", "ff02::1"),
    *("", "localhost", "127.1", "2130706433", "0x7f.0.0.1", "0177.0.0.1"),
]


@pytest.mark.parametrize("address", PUBLIC)
def test_it_knows_a_public_address(address: str) -> None:
    assert is_public(address) is True


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_it_knows_an_address_that_is_not_public(address: str) -> None:
    assert is_public(address) is False


@pytest.mark.parametrize(
    "addresses",
    [["127.0.0.1"], ["93.184.216.34", "10.0.0.1"], ["::1", "93.184.216.34"], ["::ffff:169.254.169.254"]],
)
def test_it_refuses_a_name_with_one_private_address_and_connects_nowhere(
    addresses: list[str], names: Names, monkeypatch: pytest.MonkeyPatch
) -> None:
    names.answers["files.oaiusercontent.com"] = [addresses]
    connected = _record_connections(monkeypatch)

    with pytest.raises(FileRefused) as refused:
        download(reference("https://files.oaiusercontent.com/a"), deadline=Deadline(5), limits=DownloadLimits())

    assert refused.value.code is RefusalCode.LINK_NOT_ALLOWED
    assert connected == []


def test_a_name_server_that_changes_its_mind_changes_nothing(names: Names, monkeypatch: pytest.MonkeyPatch) -> None:
    names.answers["files.oaiusercontent.com"] = [["93.184.216.34", "2606:2800:220:1::1"], ["127.0.0.1"]]
    connected = _record_connections(monkeypatch)

    with pytest.raises(FileRefused) as refused:
        download(reference("https://files.oaiusercontent.com/a"), deadline=Deadline(5), limits=DownloadLimits())

    assert refused.value.code is RefusalCode.DOWNLOAD_FAILED
    assert names.asked == ["files.oaiusercontent.com"]
    assert connected == [("93.184.216.34", 443), ("2606:2800:220:1::1", 443)]


def test_the_second_answer_of_a_rebinding_name_server_is_never_reached(file_host: FileHost, names: Names) -> None:
    names.answers[NAME] = [["127.0.0.1"], ["127.0.0.2"]]
    file_host.serve("/a", b"the right one")

    downloaded = download(file_host.link("/a"), deadline=Deadline(5), limits=file_host.limits())

    assert downloaded.data == b"the right one"
    assert names.asked == [NAME]


def test_the_next_address_is_tried_when_the_first_does_not_answer(file_host: FileHost, names: Names) -> None:
    names.answers[NAME] = [["127.0.0.9", "127.0.0.1"]]
    file_host.serve("/a", b"picture")

    assert download(file_host.link("/a"), deadline=Deadline(5), limits=file_host.limits()).data == b"picture"


def test_an_unknown_name_is_a_failed_download(names: Names) -> None:
    with pytest.raises(FileRefused) as refused:
        download(reference("https://files.oaiusercontent.com/a"), deadline=Deadline(5), limits=DownloadLimits())

    assert refused.value.code is RefusalCode.DOWNLOAD_FAILED


def test_proxies_in_the_environment_are_not_used(file_host: FileHost, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    file_host.serve("/a", b"picture")

    assert download(file_host.link("/a"), deadline=Deadline(5), limits=file_host.limits()).data == b"picture"


def _record_connections(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    connected: list[Any] = []

    def refuse(address: Any, *_: Any, **__: Any) -> socket.socket:
        connected.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr("socket.create_connection", refuse)
    return connected
