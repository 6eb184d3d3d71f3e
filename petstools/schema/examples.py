"""Examples in the schema: calls as a model should make them, and what comes back. Each is checked against the schema (lint)."""

from typing import Any

# By the component's name: one answer or record.
COMPONENTS: dict[str, Any] = {}
# By operation: what is sent, under a few words of what the person said.
CALLS: dict[str, dict[str, Any]] = {}
