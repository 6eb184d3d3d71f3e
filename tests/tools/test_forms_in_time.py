"""A form reads whatever comes in a text's time, and no pattern in it looks at the same letters again and again (CWE-1333)."""

import time
from contextlib import suppress

import pytest
from rest_framework.exceptions import ValidationError

from petstools import inputs
from petstools.answers import ToolError
from petstools.catalog import ONLY_MCP, TOOLS
from petstools.tools.base import Tool

# A body may hold fifteen times as much; what takes the square of its length takes two hundred times as long there.
LETTERS = 20_000
TEXTS = ["a" + " " * LETTERS + "b", "," * LETTERS + "b", "a,b " * (LETTERS // 4), "1" * LETTERS, "-1" * (LETTERS // 2)]


@pytest.mark.once
@pytest.mark.parametrize("tool", [*TOOLS, *ONLY_MCP], ids=lambda tool: tool.name)
def test_no_field_is_long_at_a_long_text(tool: Tool) -> None:
    for form in (tool.query, tool.request):
        for field in [] if form is None else form().fields:
            for text in TEXTS:
                began = time.thread_time()
                with suppress(ValidationError, ToolError):
                    inputs.read(tool, query={field: text}, body={field: text})
                assert time.thread_time() - began < 0.5, (field, text[:5])
