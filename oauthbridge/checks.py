"""System checks about clients and keys. `oauthbridge.E001` a client secret from the environment could be guessed."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from oauthbridge.tokens import client_secret_weakness


@register("settings")
def client_secret_is_strong(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    if not settings.OAUTH_CLIENT_SECRET:
        return []
    weakness = client_secret_weakness(settings.OAUTH_CLIENT_SECRET)
    if weakness is None:
        return []
    return [
        Error(
            f"Set OAUTH_CLIENT_SECRET to a stronger value, or unset it and run `manage.py gpt_client`: {weakness}.",
            obj="OAUTH_CLIENT_SECRET",
            id="oauthbridge.E001",
        )
    ]
