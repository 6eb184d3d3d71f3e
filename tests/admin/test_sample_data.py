"""`manage.py sample_data`: rows that hold together, never in production, and out again without a trace."""

import io
import json
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.utils import timezone
from pytest_django import Settings

from oauthbridge.models import AccessToken, Application, AuthorizationRequest, Connection, RefreshToken, User
from oauthbridge.scopes import EVERYDAY
from petstools.management.sample_rows import FIRST_PERSON
from petstools.models import ToolCall
from tests.admin.conftest import make_call

pytestmark = pytest.mark.django_db
SMALL = {"connections": 50, "tool_calls": 400, "days": 10}


def run(**options: Any) -> dict[str, int]:
    out = io.StringIO()
    call_command("sample_data", json=True, stdout=out, **options)
    told: dict[str, int] = json.loads(out.getvalue())
    return told


def test_it_makes_as_many_as_were_asked_for() -> None:
    told = run(**SMALL)

    assert (told["connections"], told["tool_calls"], told["people"]) == (50, 400, 40)
    assert Connection.objects.count() == 50
    assert ToolCall.objects.count() == 400
    assert set(ToolCall.objects.values_list("outcome", flat=True)) == {"ok", "asked", "error"}
    assert RefreshToken.objects.count() == told["refresh_tokens"] == Connection.objects.active().count()
    assert AuthorizationRequest.objects.filter(status="connected").count() == 50


def test_small_is_the_default() -> None:
    told = run()

    assert (told["connections"], told["tool_calls"]) == (100, 1000)
    # As support needs them: saved and said again, with the record in both.
    for again in ToolCall.objects.filter(effect="already"):
        assert again.pet_ids
        assert again.record_ids
        before = {"connection": again.connection, "effect": "saved", "record_ids": again.record_ids}
        assert ToolCall.objects.filter(**before, pet_ids=again.pet_ids, created_at__lt=again.created_at).exists()
    assert ToolCall.objects.filter(effect="already").exists()
    assert not ToolCall.objects.exclude(outcome="ok").exclude(effect="").exists()


def test_both_doors_are_used(monkeypatch: pytest.MonkeyPatch) -> None:
    # In a busy hour (sample_rows.RHYTHM): at night nobody of so few may be at it, and nobody have an access token.
    busy = (timezone.now() - timedelta(days=1)).replace(hour=14, minute=0)
    monkeypatch.setattr("petstools.management.sample_rows.timezone.now", lambda: busy)
    run(**SMALL)

    for door, scope in (("actions", "pets"), ("mcp", " ".join(EVERYDAY))):
        mine = Connection.objects.filter(application__door=door)
        assert mine.active().exists()
        assert set(ToolCall.objects.filter(connection__in=mine).values_list("door", flat=True)) == {door}
        for model in (AccessToken, RefreshToken, AuthorizationRequest):
            assert {row.scope for row in model.objects.filter(application__door=door)} == {scope}, model
    resources = {tuple(row.resource) for row in RefreshToken.objects.filter(application__door="mcp")}
    assert resources == {(settings.MCP_URL,)}


def test_its_rows_hold_together() -> None:
    run(**SMALL)

    for row in Connection.objects.all():
        assert row.created_at <= row.last_used_at
        assert row.ended_at is None or row.last_used_at <= row.ended_at
        if row.is_active:
            # As real ones do: what checks every stored token must not stumble over these.
            assert row.open_token().reveal().startswith("sample|")
    assert not ToolCall.objects.filter(connection__isnull=True).exists()
    assert not AccessToken.objects.exclude(connection__status="active").exists()


def test_the_same_seed_makes_the_same_world() -> None:
    run(**SMALL, seed=7)
    first = sorted(ToolCall.objects.values_list("operation", "code", "latency_ms"))
    run(remove=True)

    run(**SMALL, seed=7)

    assert sorted(ToolCall.objects.values_list("operation", "code", "latency_ms")) == first


def test_it_is_taken_out_again_and_nothing_else_with_it() -> None:
    person = User.objects.person(42)
    call = make_call(None)
    run(**SMALL)

    assert run(remove=True) == {"removed_connections": 50}

    assert list(User.objects.all()) == [person]
    assert list(ToolCall.objects.all()) == [call]
    assert not any(m.objects.exists() for m in (Connection, AuthorizationRequest, RefreshToken, Application))


def test_production_refuses_it_unless_forced(settings: Settings) -> None:
    settings.ENVIRONMENT = "production"

    with pytest.raises(CommandError, match="--force"):
        run(**SMALL)
    with pytest.raises(CommandError, match="--force"):
        run(remove=True)
    assert not User.objects.exists()

    assert run(**SMALL, force=True)["connections"] == 50


def test_it_does_not_pile_up() -> None:
    run(**SMALL)

    with pytest.raises(CommandError, match="--remove"):
        run(**SMALL)


@pytest.mark.parametrize("wrong", [{"connections": 0}, {"tool_calls": -1}, {"days": 0}])
def test_it_refuses_what_makes_no_sense(wrong: dict[str, int]) -> None:
    with pytest.raises(CommandError, match="at least 1 connection"):
        run(**(SMALL | wrong))
    assert not Application.objects.exists()


def test_its_people_stand_apart_from_real_ones() -> None:
    run(**SMALL)

    assert not User.objects.filter(main_app_user_id__lt=FIRST_PERSON).exists()
