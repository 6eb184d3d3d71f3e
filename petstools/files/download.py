"""Fetches the files a client sends as links, without becoming a way into our own network."""

import logging
import re
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import SplitResult, urlsplit

import idna
from django.conf import settings

from mainapp.http.connection import Deadline, HttpError, NotPublic, Origin, Response, TooLate
from mainapp.http.fetching import asked
from petstools.files.refusals import FileRefused, RefusalCode

logger = logging.getLogger(__name__)

_LONGEST_LINK = 8192
_VISIBLE_ASCII = re.compile(r"[\x21-\x7e]+", re.ASCII)
_LINK_SPENT = frozenset({401, 403, 404, 410})
_CODES = {TooLate: RefusalCode.TIMED_OUT, NotPublic: RefusalCode.LINK_NOT_ALLOWED}


@dataclass(frozen=True)
class FileReference:
    """A file as ChatGPT hands it over (actions.md "Files"). The link is a secret and stays out of every repr."""

    name: str
    id: str
    mime_type: str
    download_link: str = field(repr=False)


@dataclass(frozen=True)
class Downloaded:
    """A fetched file: its bytes, and its name as the client gave it (for messages only, never for its type)."""

    data: bytes = field(repr=False)
    name: str


@dataclass(frozen=True)
class DownloadLimits:
    """What a download may do.

    hosts: names that may be asked, `name` (port 443) or `name:port`; `*` stands for letters, digits and hyphens of one label.
    private_addresses: True lets a name lead to
    private addresses, for tests and the demo. ca_file: trust these authorities instead of the public ones.
    """

    hosts: tuple[str, ...] = ("files.oaiusercontent.com",)
    private_addresses: bool = False
    max_bytes: int = 20_000_000
    timeout_seconds: float = 12.0
    ca_file: str | None = None

    @classmethod
    def from_settings(cls, door: str = "") -> Self:
        """The limits in `FILE_DOWNLOAD_*` and `FILE_MAX_DOWNLOAD_BYTES`; of the Zalo door its own hosts."""
        return cls(
            hosts=tuple(settings.ZALO_PICTURE_HOSTS if door == "zalo" else settings.FILE_DOWNLOAD_HOSTS),
            private_addresses=settings.FILE_DOWNLOAD_PRIVATE_ADDRESSES,
            max_bytes=settings.FILE_MAX_DOWNLOAD_BYTES,
            timeout_seconds=settings.FILE_DOWNLOAD_TIMEOUT,
            ca_file=settings.FILE_DOWNLOAD_CA_FILE,
        )


def download(reference: FileReference, *, deadline: Deadline, limits: DownloadLimits | None = None) -> Downloaded:
    """Fetch one file over HTTPS from an allowed host.

    The whole download, name look-up included, ends at the deadline or after the limits' own time, whichever is first.
    Only public addresses are asked (`mainapp.http.fetching`). Redirects are not followed: the hosts on the list serve
    the file itself, and each hop would be one more place to check for nothing gained. Compressed answers are refused
    (none is asked for), so what is counted is what arrives. Raises FileRefused.
    """
    limits = limits or DownloadLimits.from_settings()
    budget = Deadline(min(deadline.remaining(), limits.timeout_seconds))
    host, port, target = _checked_link(reference.download_link, limits.hosts)
    request = asked(
        Origin("https", host, port),
        target,
        {"Accept": "image/*, application/pdf"},
        budget,
        private_addresses=limits.private_addresses,
        ca_file=limits.ca_file,
    )
    try:
        with request as answer:
            _check_answer(answer, limits.max_bytes)
            data = answer.body(limits.max_bytes)
    except HttpError as error:
        raise _refused(_CODES.get(type(error), RefusalCode.DOWNLOAD_FAILED), str(error)) from None
    if data is None:
        raise _refused(RefusalCode.TOO_LARGE, "streamed")
    if not data:
        raise _refused(RefusalCode.EMPTY, "no bytes")
    return Downloaded(data=data, name=reference.name)


def may_be_asked(link: str, limits: DownloadLimits) -> bool:
    """Whether `download` would open this link at all."""
    try:
        _checked_link(link, limits.hosts)
    except FileRefused:
        return False
    return True


def _checked_link(link: str, hosts: tuple[str, ...]) -> tuple[str, int, str]:
    """Host (as on the list), port and request target of a link that may be opened."""
    # Blanks, controls and backslashes are where URL parsers disagree on which host is meant.
    if len(link) > _LONGEST_LINK or not _VISIBLE_ASCII.fullmatch(link) or "\\" in link or "#" in link:
        raise _refused(RefusalCode.LINK_NOT_ALLOWED, "malformed")
    try:
        parts = urlsplit(link)
        port = 443 if parts.port is None else parts.port
    except ValueError:
        raise _refused(RefusalCode.LINK_NOT_ALLOWED, "malformed") from None
    if parts.scheme != "https":
        raise _refused(RefusalCode.LINK_NOT_ALLOWED, "scheme")
    if "@" in parts.netloc:
        raise _refused(RefusalCode.LINK_NOT_ALLOWED, "credentials")
    host = _ascii_name(parts.hostname or "")
    if not any(_is_listed(host, port, entry) for entry in hosts):
        raise _refused(RefusalCode.LINK_NOT_ALLOWED, "host")
    return host, port, _target(parts)


def _target(parts: SplitResult) -> str:
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def _is_listed(host: str, port: int, entry: str) -> bool:
    """Whether this host (`_ascii_name`) and port are meant by an entry of the list."""
    name, _, listed_port = entry.partition(":")
    if not host or port != int(listed_port or 443):
        return False
    if "*" not in name:
        return host == _ascii_name(name)
    return re.fullmatch(re.escape(name).replace(r"\*", "[a-z0-9-]*"), host) is not None


def host_of(link: str) -> str:
    """The host that a link names, for logs: nothing of its path, query or credentials; empty where it names none."""
    try:
        return _ascii_name(urlsplit(link[:_LONGEST_LINK]).hostname or "")
    except ValueError:
        return ""


def _ascii_name(host: str) -> str:
    """The one spelling of a host name: A-labels, lower case, no dot at the end; empty when it is no name at all."""
    try:
        return idna.encode(host.lower().removesuffix("."), uts46=True).decode("ascii")
    except idna.IDNAError:
        return ""


def _check_answer(answer: Response, max_bytes: int) -> None:
    if answer.status in _LINK_SPENT:
        raise _refused(RefusalCode.LINK_EXPIRED, f"status {answer.status}")
    if 300 <= answer.status < 400:
        raise _refused(RefusalCode.LINK_NOT_ALLOWED, "redirect")
    if answer.status != 200:
        raise _refused(RefusalCode.DOWNLOAD_FAILED, f"status {answer.status}")
    if answer.headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise _refused(RefusalCode.DOWNLOAD_FAILED, "compressed")
    declared = answer.headers.get("content-length", "")
    if declared.isdigit() and int(declared) > max_bytes:
        raise _refused(RefusalCode.TOO_LARGE, "declared")


def _refused(code: RefusalCode, detail: str) -> FileRefused:
    logger.info("file_download_refused", extra={"code": code.value, "detail": detail})
    return FileRefused(code)
