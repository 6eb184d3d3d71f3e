"""The one search box of the admin: who looks for a term, and what was found.

A term is a reference (whole, or its first 8 letters and more), an id of a sign-in or a connection, or a person's id in the main app.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

# Fewer letters of a reference would find everybody's.
LEAST_OF_A_REFERENCE = 8
MOST_FOUND = 20


@dataclass(frozen=True)
class Hit:
    """url: empty where `detail` is all there is. tell: what to tell the person, as `replies` has it."""

    kind: str
    name: str
    url: str
    detail: Any = ""
    tell: Sequence[tuple[str, str, str]] = ()


@dataclass(frozen=True)
class Finder:
    """Asked only for who has the permission."""

    permission: str
    find: Callable[[str], Iterable[Hit]]


def is_reference(term: str) -> bool:
    return len(term) >= LEAST_OF_A_REFERENCE and term.isascii() and "\0" not in term
