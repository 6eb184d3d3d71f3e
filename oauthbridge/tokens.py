"""Tokens, and how each is stored: those that we hand out as a digest, the main app's under a key ring.

Ours hold 256 random bits: a plain SHA-256 is right for them (RFC 9700 §4.13 wants them unusable from a database dump), as there is
nothing to guess and nothing a slow hash could add. The prefix lets secret scanners and our own logs know one.

The main app's are sealed (AES-256-GCM): the first key of `ENCRYPTION_KEY` encrypts, every key of it decrypts. A sealed text carries the
id of its key (not the key), and was sealed together with its row's identity as associated data (NIST SP 800-38D): copied to another row
it does not open.
"""

import hashlib
import math
import secrets
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.core.signals import setting_changed
from oauthlib.common import Request

from mainapp.secret import Secret

TOKEN_BYTES = 32
# How an access token begins.
ACCESS_TOKEN = "meo_at_"  # noqa: S105 - what every one of them begins with
# What a client secret must be able to hold; one that we generate holds exactly this much.
CLIENT_SECRET_BITS = 256
NONCE_BYTES = 12


def access_token(request: Request) -> str:
    return ACCESS_TOKEN + secrets.token_urlsafe(TOKEN_BYTES)


def refresh_token(request: Request) -> str:
    return "meo_rt_" + secrets.token_urlsafe(TOKEN_BYTES)


def client_secret() -> str:
    return "meo_cs_" + secrets.token_urlsafe(TOKEN_BYTES)


def digest(value: str) -> str:
    """64 hex digits; what is stored and looked up instead of `value`."""
    return hashlib.sha256(value.encode("utf-8", "surrogatepass")).hexdigest()


def client_secret_weakness(secret: str) -> str | None:
    """Why a client secret could be guessed, as a sentence, or None when it is as good as 256 random bits.

    Nobody can measure the entropy of one value. This holds what every generated 256-bit value shows (64 hex digits,
    or 43 letters of base64) and what typed ones do not: enough room for 256 bits in the alphabet seen, and letters spread
    as chance spreads them.
    """
    alphabet = _alphabet_size(secret)
    room = len(secret) * math.log2(alphabet) if alphabet else 0.0
    if room < CLIENT_SECRET_BITS - 1:
        return "it is too short to hold 256 random bits: use 64 hex digits or 43 letters of base64url"
    counts = Counter(secret)
    spread = -sum(n / len(secret) * math.log2(n / len(secret)) for n in counts.values())
    if spread < 0.75 * math.log2(min(alphabet, len(secret))):
        return "it repeats itself: use a random one"
    return None


def _alphabet_size(secret: str) -> int:
    if not secret.isascii() or not secret.isprintable():
        return 0
    if all(letter in "0123456789abcdef" for letter in secret.lower()):
        return 16
    return 64


# --- The main app's ------------------------------------------------------------------------------


class CannotDecrypt(Exception):
    """No key of the ring opens this text: the key is gone, or text and row do not belong together."""


@dataclass(frozen=True)
class Sealed:
    """A ciphertext as stored: `key_id` says which key opens it, `data` is nonce (96 bits) + ciphertext + tag."""

    key_id: str
    data: bytes


def key_id_of(key: bytes) -> str:
    """A name for a key that gives nothing away about it: 16 hex digits of a digest over it."""
    return hashlib.sha256(b"meo-connector key id\x00" + key).hexdigest()[:16]


class KeyRing:
    """Seals under its first key, opens under any. `keys`: 32 bytes each, at least one."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        self._ciphers = {key_id_of(key): AESGCM(key) for key in keys}
        self.current_key_id = key_id_of(keys[0])

    @cached_property
    def key_ids(self) -> tuple[str, ...]:
        return tuple(self._ciphers)

    def seal(self, secret: Secret, subject: UUID) -> Sealed:
        return self._seal(secret.reveal(), _associated_data(subject))

    def open(self, sealed: Sealed, subject: UUID) -> Secret:
        """Raises CannotDecrypt."""
        try:
            return Secret(self._open(sealed, _associated_data(subject)))
        except ValueError:
            raise CannotDecrypt("this text was not sealed for this row, or was changed") from None

    def seal_text(self, text: str, about: str) -> Sealed:
        """Any text that passes through the cache; about: what for and whose, which has to be said again to open it."""
        return self._seal(text, b"meo-connector text\x00" + about.encode())

    def open_text(self, sealed: Sealed, about: str) -> str:
        """Raises CannotDecrypt."""
        return self._open(sealed, b"meo-connector text\x00" + about.encode())

    def _seal(self, text: str, associated: bytes) -> Sealed:
        nonce = secrets.token_bytes(NONCE_BYTES)
        cipher = self._ciphers[self.current_key_id]
        return Sealed(self.current_key_id, nonce + cipher.encrypt(nonce, text.encode(), associated))

    def _open(self, sealed: Sealed, associated: bytes) -> str:
        cipher = self._ciphers.get(sealed.key_id)
        if cipher is None:
            raise CannotDecrypt("the key that sealed this is not in ENCRYPTION_KEY")
        data = bytes(sealed.data)
        try:
            return cipher.decrypt(data[:NONCE_BYTES], data[NONCE_BYTES:], associated).decode()
        except (InvalidTag, ValueError):
            raise CannotDecrypt("this text was not sealed for this row, or was changed") from None


def _associated_data(subject: UUID) -> bytes:
    return b"meo-connector sanctum token\x00" + subject.bytes


_ring: KeyRing | None = None


def keyring() -> KeyRing:
    """The ring of this process, built once from `settings.ENCRYPTION_KEYS`."""
    global _ring
    if _ring is None:
        _ring = KeyRing(settings.ENCRYPTION_KEYS)
    return _ring


def _forget_ring(*, setting: str, **kwargs: object) -> None:
    global _ring
    if setting == "ENCRYPTION_KEYS":
        _ring = None


setting_changed.connect(_forget_ring)
