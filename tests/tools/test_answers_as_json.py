"""A tool's answer on the wire: JSON of UTF-8, whatever stands in it."""

import json
from datetime import date
from typing import Any

import pytest
from django.utils.translation import gettext_lazy

from petstools.answers import Code, as_json


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ({"name": "Mèo Мурка 🐈"}, {"name": "Mèo Мурка 🐈"}),
        ({"pets": ({"id": 2**63 - 1},)}, {"pets": [{"id": 2**63 - 1}]}),
        ({"used": 2**70}, {"used": 2**70}),
        ({"name": "Miu \ud83d"}, {"name": "Miu ?"}),
        ({"error": Code.NOT_FOUND}, {"error": "NOT_FOUND"}),
        ({"on": date(2026, 1, 2)}, {"on": "2026-01-02"}),
        ({"message": gettext_lazy("status")}, {"message": "status"}),
        ({"kg": 4.2, "none": None, "yes": True}, {"kg": 4.2, "none": None, "yes": True}),
    ],
)
def test_it_is_read_back_as_it_was_said(said: Any, read: Any) -> None:
    assert json.loads(as_json(said)) == read


def test_letters_stand_as_they_are() -> None:
    assert as_json({"name": "Míu"}) == '{"name":"Míu"}'.encode()
