"""What a person can start with (MCP 2026-07-28, server/prompts): four openings of a conversation, in the person's language."""

import json
from functools import cache
from pathlib import Path
from typing import Any

Json = dict[str, Any]
# By name and language: title, description, text. `{pet}` in a text is what the person fills in, or the words of `any_pet`.
_FILE = Path(__file__).parent / "prompts.json"


@cache
def _prompts() -> dict[str, dict[str, dict[str, str]]]:
    prompts: dict[str, dict[str, dict[str, str]]] = json.loads(_FILE.read_text(encoding="utf-8"))
    return prompts


def listed(language: str) -> list[Json]:
    """The prompts of prompts/list."""
    return [_described(name, _in(language, texts)) for name, texts in _prompts().items()]


def _described(name: str, texts: dict[str, str]) -> Json:
    described: Json = {"name": name, "title": texts["title"], "description": texts["description"]}
    if "pet" in texts:
        described["arguments"] = [
            {"name": "pet", "title": texts["pet"], "description": texts["pet"], "required": False}
        ]
    return described


def message(name: object, language: str, arguments: Json) -> Json | None:
    """The result of prompts/get; None: there is no such prompt."""
    texts = _prompts().get(name) if isinstance(name, str) else None
    if texts is None:
        return None
    own = _in(language, texts)
    pet = arguments.get("pet")
    named = pet.strip()[:100] if isinstance(pet, str) and pet.strip() else own.get("any_pet", "")
    content = {"type": "text", "text": own["text"].replace("{pet}", named)}
    return {"description": own["description"], "messages": [{"role": "user", "content": content}]}


def _in(language: str, texts: dict[str, dict[str, str]]) -> dict[str, str]:
    return texts.get(language, texts["en"])
