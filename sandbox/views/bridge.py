"""The GPT bridge: register, telegram-link, confirm, exchange, revoke (main-app.md §5)."""

from __future__ import annotations

import hmac
import re
import secrets
from urllib.parse import urlencode

from django.http import HttpResponse

from sandbox.answers import ApiError, InvalidError, Json, ok
from sandbox.messages import text
from sandbox.pipeline import Call
from sandbox.records import GPT_ABILITIES
from sandbox.shapes.stamps import moment
from sandbox.validation import (
    REQUIRED,
    Field,
    Rule,
    RuleError,
    checked,
    field,
    longest,
    shortest,
    string,
    uuid_text,
    validated,
)
from sandbox.world import TELEGRAM_TOKEN_LIFETIME, signature_matches

NOT_CONFIGURED = "GPT connector is not configured."

SESSION_FIELDS: dict[str, Field] = {
    "session_id": field(REQUIRED, string, uuid_text),
    "session_sig": field(REQUIRED, string),
}


def register(call: Call) -> HttpResponse:
    world, language = call.world, call.language
    values, errors = checked(
        call.body,
        {
            **SESSION_FIELDS,
            "name": field(
                REQUIRED,
                string,
                longest(255, text("name.max", language)),
                required_text=text("name.required", language),
            ),
            "email": field(
                REQUIRED,
                string,
                email_address,
                longest(255),
                free_email(call),
                required_text=text("email.required", language),
            ),
            "password": field(
                REQUIRED,
                string,
                shortest(10, text("password.short", language)),
                mixed_case,
                with_digit,
                required_text=text("password.required", language),
            ),
        },
    )
    if "password" in values and call.body.get("password_confirmation") != values["password"]:
        errors["password"] = ["The password field confirmation does not match."]
    if errors:
        raise InvalidError(errors)
    check_signature(call, values)
    if not world.mark_used(f"register:{values['session_id']}"):
        raise ApiError(400, "Session has already been used for registration.")
    user = world.add_user(
        f"user{len(world.users) + 1}",
        values["name"],
        values["email"],
        password=values["password"],
        locale=language,
        email_verified_at=None,
        registered_via_gpt=True,
    )
    if call.session is not None:
        call.session.user = user
    data: dict[str, Json] = {
        "user": {
            "name": user.name,
            "email": user.email,
            "registered_via_gpt": True,
            "updated_at": moment(user.updated_at),
            "created_at": moment(user.created_at),
            "id": user.id,
            "avatar_url": None,
            "avatar": None,
            "has_password": True,
            "media": [],
        },
        "requires_verification": True,
        "email_verified": False,
    }
    if call.release.register_tells_about_mail:
        data["email_sent"] = world.mail_works
        data["message"] = (
            "We have sent you a verification email. Please check your inbox."
            if world.mail_works
            else "We are unable to send verification email at the moment. But hopefully admins are working on it "
            "and you will receive it soon."
        )
    return ok(data, status=201)


def telegram_link(call: Call) -> HttpResponse:
    values = validated(call.body, SESSION_FIELDS)
    check_signature(call, values)
    token = secrets.token_hex(10)
    call.world.telegram_tokens[token] = (values["session_id"], call.world.now() + TELEGRAM_TOKEN_LIFETIME)
    return ok({"telegram_login_token": token})


def confirm(call: Call) -> HttpResponse:
    """Mints the token; checks neither e-mail nor ban, exactly as the real one (main-app.md §5.4)."""
    values = validated(call.body, SESSION_FIELDS)
    check_signature(call, values)
    if not call.app.connector_url:
        raise ApiError(500, NOT_CONFIGURED)
    if not call.world.mark_used(f"confirm:{values['session_id']}"):
        raise ApiError(400, "Session has already been used.")
    abilities = GPT_ABILITIES if call.release.generic_abilities else GPT_ABILITIES[:5]
    code = call.world.issue_code(call.me, abilities)
    query = urlencode({"session_id": values["session_id"], "code": code})
    return ok({"redirect_url": f"{call.app.connector_url.rstrip('/')}/oauth/callback?{query}"})


def exchange(call: Call) -> HttpResponse:
    check_connector_key(call)
    values = validated(call.body, {"code": field(REQUIRED, string, uuid_text)})
    token = call.world.take_code(values["code"])
    if token is None:
        raise ApiError(400, "Invalid or expired code.")
    return ok({"sanctum_token": token.plaintext, "user_id": token.user.id})


def revoke(call: Call) -> HttpResponse:
    check_connector_key(call)
    values = validated(call.body, {"token": field(REQUIRED, string)})
    call.world.revoke(values["token"])
    return ok({"revoked": True})


def check_signature(call: Call, values: dict[str, Json]) -> None:
    if not signature_matches(values["session_id"], values["session_sig"], call.app.hmac_secret):
        raise ApiError(400, "Invalid session signature.")


def check_connector_key(call: Call) -> None:
    if not call.app.api_key and call.release.unset_key_is_503:
        raise ApiError(503, NOT_CONFIGURED)
    scheme, _, key = call.request.headers.get("Authorization", "").partition(" ")
    sent = key.strip() if scheme.lower() == "bearer" else ""
    if not call.app.api_key or not hmac.compare_digest(sent.encode(), call.app.api_key.encode()):
        raise ApiError(401, "Unauthorized.")


def email_address(label: str, value: Json) -> Json:
    if not re.fullmatch(r"[^@\s]+@[^@\s]+", str(value)):
        raise RuleError(f"The {label} field must be a valid email address.")
    return value


def free_email(call: Call) -> Rule:
    def rule(label: str, value: Json) -> Json:
        if call.world.user_by_email(str(value)) is not None:
            raise RuleError(text("email.taken", call.language))
        return value

    return rule


def mixed_case(label: str, value: Json) -> Json:
    if not (re.search(r"[a-z]", str(value)) and re.search(r"[A-Z]", str(value))):
        raise RuleError(f"The {label} field must contain at least one uppercase and one lowercase letter.")
    return value


def with_digit(label: str, value: Json) -> Json:
    if not re.search(r"\d", str(value)):
        raise RuleError(f"The {label} field must contain at least one number.")
    return value
