"""How many lines of infrastructure are written by hand: what stands between this service and a web server, HTTP, SQL or a limiter.

The files are those that took over what 3,656 lines did in commit 5fc12a3 (docs/decisions/speed.md), and what came since. Where a file
is one in part only, the part is named by the lines with which it begins and ends.
"""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
# File → from which line on, and before which; empty for all of it.
INFRASTRUCTURE: dict[str, tuple[str, str]] = {
    "connector/serving/gunicorn_worker.py": ("", ""),
    "connector/middleware.py": ("# --- More work than threads", "# --- Pages"),
    "mainapp/http/addresses.py": ("", ""),
    "mainapp/http/connection.py": ("", ""),
    "mainapp/http/fetching.py": ("", ""),
    "mainapp/session.py": ("", ""),
    "mainapp/messages.py": ("", ""),
    "mainapp/refusals.py": ("", ""),
    # How they are read; what a record has is the main app's contract.
    "mainapp/records.py": ("", "class PetType("),
    "mainapp/breaker.py": ("", ""),
    "oauthbridge/compiled_queries.py": ("", ""),
    "oauthbridge/throttle.py": ("", ""),
    "oauthbridge/authentication.py": ("", ""),
    "petstools/execution.py": ("# --- How many calls may be under way", ""),
}


def counted() -> dict[str, int]:
    """The lines of each, blank ones and comments among them. Raises ValueError where a part is not there any more."""
    return {name: _lines((ROOT / name).read_text().splitlines(), *part) for name, part in INFRASTRUCTURE.items()}


def _lines(lines: list[str], begin: str, end: str) -> int:
    first = next((at for at, line in enumerate(lines) if line.startswith(begin)), None)
    last = next((at for at, line in enumerate(lines) if end and line.startswith(end)), None if end else len(lines))
    if first is None or last is None:
        raise ValueError(f"no part of a file from {begin!r} to {end!r}")
    return last - first
