"""Every address of the service, by its pattern: so that a page that somebody adds is looked at, or said to be none."""

from collections.abc import Iterator
from typing import Any

from django.urls import URLPattern, get_resolver


def patterns() -> Iterator[str]:
    yield from _below(get_resolver().url_patterns, "")


def _below(entries: list[Any], before: str) -> Iterator[str]:
    for entry in entries:
        route = before + str(entry.pattern)
        if isinstance(entry, URLPattern):
            yield route
        else:
            yield from _below(entry.url_patterns, route)
