"""Transactions that need the same rows take them in one order (`oauthbridge.models`): none is given up as part of a deadlock."""

# ruff: noqa: F811 - fixtures that come from another module
import os
import threading
import time
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection as db
from django.db import transaction
from django.db.models.signals import pre_delete
from django.utils import timezone
from pytest_django import Settings

from chat.zalo.lease import Lease
from chat.zalo.models import Account, Event, Sender
from oauthbridge import connections, legacy
from oauthbridge.models import Connection, LegacyToken, User
from oauthbridge.retention import delete_past
from petstools import forgetting, retention
from petstools.tool_calls import Line, _store
from tests.ops.conftest import Connected, client, connected  # noqa: F401 - fixtures
from tests.playing import ClientApp, Person
from tests.security.old_tokens import SECRET

pytestmark = pytest.mark.django_db(transaction=True)

OpenBrowser = Callable[..., Person]
Connect = Callable[..., Connected]
EndReason = Connection.EndReason
WAITING_FOR_A_LOCK = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
)


@pytest.fixture(autouse=True)
def _on_postgresql() -> None:
    if db.vendor != "postgresql":
        pytest.skip("SQLite has one writer")


class Halfway:
    """Where the first of two transactions stops until the second has met its locks. Called, it is that place; once is enough."""

    def __init__(self) -> None:
        self._reached, self._go_on = threading.Event(), threading.Event()

    def __call__(self) -> None:
        if not self._reached.is_set():
            self._reached.set()
            assert self._go_on.wait(20)

    def beside(self, first: Callable[[], Any], second: Callable[[], Any]) -> tuple[Any, Any]:
        """What the two return that run at the same moment; what one raises, such as that it was given up, is raised here."""
        one, other = _Session(first), _Session(second)
        one.start()
        assert self._reached.wait(20), one.error
        other.start()
        until = time.monotonic() + 20
        while other.is_alive() and not self._somebody_waits():
            assert time.monotonic() < until
            time.sleep(0.01)
        self._go_on.set()
        return one.result(), other.result()

    @staticmethod
    def _somebody_waits() -> bool:
        with db.cursor() as cursor:
            cursor.execute(WAITING_FOR_A_LOCK)
            return bool(cursor.fetchone()[0])


class _Session(threading.Thread):
    """A thread and so a database connection of its own."""

    def __init__(self, do: Callable[[], Any]) -> None:
        super().__init__(daemon=True)
        self._do = do
        self._returned: Any = None
        self.error: Exception | None = None

    def run(self) -> None:
        try:
            self._returned = self._do()
        except Exception as error:  # noqa: BLE001 - raised by `result`
            self.error = error
        finally:
            db.close()

    def result(self) -> Any:
        self.join(20)
        if self.error is not None:
            raise self.error
        return self._returned


@pytest.fixture
def halfway() -> Halfway:
    return Halfway()


@pytest.fixture
def before(monkeypatch: pytest.MonkeyPatch, halfway: Halfway) -> Callable[..., None]:
    """`before(module, "name")`: halfway is where that is called, the `on`th time."""

    def stop(module: Any, name: str, on: int = 1) -> None:
        real, calls = getattr(module, name), iter(range(1, 100))

        def stopping(*args: Any, **options: Any) -> Any:
            if next(calls) == on:
                halfway()
            return real(*args, **options)

        monkeypatch.setattr(module, name, stopping)

    return stop


@pytest.fixture
def _the_transition(settings: Settings) -> None:
    settings.JWT_SECRET = SECRET
    settings.JWT_ACCEPTED_UNTIL = date.today() + timedelta(days=30)
    settings.ENCRYPTION_KEYS = [os.urandom(32)]


@pytest.mark.usefixtures("_the_transition")
class TestWhileOldTokensAreHonoured:
    def test_a_connection_is_ended_on_purpose_and_then_its_code_redeemed(
        self, client_app: ClientApp, person: OpenBrowser, halfway: Halfway, before: Callable[..., None]
    ) -> None:
        code = person().sign_in_to(client_app)["code"]
        connection = Connection.objects.get()
        before(legacy, "refuse_issued_until_now")

        ended, answer = halfway.beside(
            lambda: connections.end(connection.pk, EndReason.STAFF), lambda: client_app.exchange(code)
        )

        assert ended
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")

    def test_its_code_is_redeemed_and_then_it_is_ended_on_purpose(
        self, client_app: ClientApp, person: OpenBrowser, halfway: Halfway, before: Callable[..., None]
    ) -> None:
        code = person().sign_in_to(client_app)["code"]
        connection = Connection.objects.get()
        before(connections, "end_older")

        answer, ended = halfway.beside(
            lambda: client_app.exchange(code), lambda: connections.end(connection.pk, EndReason.STAFF)
        )

        assert answer.status_code == 200
        assert ended
        assert not Connection.objects.active().exists()

    def test_several_are_ended_while_lines_about_their_calls_are_stored(
        self,
        connected: Connect,
        halfway: Halfway,
        before: Callable[..., None],
    ) -> None:
        chosen, taken_over = connected("mai").row, connected("mai", is_legacy=True).row
        lines = [
            Line(pk, "actions", "list_pets", "ok", 200, "", 1, 5, "r", timezone.now())
            for pk in (taken_over.pk, chosen.pk)
        ]
        before(connections, "end", on=2)

        ended, _stored = halfway.beside(lambda: connections.end(chosen.pk, EndReason.STAFF), lambda: _store(lines))

        assert ended
        assert not Connection.objects.active().exists()


class TestWhileAPersonIsForgotten:
    def test_their_ended_connection_is_pruned(self, connected: Connect, halfway: Halfway) -> None:
        long_ago = timezone.now() - timedelta(days=400)
        ended = connected("mai").row
        LegacyToken.objects.create(connection=ended, jti_digest="d" * 64, expires=long_ago)
        connections.end(ended.pk, EndReason.IDLE)
        Connection.objects.update(ended_at=long_ago)
        (pruned,) = [kept for kept in retention.KEPT if kept.name == "ended connections"]

        def stop(**_: object) -> None:
            halfway()

        pre_delete.connect(stop, sender=Connection)
        try:
            halfway.beside(
                lambda: list(delete_past(pruned, timezone.now())),
                lambda: list(forgetting.forget(ended.user.main_app_user_id or 0)),
            )
        finally:
            pre_delete.disconnect(stop, sender=Connection)

        assert not User.objects.exists()

    def test_what_they_wrote_on_zalo_is_answered(self, connected: Connect, halfway: Halfway) -> None:
        row = connected("mai").row
        account = Account.objects.create(product=Account.Product.BOT, own_id="1")
        sender = Sender.objects.create(account=account, sender_id="2", connection=row)
        event = Event.objects.create(
            account=account, sender=sender, key="k", kind=Event.Kind.TEXT, sent_at=timezone.now()
        )

        def answer() -> None:
            """As `chat.zalo.work.answer_event` ends."""
            with Lease(sender.pk) as lease:
                assert lease.take()
                with transaction.atomic():
                    lease.hold()
                    halfway()
                    event.state = Event.State.DONE
                    event.save(update_fields=["state"])

        halfway.beside(answer, lambda: list(forgetting.forget(row.user.main_app_user_id or 0)))

        assert not User.objects.exists()
        assert not Event.objects.exists()
