"""Whether this version's static files were collected: without them the pages have no style and those of staff fail."""

import functools
from typing import Any

from django.contrib.staticfiles.finders import get_finders
from django.contrib.staticfiles.storage import ManifestFilesMixin, staticfiles_storage


def problem() -> str:
    """What is missing, in a sentence; empty when nothing is. A process reads the manifest once, so a repair needs a new start."""
    return _problem()


@functools.lru_cache(maxsize=1)
def _problem() -> str:
    storage: Any = staticfiles_storage
    if not isinstance(storage, ManifestFilesMixin):
        # Development: files are served from where they lie.
        return ""
    collected = storage.hashed_files
    missing = [name for finder in get_finders() for name, _where in finder.list([]) if name not in collected]
    if not missing:
        return ""
    what = "No static files are collected" if not collected else f"Static files are missing ({missing[0]} for one)"
    return f"{what}: run `manage.py collectstatic --no-input` with this version, then start again."
