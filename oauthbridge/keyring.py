"""Encryption at rest: AES-256-GCM under a key ring, each text bound to the row it belongs to.

The first key of `ENCRYPTION_KEY` encrypts, every key of it decrypts. A sealed text carries the id of its key
(not the key), and was sealed together with its row's identity as associated data (NIST SP 800-38D): copied to
another row it does not open.
"""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.core.signals import setting_changed

from mainapp.secret import Secret

NONCE_BYTES = 12


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
        nonce = secrets.token_bytes(NONCE_BYTES)
        cipher = self._ciphers[self.current_key_id]
        data = cipher.encrypt(nonce, secret.reveal().encode(), _associated_data(subject))
        return Sealed(self.current_key_id, nonce + data)

    def open(self, sealed: Sealed, subject: UUID) -> Secret:
        """Raises CannotDecrypt."""
        cipher = self._ciphers.get(sealed.key_id)
        if cipher is None:
            raise CannotDecrypt("the key that sealed this is not in ENCRYPTION_KEY")
        data = bytes(sealed.data)
        try:
            opened = cipher.decrypt(data[:NONCE_BYTES], data[NONCE_BYTES:], _associated_data(subject))
            return Secret(opened.decode())
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
