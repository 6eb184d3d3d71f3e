"""Who is calling, and the public settings: /version, /settings/public, /users/me, /user/locale, /user/api-tokens."""

from __future__ import annotations

from django.http import HttpResponse

from sandbox.answers import ok
from sandbox.guards import check_base_version
from sandbox.messages import LANGUAGES
from sandbox.pipeline import Call
from sandbox.shapes.people import profile_json
from sandbox.validation import REQUIRED, field, one_of, string, validated


def version(call: Call) -> HttpResponse:
    return ok({"version": call.release.version})


def public_settings(call: Call) -> HttpResponse:
    return ok({"invite_only_enabled": True, "email_verification_required": True, "telegram_bot_username": None})


def me(call: Call) -> HttpResponse:
    return ok(profile_json(call.me, call.app))


def set_locale(call: Call) -> HttpResponse:
    check_base_version(
        call, call.me, lambda: profile_json(call.me, call.app), since=call.release.base_version_everywhere
    )
    values = validated(call.body, {"locale": field(REQUIRED, string, one_of(*LANGUAGES))})
    if values["locale"] != call.me.locale:
        call.me.locale = values["locale"]
        call.world.changed(call.me)
    return ok({"locale": call.me.locale})


def api_tokens(call: Call) -> HttpResponse:
    """The tokens of the signed-in person; only for the main app's own pages (main-app.md §5.5)."""
    return ok([{"id": row.id, "name": row.name} for row in call.world.tokens_of(call.me)])
