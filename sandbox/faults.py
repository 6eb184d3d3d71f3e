"""Switches that make the stand-in misbehave, for fault tests: at run time, in part, and for the next N requests."""

from __future__ import annotations

import random
import re
import threading
from dataclasses import dataclass, field, fields
from typing import Any

DROPS = ("before_headers", "mid_body", "after_commit")


@dataclass
class Fault:
    """One way to misbehave, and for which requests. Everything off is no fault.

    `method` and `path` are regular expressions (fullmatch, search) of the requests it is for; `times` limits it to the
    next N of them.
    """

    latency_ms: int = 0  # work slowly; an idempotency key is held meanwhile
    error_rate: float = 0.0  # this share of requests answers `error_status`
    error_status: int = 500
    html_errors: bool = False  # errors are a web server's HTML pages; set alone: every request is a 502 page
    slow_body_bytes_per_s: int = 0
    drop: str | None = None  # close the connection: before_headers (nothing done), mid_body, after_commit (all done)
    hang_s: float = 0.0  # say nothing for so long, then close
    throttle_429: bool = False  # the minute throttle
    quota_exceeded: bool = False  # the daily quota
    outage: bool = False  # maintenance: 503
    retry_after: int | None = None  # header of throttle_429 and outage; None: no header
    invalid_json: bool = False  # do the work, then cut the JSON
    wrong_shape: bool = False  # do the work, then answer JSON of another shape
    huge_body_mb: int = 0  # do the work, then answer a body of so many megabytes
    method: str | None = None
    path: str | None = None
    times: int | None = None

    def __post_init__(self) -> None:
        if self.drop is not None and self.drop not in DROPS:
            raise ValueError(f"drop is one of {', '.join(DROPS)}, not {self.drop!r}.")

    def fits(self, method: str, path: str) -> bool:
        return (self.method is None or re.fullmatch(self.method, method, re.IGNORECASE) is not None) and (
            self.path is None or re.search(self.path, path) is not None
        )

    @property
    def is_on(self) -> bool:
        return any(getattr(self, name) != default for name, default in _OFF.items())


_LIMITS = ("method", "path", "times")
# A bare change of these modifies another fault and is none by itself.
_MODIFIERS = ("error_status", "retry_after")
_OFF: dict[str, Any] = {f.name: f.default for f in fields(Fault) if f.name not in _LIMITS and f.name not in _MODIFIERS}


@dataclass
class Faults(Fault):
    """The faults of a server: its own attributes are one of them, `add()` puts more beside it, `clear()` ends all."""

    rules: list[Fault] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__post_init__()
        self._lock = threading.Lock()
        self._random = random.Random(20261121)  # the same run meets the same errors

    def add(self, **switches: Any) -> Fault:
        """One more fault beside the others: `faults.add(drop="mid_body", path="/weights", times=1)`."""
        rule = Fault(**switches)
        with self._lock:
            self.rules.append(rule)
        return rule

    def clear(self) -> None:
        with self._lock:
            self.rules.clear()
            for each in fields(Fault):
                setattr(self, each.name, each.default)

    def replace(self, switches: dict[str, Any]) -> None:
        """Set all switches anew, as `PUT /__sandbox/faults` does; `rules` is a list of more faults."""
        rules = [Fault(**rule) for rule in switches.get("rules", [])]
        own = Fault(**{name: value for name, value in switches.items() if name != "rules"})
        self.clear()
        with self._lock:
            for each in fields(Fault):
                setattr(self, each.name, getattr(own, each.name))
            self.rules.extend(rules)

    def for_request(self, method: str, path: str) -> Fault:
        """The faults that this request meets, merged into one; uses up `times`."""
        merged = Fault()
        with self._lock:
            for rule in (self, *self.rules):
                if not rule.is_on or rule.times == 0 or not rule.fits(method, path):
                    continue
                if rule.times is not None:
                    rule.times -= 1
                for name, off in (*_OFF.items(), *((n, getattr(_NO_FAULT, n)) for n in _MODIFIERS)):
                    if getattr(rule, name) != off:
                        setattr(merged, name, getattr(rule, name))
        return merged

    def strikes(self, rate: float) -> bool:
        with self._lock:
            return self._random.random() < rate

    def as_json(self) -> dict[str, Any]:
        def switches(rule: Fault) -> dict[str, Any]:
            return {each.name: getattr(rule, each.name) for each in fields(Fault)}

        return {**switches(self), "rules": [switches(rule) for rule in self.rules]}


_NO_FAULT = Fault()
