"""What goes wrong on demand: the next calls of an address are refused, slow, cut off or never answered."""

from __future__ import annotations

import threading
from dataclasses import asdict, dataclass
from typing import Any


@dataclass
class Fault:
    """For the next `times` calls (None: all) whose address holds `path`.

    error: the number in the body, under HTTP 200 as Zalo's failures are; status: HTTP's own instead; latency_ms: before anything is
    done; drop: close the connection, `before` or `after` the work.
    """

    path: str = ""
    error: int = 0
    status: int = 0
    latency_ms: int = 0
    drop: str = ""
    times: int | None = None

    def __post_init__(self) -> None:
        if self.drop not in ("", "before", "after"):
            raise ValueError(f"drop is before or after, not {self.drop!r}.")


class Faults:
    def __init__(self) -> None:
        self._all: list[Fault] = []
        self._lock = threading.Lock()

    def add(self, **switches: Any) -> None:
        """`faults.add(path="/message/cs", error=-32, times=1)`. Raises TypeError, ValueError."""
        fault = Fault(**switches)
        with self._lock:
            self._all.append(fault)

    def clear(self) -> None:
        with self._lock:
            self._all.clear()

    def met_by(self, path: str) -> Fault:
        """The first that this call meets, used up by one; a fault that does nothing where there is none."""
        with self._lock:
            for fault in self._all:
                if fault.path not in path or fault.times == 0:
                    continue
                if fault.times is not None:
                    fault.times -= 1
                return fault
        return Fault()

    def as_json(self) -> list[dict[str, Any]]:
        with self._lock:
            return [asdict(fault) for fault in self._all]
