"""`manage.py chat`."""

import io

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from oauthbridge.models import Connection


@pytest.mark.django_db(transaction=True)
def test_it_answers_line_by_line_and_leaves_no_connection(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.MAIN_APP_URL = ""
    monkeypatch.setattr("sys.stdin", io.StringIO("Míu 4,2 kg\nhoàn tác\n"))
    out = io.StringIO()

    call_command("chat", "--as", "mai", stdout=out)

    assert "Đã ghi: Míu nặng 4,2 kg" in out.getvalue()
    assert "Đã hoàn tác" in out.getvalue()
    assert not Connection.objects.active().exists()


def test_it_touches_nobody_in_production(settings: Settings) -> None:
    """The stand-in's people have numbers, and so may real ones."""
    settings.ENVIRONMENT = "production"

    with pytest.raises(CommandError, match="stand-in"):
        call_command("chat")
