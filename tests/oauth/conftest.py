from collections.abc import Callable, Iterator

import pytest
from pytest_django import Settings

from tests.files.file_host import Authority, Names
from tests.oauth.documents import Website
from tests.playing import ClientApp, Person


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Names:
    names = Names()
    monkeypatch.setattr("socket.getaddrinfo", names)
    return names


@pytest.fixture
def website(authority: Authority, names: Names, settings: Settings) -> Iterator[Callable[..., Website]]:
    """`website("claude.ai")` stands where its name leads, on the list of hosts whose documents count."""
    opened: list[Website] = []

    def open_website(name: str = "claude.ai") -> Website:
        names.answers[name] = [["127.0.0.1"]]
        opened.append(Website(name, authority, settings))
        return opened[-1]

    yield open_website
    for each in opened:
        each.host.close()


@pytest.fixture
def code(client_app: ClientApp, person: Callable[..., Person]) -> str:
    """A fresh one, of ChatGPT's client."""
    return person().sign_in_to(client_app)["code"]
