"""CWE-502: what the cache holds is data. Pickle, django-redis's default, would run what somebody with access to Redis puts there."""

import os
import pickle
from pathlib import Path

import pytest
from django.conf import settings
from django.core.cache import cache

pytestmark = pytest.mark.stateful


class Payload:
    def __init__(self, path: Path) -> None:
        self._path = path

    def __reduce__(self) -> tuple[object, ...]:
        return os.mkdir, (str(self._path),)


@pytest.mark.stateful
def test_a_planted_pickle_is_not_run(tmp_path: Path) -> None:
    if not settings.REDIS_URL:
        pytest.skip("needs Redis")
    from django_redis import get_redis_connection

    trap = tmp_path / "trap"
    get_redis_connection("default").set(cache.make_key("last-prune"), pickle.dumps(Payload(trap)))

    with pytest.raises(ValueError):  # noqa: PT011 - of the decoder, whichever it is
        cache.get("last-prune")

    assert not trap.exists()


def test_signed_sessions_are_json_too() -> None:
    assert settings.SESSION_SERIALIZER.endswith("JSONSerializer")
