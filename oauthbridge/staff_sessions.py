"""Sessions of staff in Redis, under a digest of their key: who can read Redis can't take a session over.

Django's own store has the key of each session, which is all that its cookie holds, in clear in the name of the entry.
"""

from typing import Any

from django.contrib.sessions.backends import cache
from django.core.cache.backends.base import BaseCache

from oauthbridge.tokens import digest


class SessionStore(cache.SessionStore):
    """`SESSION_ENGINE` where there is Redis."""

    _cache: BaseCache

    @property
    def cache_key(self) -> str:
        return self._named(self._get_or_create_session_key())  # type: ignore[attr-defined]

    def create(self) -> None:
        """Raises CreateError while Redis is away; Django's tries ten thousand times, and each may take a second."""
        self._session_key = self._get_new_session_key()  # type: ignore[attr-defined]
        self.save(must_create=True)
        self.modified = True

    def exists(self, session_key: Any) -> bool:
        return bool(session_key) and self._named(session_key) in self._cache

    def delete(self, session_key: Any = None) -> None:
        key = session_key or self.session_key
        if key:
            self._cache.delete(self._named(key))

    def _named(self, session_key: str) -> str:
        return f"{self.cache_key_prefix}{digest(session_key)}"
