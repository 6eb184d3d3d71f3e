"""The command that pins images by digest, against a registry of this test's: no real one is asked here."""

import re
import threading
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import MappingProxyType

import httpx
import pytest

from devtools.security import images
from tests.production import ROOT

DIGEST = "sha256:" + "ab" * 32


class _Registry(BaseHTTPRequestHandler):
    """Asks for a token, as Docker Hub does, before it tells a tag's digest."""

    def do_GET(self) -> None:
        assert "service=hub" in self.path
        self._answer(200, b'{"token": "t"}')

    def do_HEAD(self) -> None:
        if self.headers["Authorization"] != "Bearer t":
            realm = f"http://{self.headers['Host']}/token"
            self._answer(401, headers={"WWW-Authenticate": f'Bearer realm="{realm}",service="hub",scope="pull"'})
        elif self.path == "/v2/library/python/manifests/3.11-slim" and "oci.image.index" in self.headers["Accept"]:
            self._answer(200, headers={"Docker-Content-Digest": DIGEST})
        else:
            self._answer(404)

    def _answer(self, status: int, body: bytes = b"", headers: Mapping[str, str] = MappingProxyType({})) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args: object) -> None: ...


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> Iterator[httpx.Client]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Registry) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setattr(images, "DOCKER_HUB", f"127.0.0.1:{server.server_port}")
        with httpx.Client(trust_env=False) as http:
            yield http
        server.shutdown()


@pytest.mark.parametrize("before", ["FROM ", "    image: "])
@pytest.mark.parametrize("old", ["", "@sha256:" + "cd" * 32])
def test_a_tag_gets_todays_digest(registry: httpx.Client, before: str, old: str) -> None:
    text = f"# python:3.11-slim stays\n{before}python:3.11-slim{old} AS build\n  image: meo-connector\n"

    told = images.pinned(text, registry, "http")

    assert told == text.replace(f"{before}python:3.11-slim{old}", f"{before}python:3.11-slim@{DIGEST}")


def test_a_tag_that_is_not_there_changes_nothing(registry: httpx.Client) -> None:
    with pytest.raises(httpx.HTTPStatusError):
        images.pinned("FROM python:9.99\n", registry, "http")


def test_every_image_that_is_pulled_is_found() -> None:
    """Those of this repository: none stands in a form that the command passes over."""
    for name in images.FILES:
        text = (ROOT / name).read_text()
        pulled = re.findall(r"^(?:FROM| +image:) +(?!meo-connector\s)(\S+)", text, re.MULTILINE)

        assert [found[0].split()[-1] for found in images.IMAGE.finditer(text)] == pulled
