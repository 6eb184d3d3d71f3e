"""Lengths of time and names of languages, in the language of the page."""

import math
import unicodedata
from datetime import datetime, timedelta

from babel.dates import format_timedelta
from django.conf import settings
from django.utils import timezone, translation
from django.utils.functional import lazy


def _in_days(days: int) -> str:
    # Never as weeks, months or years: people shall read the number that is set.
    return format_timedelta(
        timedelta(days=days), granularity="day", threshold=math.inf, locale=translation.get_language()
    )


# Put into words only where the page is, in its language.
days_in_words = lazy(_in_days, str)


def ago(moment: datetime) -> str:
    """ "3 minutes ago"."""
    return format_timedelta(moment - timezone.now(), add_direction=True, locale=translation.get_language())


def languages() -> list[tuple[str, str]]:
    """Each language's code, and its name in itself."""
    names = {code: translation.get_language_info(code)["name_local"] for code, _name in settings.LANGUAGES}
    # Django has the Vietnamese one in decomposed letters, which few fonts draw well.
    return [(code, unicodedata.normalize("NFC", name[:1].upper() + name[1:])) for code, name in names.items()]


def known_language(code: str) -> str | None:
    return code if code in dict(settings.LANGUAGES) else None
