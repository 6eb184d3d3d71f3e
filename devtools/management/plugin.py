"""The plugin that a person adds to Claude or to ChatGPT and Codex: the MCP address, and the GPT's instructions as a skill.

One folder that both vendors take: each reads its own manifest, both the same `.mcp.json` and `skills/` (docs/listing/README.md).
"""

import json
from pathlib import Path
from typing import Any

from django.conf import settings

INSTRUCTIONS = Path(settings.BASE_DIR) / "docs" / "gpt" / "instructions.md"
MARKER = "<!-- Paste from here to the end of the file -->\n"
NAME = "meo-mai-moi"
SKILL = "keeping-pets"
WHEN = (
    "Use when the person speaks of their pets on Meo Mai Moi: weights, vaccinations, vet visits, medication, microchips, habits, "
    "who is due, or a photographed vaccination card."
)

_PAGES = "[Privacy]({public}/privacy) · [Terms]({public}/terms) · [Support]({public}/support)\n"


def files(texts: dict[str, Any]) -> dict[str, str]:
    """Each file of the plugin by its path. texts: docs/listing/listing.toml."""
    public = settings.CONNECTOR_PUBLIC_URL
    about = {
        "name": NAME,
        "version": settings.VERSION,
        "description": texts["subtitle"],
        "author": {"name": texts["name"], "url": settings.MAIN_APP_URL},
        "homepage": public,
        "license": "MIT",
        "keywords": ["pets", "health", "vaccination"],
    }
    shown = {
        "displayName": texts["name"],
        "shortDescription": texts["subtitle"],
        "longDescription": texts["description"].strip(),
        "developerName": texts["name"],
        "category": texts["category"],
        "websiteURL": settings.MAIN_APP_URL,
        "privacyPolicyURL": f"{public}/privacy",
        "termsOfServiceURL": f"{public}/terms",
        "defaultPrompt": texts["starter_prompts"][:3],
    }
    return {
        ".claude-plugin/plugin.json": _text({**about, "privacyPolicyUrl": shown["privacyPolicyURL"]}),
        ".codex-plugin/plugin.json": _text(
            {**about, "skills": "./skills/", "mcpServers": "./.mcp.json", "interface": shown}
        ),
        "README.md": f"# {texts['name']}\n\n{texts['description'].strip()}\n\n{_PAGES.format(public=public)}",
        ".mcp.json": _text({"mcpServers": {NAME: {"type": "http", "url": settings.MCP_URL}}}),
        f"skills/{SKILL}/SKILL.md": f"---\nname: {SKILL}\ndescription: {json.dumps(WHEN)}\n---\n\n{skill()}",
    }


def skill() -> str:
    """The GPT's instructions in the MCP door's words: what that door leaves out is left out, and no assistant is named."""
    lines = INSTRUCTIONS.read_text(encoding="utf-8").partition(MARKER)[2].splitlines(keepends=True)
    kept = "".join(line for line in lines if "list_pet_types" not in line)
    return kept.replace("openaiFileIdRefs", "files").replace(
        "ChatGPT doesn't ask the person before creations and changes, so you do: say",
        "Before a creation or change say",
    )


def write(folder: Path, texts: dict[str, Any]) -> list[str]:
    """Write the plugin into this folder; the paths of its files."""
    made = files(texts)
    for path, text in made.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    return list(made)


def _text(value: dict[str, Any]) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"
