"""The time one person's question may take, shared by every call that serves it."""

import time

from django.conf import settings


class Deadline:
    """A monotonic budget in seconds, started when made. Threads may share one: nothing in it changes."""

    __slots__ = ("_ends", "seconds")

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._ends = time.monotonic() + seconds

    @classmethod
    def for_tool_call(cls) -> "Deadline":
        """Start the budget of one tool call (`TOOL_DEADLINE_SECONDS`; ChatGPT gives up at 45 s)."""
        return cls(settings.TOOL_DEADLINE_SECONDS)

    def remaining(self) -> float:
        """Seconds left, never below 0."""
        return max(0.0, self._ends - time.monotonic())

    @property
    def expired(self) -> bool:
        return self.remaining() <= 0

    def __repr__(self) -> str:
        return f"Deadline({self.remaining():.1f} of {self.seconds:g} s left)"
