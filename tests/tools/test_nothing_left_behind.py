"""Nothing of a call stays in the process once it has been answered: what all threads share must not hold a request."""

import gc
import json
import weakref
from collections.abc import Callable
from typing import Any

import pytest
from django.test import RequestFactory
from django.urls import resolve

from tests.tools.conftest import Gpt

pytestmark = pytest.mark.once

CALLS: dict[str, tuple[str, str, Any]] = {
    "read": ("GET", "/pets", None),
    "found": ("POST", "/pets/find", {"name": "no such cat"}),
    "no id": ("GET", "/pets/x", None),
    "wrong input": ("POST", "/pets/find", {"name": []}),
    "wrong method": ("DELETE", "/pets", None),
    "refused": ("GET", "/pets/999999", None),
    "a write refused": ("POST", "/pets/999999/weights", {"weight_kg": 4.2, "measured_at": "2026-01-15"}),
}
# Of these nothing else is left either; an exception and its frames hold one another.
ANSWERED = ("read", "found")


@pytest.mark.parametrize("token", ["theirs", "wrong"])
@pytest.mark.parametrize("call", CALLS)
def test_the_request_is_gone_with_its_answer(gpt: Callable[..., Gpt], call: str, token: str) -> None:
    method, path, body = CALLS[call]
    bearer = gpt("mai").http.defaults["HTTP_AUTHORIZATION"] if token == "theirs" else "Bearer wrong"

    def held() -> list[weakref.ref[Any]]:
        request = RequestFactory().generic(
            method,
            path,
            b"" if body is None else json.dumps(body).encode(),
            "application/json",
            HTTP_AUTHORIZATION=bearer,
            MEO_REQUEST_ID="0123456789",
        )
        view, arguments, named = resolve(path)
        response = view(request, *arguments, **named)
        response.render()
        assert response.status_code in (200, 400, 401, 404, 405, 422)
        return [weakref.ref(request), weakref.ref(response)]

    # The first one makes what stays.
    held()
    gc.collect()
    gc.disable()
    try:
        # Without the collector's help: most of its work was once a circle of REST framework's view, request and response.
        assert [each() for each in held()] == [None, None]
        assert call not in ANSWERED or token == "wrong" or gc.collect() == 0
    finally:
        gc.enable()
