"""Which links are opened at all."""

from pathlib import Path
from typing import Any

import pytest

from connector.environment import Environment
from mainapp.http.connection import Deadline
from petstools.files.download import DownloadLimits, _checked_link, download
from petstools.files.refusals import FileRefused, RefusalCode
from tests.files.file_host import FileHost, Names, reference

HOSTILE = [
    "",
    "https://",
    "https:///files.oaiusercontent.com/a",
    "//files.oaiusercontent.com/a",
    "files.oaiusercontent.com/a",
    "http://files.oaiusercontent.com/a",
    "HTTP://files.oaiusercontent.com/a",
    "ftp://files.oaiusercontent.com/a",
    "file:///etc/passwd",
    "file://files.oaiusercontent.com/etc/passwd",
    "gopher://files.oaiusercontent.com/a",
    "data:image/png;base64,AAAA",
    "https://evil.example/a",
    "https://files.oaiusercontent.com.evil.example/a",
    "https://evilfiles.oaiusercontent.com/a",
    "https://x.files.oaiusercontent.com/a",
    "https://oaiusercontent.com/a",
    "https://files.oaiusercontent.com..evil/a",
    "https://files.oaiusercontent.com../a",
    "https://files%2Eoaiusercontent.com/a",
    "https://files.oaiusercontent.com%00.evil.example/a",
    "https://files.oaiusercontent.com%2f@evil.example/a",
    "https://files.oaiusercontent.com:80/a",
    "https://files.oaiusercontent.com:8443/a",
    "https://files.oaiusercontent.com:0/a",
    "https://files.oaiusercontent.com:99999/a",
    "https://files.oaiusercontent.com:x/a",
    "https://user@files.oaiusercontent.com/a",
    "https://user:password@files.oaiusercontent.com/a",
    "https://@files.oaiusercontent.com/a",
    "https://files.oaiusercontent.com@evil.example/a",
    "https://evil.example#@files.oaiusercontent.com/a",
    "https://evil.example?@files.oaiusercontent.com/a",
    "https://evil.example\\@files.oaiusercontent.com/a",
    "https://files.oaiusercontent.com\\@evil.example/a",
    "https://files.oaiusercontent.com/a#fragment",
    "https://files.oaiusercontent.com/a#",
    " https://files.oaiusercontent.com/a",
    "https://files.oaiusercontent.com/a\r\nHost: evil.example",
    "https://files.oaiusercontent.com/a b",
    "https://files.oaiusercontent.com\t/a",
    "https://files.oaiusercontent.com/\x00",
    "https://filеs.oaiusercontent.com/a",  # a Cyrillic letter
    "https://127.0.0.1/a",
    "https://127.1/a",
    "https://2130706433/a",
    "https://0x7f000001/a",
    "https://0x7f.0.0.1/a",
    "https://0177.0.0.1/a",
    "https://017700000001/a",
    "https://0/a",
    "https://0.0.0.0/a",
    "https://169.254.169.254/latest/meta-data/",
    "https://10.0.0.1/a",
    "https://[::1]/a",
    "https://[::]/a",
    "https://[::ffff:127.0.0.1]/a",
    "https://[::ffff:7f00:1]/a",
    "https://[fe80::1%25eth0]/a",
    "https://[64:ff9b::7f00:1]/a",
    "https://[2002:7f00:1::]/a",
    "https://[::1/a",
    "https://①②⑦.⓪.⓪.①/a",
    "https://localhost/a",
    "https://files.oaiusercontent.com/" + "a" * 9000,
]


@pytest.mark.parametrize("link", HOSTILE)
def test_it_refuses_the_link_without_asking_for_any_name(link: str, names: Names) -> None:
    with pytest.raises(FileRefused) as refused:
        download(reference(link), deadline=Deadline(5), limits=DownloadLimits())

    assert refused.value.code is RefusalCode.LINK_NOT_ALLOWED
    assert names.asked == []


@pytest.mark.parametrize("name", ["files.test", "FILES.Test", "files.test."])
def test_it_takes_every_spelling_of_an_allowed_host(name: str, file_host: FileHost) -> None:
    file_host.serve("/a", b"picture")

    downloaded = download(file_host.link("/a", name=name), deadline=Deadline(5), limits=file_host.limits())

    assert downloaded.data == b"picture"
    assert file_host.requests[0][1]["Host"] == f"files.test:{file_host.port}"


def test_the_query_arrives_unchanged(file_host: FileHost) -> None:
    file_host.serve("/a%20b/c", b"picture")
    link = f"https://files.test:{file_host.port}/a%20b/c?sig=%2Bx%3D&rscd=attachment%3B+filename%3D%22a.jpg%22"

    download(reference(link), deadline=Deadline(5), limits=file_host.limits())

    assert file_host.requests[0][0] == "/a%20b/c?sig=%2Bx%3D&rscd=attachment%3B+filename%3D%22a.jpg%22"


def test_a_listed_port_does_not_open_the_others(file_host: FileHost) -> None:
    with pytest.raises(FileRefused) as refused:
        download(reference("https://files.test/a"), deadline=Deadline(5), limits=file_host.limits())

    assert refused.value.code is RefusalCode.LINK_NOT_ALLOWED


@pytest.mark.parametrize(
    ("host", "opens"),
    [
        ("files.oaiusercontent.com", True),
        ("FILES.oaiusercontent.com.", True),
        ("sdmntprwestus.oaiusercontent.com", True),
        ("sdmntpr-west-us2.oaiusercontent.com", True),
        ("oaisdmntprnorthcentralus.blob.core.windows.net", True),
        ("oaiusercontent.com", False),
        ("other.oaiusercontent.com", False),
        ("xsdmntprwestus.oaiusercontent.com", False),
        ("sdmntpr.west.oaiusercontent.com", False),
        ("sdmntprwestus.oaiusercontent.com.evil.example", False),
        ("sdmntprwestus.oaiusercontentxcom", False),
        ("evil.blob.core.windows.net", False),
        ("oaisdmntpr.evil.blob.core.windows.net", False),
        ("oaisdmntprx.blob.core.windows.net.evil.example", False),
    ],
)
def test_the_default_list_is_chatgpts_file_hosts_alone(host: str, opens: bool) -> None:
    limits = DownloadLimits.from_settings()
    assert limits.private_addresses is False

    if opens:
        assert _checked_link(f"https://{host}/a?sig=1", limits.hosts) == (host.lower().rstrip("."), 443, "/a?sig=1")
    else:
        with pytest.raises(FileRefused) as refused:
            _checked_link(f"https://{host}/a?sig=1", limits.hosts)
        assert refused.value.code is RefusalCode.LINK_NOT_ALLOWED


@pytest.mark.parametrize("pattern", ["f*.example.com:8443", "*.files.example.com", "a*b.example.com", "localhost:9"])
def test_a_pattern_that_says_something_is_taken(pattern: str) -> None:
    environment = Environment({"HOSTS": pattern.upper()}, development_secrets=Path("/nowhere"))

    assert environment.host_patterns("HOSTS", "") == [pattern]
    assert environment.problems == []


@pytest.mark.parametrize(
    "pattern",
    [
        "*",
        "*.com",
        "*.*",
        "f*.com",
        "a.*.com",
        "a.example.*",
        "**.example.com",
        ".example.com",
        "a..example.com",
        "a.example.com.",
        "https://a.example.com",
        "a.example.com/x",
        "a_b.example.com",
        "-a.example.com",
        "a.example.com:0",
        "a.example.com:99999",
        "a.example.com:",
        "u@a.example.com",
        "files.example.com,*",
    ],
)
def test_a_pattern_that_matches_nothing_or_everything_is_refused(pattern: str) -> None:
    environment = Environment({"HOSTS": pattern}, development_secrets=Path("/nowhere"))

    assert environment.host_patterns("HOSTS", "") == []
    assert [problem.name for problem in environment.problems] == ["HOSTS"]


def test_settings_move_every_limit(settings: Any) -> None:
    settings.FILE_DOWNLOAD_HOSTS = ["a.test:8443"]
    settings.FILE_DOWNLOAD_PRIVATE_ADDRESSES = True
    settings.FILE_MAX_DOWNLOAD_BYTES = 10
    settings.FILE_DOWNLOAD_TIMEOUT = 1.5
    settings.FILE_DOWNLOAD_CA_FILE = "/ca.pem"

    assert DownloadLimits.from_settings() == DownloadLimits(("a.test:8443",), True, 10, 1.5, "/ca.pem")
