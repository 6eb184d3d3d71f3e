"""People in JSON: the full row that leaks into pet JSON, and the own profile (main-app.md §10.1)."""

from __future__ import annotations

from sandbox.answers import Json
from sandbox.config import MainApp
from sandbox.records import User

from .stamps import moment, timestamps


def user_json(user: User) -> dict[str, Json]:
    """A full user row, as it leaks into pet JSON too."""
    return {
        "id": user.id,
        "name": user.name,
        "email": user.email,
        "email_verified_at": moment(user.email_verified_at),
        **timestamps(user),
        "google_id": None,
        "is_banned": user.banned_at is not None,
        "banned_at": moment(user.banned_at),
        "ban_reason": user.ban_reason,
        "locale": user.locale,
        "telegram_chat_id": None,
        "telegram_link_token": user.telegram_link_token,
        "telegram_link_token_expires_at": None,
        "telegram_user_id": None,
        "telegram_username": None,
        "telegram_first_name": None,
        "telegram_last_name": None,
        "telegram_photo_url": None,
        "telegram_last_authenticated_at": None,
        "registered_via_gpt": user.registered_via_gpt,
        "avatar_url": None,
        "avatar": None,
        "has_password": True,
        "media": [],
    }


def profile_json(user: User, app: MainApp) -> dict[str, Json]:
    """The caller's own row: GET /users/me."""
    return {
        **user_json(user),
        "roles": list(user.roles),
        "latest_owner_weight_history": None,
        "can_access_admin": False,
        "is_premium": user.is_premium,
        "storage_used_bytes": app.world.storage_used(user),
        "storage_limit_bytes": app.world.storage_limit(user),
        "owner_weight_kg": None,
        "owner_weight_recorded_at": None,
    }
