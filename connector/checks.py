"""System checks: everything wrong with the environment, one sentence each, before the first request.

`connector.E001` a setting is missing or bad · `connector.E002` a client secret could be guessed ·
`connector.E003` a setting that only tests may use is on in production · `connector.E004` static files are not collected
(`check --deploy`; commands go without them).
"""

import zoneinfo
from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, register
from django.utils import timezone

from connector import static_files


@register("settings")
def environment_is_usable(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    return [Error(problem.message, obj=problem.name, id="connector.E001") for problem in settings.ENV.problems]


@register("settings")
def time_zone_is_known(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:

    try:
        timezone.now().astimezone(zoneinfo.ZoneInfo(settings.DEFAULT_TIME_ZONE))
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        return [
            Error(
                "Set DEFAULT_TIME_ZONE to an IANA name such as Asia/Ho_Chi_Minh.",
                obj="DEFAULT_TIME_ZONE",
                id="connector.E001",
            )
        ]
    return []


@register("settings")
def test_doors_are_shut_in_production(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    if not settings.ENV.is_production:
        return []
    return [
        Error(f"Unset {name}: it is for tests only and opens a door in production.", obj=name, id="connector.E003")
        for name in ("FILE_DOWNLOAD_PRIVATE_ADDRESSES", "MCP_CLIENT_PRIVATE_ADDRESSES")
        if settings.ENV.text(name).lower() == "true"
    ]


@register("settings", deploy=True)
def static_files_are_collected(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    problem = static_files.problem()
    return [Error(problem, obj="staticfiles", id="connector.E004")] if problem else []
