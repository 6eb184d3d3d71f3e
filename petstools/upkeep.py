"""What `manage.py maintenance` does again and again for rooms above, which add theirs (chat.zalo.apps)."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

# One step of a duty: what was done, and to how many rows.
Step = tuple[str, int]


class Duty(NamedTuple):
    name: str
    steps: Callable[[], Iterator[Step]]


EVERY_MINUTE: list[Duty] = []
