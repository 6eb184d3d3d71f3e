"""Every secret the demo has seen, veiled where it is shown and searched for where it must not stand."""

import base64
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

# Fields of requests and answers whose values let somebody in, or name somebody.
SECRET_FIELDS = frozenset(
    {
        "access_token", "refresh_token", "token", "code", "state", "client_secret", "session_sig", "code_verifier",
        "sanctum_token", "password", "email",
    }
)  # fmt: skip
SECRET_HEADERS = ("authorization", "x-xsrf-token")
# Shorter than this and a value would be found by chance in any file.
SHORTEST = 8
SHOWN = 12
_SANCTUM = re.compile(rb"\b\d{1,9}\|[A-Za-z0-9]{40,}")


@dataclass(frozen=True)
class Finding:
    """A secret found in clear: which, in which file, in which writing."""

    label: str
    file: Path
    writing: str


class SecretScan:
    """`folder` holds the logs and the database of this run."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._labels: dict[str, str] = {}

    def __len__(self) -> int:
        return len(self._labels)

    def learn(self, label: str, value: str) -> None:
        if len(value) >= SHORTEST:
            self._labels.setdefault(value, label)

    def learn_fields(self, where: str, fields: Mapping[str, Any]) -> None:
        for name, value in fields.items():
            if isinstance(value, Mapping):
                self.learn_fields(where, value)
            elif isinstance(value, str) and name in SECRET_FIELDS:
                self.learn(f"{name} ({where})", value)

    def learn_address(self, where: str, address: str) -> None:
        self.learn_fields(where, dict(parse_qsl(urlsplit(address).query)))

    def veil(self, text: str) -> str:
        """`text` as it may be shown: the beginning of each secret, never the whole."""
        for value, label in sorted(self._labels.items(), key=lambda pair: -len(pair[0])):
            if label.startswith("email"):
                continue
            kept = value[:SHOWN] if len(value) >= 2 * SHOWN else ""
            for writing in dict.fromkeys((value, quote(value, safe=""))):
                text = text.replace(writing, f"{kept}…")
        return text

    def search(self) -> tuple[list[Path], list[Finding]]:
        """Look through every file of this run, except what the stand-in says about its own people."""
        files = sorted(path for path in self.folder.rglob("*") if path.is_file())
        found = [finding for path in files for finding in self._search(path)]
        return files, found

    def _search(self, path: Path) -> Iterator[Finding]:
        content = path.read_bytes()
        for value, label in self._labels.items():
            if _may_stand(label, path):
                continue
            for writing, bytes_ in _writings(value).items():
                if bytes_ in content:
                    yield Finding(label, path, writing)
        if _SANCTUM.search(content):
            yield Finding("a text shaped like a main-app token", path, "plain")


def _may_stand(label: str, path: Path) -> bool:
    """The stand-in prints its people's sign-ins when it starts; a sign-in's state is stored until it ends, and then
    overwritten by SQLite in its own time. (It lets nobody in: docs/security.md.)"""
    if path.name == "main-app.log":
        return label.startswith(("email", "password"))
    return "sqlite3" in path.name and label.startswith("state")


def _writings(value: str) -> dict[str, bytes]:
    """The forms in which a value could stand in a file and still be read by anybody."""
    plain = value.encode()
    return {
        "plain": plain,
        "percent-encoded": quote(value, safe="").encode(),
        "hex": plain.hex().encode(),
        "base64": base64.b64encode(plain).rstrip(b"="),
        "base64url": base64.urlsafe_b64encode(plain).rstrip(b"="),
    }
