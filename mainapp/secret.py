"""A token that cannot be printed by accident."""

import hashlib
import hmac
import re
from typing import NoReturn

# What may stand in an Authorization header: visible ASCII, no space.
_SENDABLE = re.compile(r"[!-~]{1,4096}")


def is_sendable(text: object) -> bool:
    """Whether this text can be sent as a bearer token."""
    return isinstance(text, str) and _SENDABLE.fullmatch(text) is not None


class Secret:
    """A bearer token or key in memory.

    `reveal()` is the only way to the text. `str`, `repr`, `format` and a debugger's list of locals show a mark
    instead; pickling and copying into JSON fail. Compared in constant time. Raises `ValueError` (without the
    value) for text that could not be sent in a header.
    """

    __slots__ = ("__text",)

    def __init__(self, text: str) -> None:
        if not is_sendable(text):
            raise ValueError("a secret is 1 to 4096 visible ASCII characters")
        self.__text = text

    def reveal(self) -> str:
        """Return the text itself, for a header or a cipher and nothing else."""
        return self.__text

    def __repr__(self) -> str:
        return "Secret(…)"

    def __format__(self, spec: str) -> str:
        return repr(self)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(self.__text, other.reveal())

    def __hash__(self) -> int:
        return hash(hashlib.sha256(self.__text.encode()).digest())

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("a Secret is not pickled or copied")
