"""MCP Apps (SEP-1865, 2026-01-26): what a host that can draw shows instead of a tool's text. Each view is one file without a library.

A view is made for one tool, out of `shared.js`, `shared.css`, its own script and its words; it gets that tool's answer from the
host, and calls other tools by way of it. It opens no address but the main app's pictures. Hosts without views show the text.
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from petstools.answers import Clarification
from petstools.tools import confirmations

Json = dict[str, Any]

HERE = Path(__file__).parent
MIME_TYPE = "text/html;profile=mcp-app"
EXTENSION = "io.modelcontextprotocol/ui"
# The view of each tool that has one.
VIEWS: Mapping[str, str] = {
    "pets_overview": "due",
    "list_weights": "weights",
    "get_pet": "pet",
    "review_records": "review",
    "delete_pet": "confirm",
    "delete_record": "confirm",
    "set_pet_status": "confirm",
}
# The tool that only a tap on a confirmation's card calls, and where that card finds the seal of the question.
CONFIRM = "confirm"
SEAL = "com.meo-mai-moi/confirmation"
_ASKED_BY_CARD = (
    "Nothing was changed. The person is shown a card that asks them, and their tap on it does it: tell them so, wait, and send "
    "nothing for it."
)
_TITLES = {
    "pets_overview": "Who is due",
    "list_weights": "Weight curve",
    "get_pet": "Pet card",
    "review_records": "Review of records",
    "delete_pet": "Confirm the deletion of a pet",
    "delete_record": "Confirm the deletion of a record",
    "set_pet_status": "Confirm a pet's new status",
}


def uri(tool: str) -> str:
    return f"ui://meo-mai-moi/{tool}"


def tool_meta(tool: str) -> Json:
    """The members of a tool's `_meta` by which hosts find its view: today's form, and ChatGPT's older one."""
    if tool not in VIEWS:
        return {}
    return {"ui": {"resourceUri": uri(tool)}, "openai/outputTemplate": uri(tool)}


def draws(capabilities: Mapping[str, Any]) -> bool:
    """Whether a client says that it draws views (SEP-1865, "Client<>Server Capability Negotiation")."""
    extensions = capabilities.get("extensions")
    declared = extensions.get(EXTENSION) if isinstance(extensions, Mapping) else None
    kinds = declared.get("mimeTypes") if isinstance(declared, Mapping) else None
    return isinstance(kinds, list) and MIME_TYPE in kinds


def asked_by_card(tool: str, answer: Clarification) -> tuple[Clarification, Json]:
    """A question as the model of a host that draws reads it, and what of it the view alone gets: the seal by which a yes is known
    stays out of the model's sight (`_meta` of a result), so that only the person's own tap can bring it."""
    seal = answer.extra.get("confirmation")
    if VIEWS.get(tool) != "confirm" or seal is None:
        return answer, {}
    shown = replace(
        answer,
        message=answer.message.replace(confirmations.AGAIN, _ASKED_BY_CARD),
        missing_fields=[],
        extra={name: value for name, value in answer.extra.items() if name != "confirmation"},
    )
    return shown, {SEAL: seal}


def listed() -> list[Json]:
    """The resources of resources/list."""
    return [
        {"uri": uri(tool), "name": tool, "title": _TITLES[tool], "mimeType": MIME_TYPE, "_meta": _resource_meta()}
        for tool in VIEWS
    ]


def content(wanted: object) -> Json | None:
    """The one content of resources/read; None: there is no such resource."""
    tool = next((tool for tool in VIEWS if uri(tool) == wanted), None)
    if tool is None:
        return None
    return {"uri": uri(tool), "mimeType": MIME_TYPE, "text": html(tool), "_meta": _resource_meta()}


def html(tool: str) -> str:
    """The page of this tool's view."""
    return _html(tool, _images())


@cache
def _html(tool: str, images: str) -> str:
    view, words = VIEWS[tool], json.loads(_text("words.json"))
    constants = {
        "WORDS": {language: {**words["shared"][language], **own} for language, own in words[view].items()},
        "TOOL": tool,
        "SEAL": SEAL,
        "IMAGES": images,
        "VERSION": settings.VERSION,
    }
    # No word of a translator's may end the script that it stands in.
    declared = "".join(
        f"const {name} = {json.dumps(value, ensure_ascii=False)};\n".replace("<", "\\u003c")
        for name, value in constants.items()
    )
    policy = f"default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src {images}"
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{_TITLES[tool]}</title>\n<style>\n{_text('shared.css')}</style>\n</head>\n<body>\n"
        f"<main></main>\n<script>\n{declared}{_text('shared.js')}\n{_text(f'{view}.js')}</script>\n</body>\n</html>\n"
    )


def words(view: str, language: str) -> dict[str, str]:
    """A view's own words, in this language or in English."""
    of: dict[str, dict[str, str]] = json.loads(_text("words.json"))[view]
    return of.get(language, of["en"])


def _text(name: str) -> str:
    return (HERE / name).read_text(encoding="utf-8")


def _images() -> str:
    address = urlsplit(settings.MAIN_APP_URL)
    return f"{address.scheme}://{address.netloc}"


def _resource_meta() -> Json:
    return {"ui": {"csp": {"connectDomains": [], "resourceDomains": [_images()]}, "prefersBorder": True}}
