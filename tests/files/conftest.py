from collections.abc import Iterator

import pytest

from tests.files.file_host import NAME, Authority, FileHost, Names


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def file_host(authority: Authority, names: Names) -> Iterator[FileHost]:
    host = FileHost(authority)
    yield host
    host.close()


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Names:
    names = Names()
    names.answers[NAME] = [["127.0.0.1"]]
    monkeypatch.setattr("socket.getaddrinfo", names)
    return names
