"""What a database dump reveals: no token, code, secret or main-app token (design.md "What is stored", RFC 9700 §4.13)."""

import io
from collections.abc import Callable

import pytest
from django.core.management import call_command
from django.db import connection as db
from pytest_django import Settings

from mainapp.secret import Secret
from oauthbridge.models import AccessToken, Connection, Grant, PendingRevocation, RefreshToken
from oauthbridge.tokens import CannotDecrypt, KeyRing, Sealed, key_id_of, keyring
from sandbox.server import SandboxServer
from tests.playing import ClientApp, Person, pkce, queries

OpenBrowser = Callable[..., Person]

OLD_KEY, NEW_KEY = bytes(range(32)), bytes(range(32, 64))


def dump() -> str:
    """Every value of every table, as a dump would show it: bytes as text and as hex."""
    lines = []
    with db.cursor() as cursor:
        for table in db.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {db.ops.quote_name(table)}")  # noqa: S608 - names of our own tables
            for row in cursor.fetchall():
                for value in row:
                    raw = bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode()
                    lines += [raw.decode("latin-1"), raw.hex()]
    return "\n".join(lines)


def test_nothing_that_opens_a_door_is_in_clear(
    client_app: ClientApp, person: OpenBrowser, sandbox: SandboxServer, settings: Settings
) -> None:
    emma, verifier_and_challenge = person(), pkce()
    secrets = {"client secret": client_app.secret or "", "verifier": verifier_and_challenge[0]}
    # A sign-in under way, one that is done and not exchanged, one in use, one ended whose revocation waits.
    under_way = emma.begin(client_app, state="state-of-a-sign-in-under-way")
    waiting_code = queries(emma.agree(under_way))["code"]
    secrets |= {"browser id": emma.browser.cookies["meo_browser"], "main app code, pending": waiting_code}
    mai = person("mai")
    callback = mai.agree(mai.begin(client_app, code_challenge=verifier_and_challenge[1], code_challenge_method="S256"))
    secrets["main app code"] = queries(callback)["code"]
    code = queries(mai.open(callback).headers["Location"])["code"]
    secrets["code, unspent"] = person("olga").sign_in_to(client_app)["code"]
    told = client_app.exchange(code, code_verifier=verifier_and_challenge[0]).json()
    secrets |= {"code, spent": code, "access token": told["access_token"], "refresh token": told["refresh_token"]}
    sandbox.faults.add(outage=True, path="/gpt-auth/revoke")
    ended = person("taras").connect(client_app)
    client_app.revoke(ended["refresh_token"])
    secrets |= {"access token, ended": ended["access_token"], "refresh token, ended": ended["refresh_token"]}
    for key in ("emma", "mai", "olga", "taras"):
        for number, token in enumerate(person(key).main_app_tokens):
            secrets |= {f"token of {key} {number}": token, f"its secret {key} {number}": token.partition("|")[2]}
    secrets["connector key"] = settings.CONNECTOR_API_KEY
    secrets["hmac secret"] = settings.HMAC_SHARED_SECRET
    secrets["encryption key"] = settings.ENCRYPTION_KEYS[0].hex()
    assert PendingRevocation.objects.exists()
    assert Grant.objects.count() == 2

    dumped = dump()

    assert str(Connection.objects.latest("created_at").pk).replace("-", "") in dumped.replace("-", "")
    assert [name for name, value in secrets.items() if value in dumped or value.encode().hex() in dumped] == []


def test_no_email_and_no_name_is_kept(client_app: ClientApp, person: OpenBrowser) -> None:
    emma = person()
    emma.connect(client_app)

    dumped = dump()

    assert emma.account.email not in dumped
    assert emma.account.name not in dumped


def test_nothing_secret_is_logged(
    client_app: ClientApp, person: OpenBrowser, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level("DEBUG")
    emma = person()
    callback = emma.agree(emma.begin(client_app, state="a-secret-state"))
    told = queries(emma.open(callback).headers["Location"])
    tokens = client_app.exchange(told["code"]).json()
    token = emma.main_app_tokens[0]
    client_app.exchange(told["code"], client_secret="wrong-secret-1")
    client_app.refresh(tokens["refresh_token"])
    client_app.revoke(tokens["access_token"])

    ours = [
        each
        for each in caplog.records
        if each.name.partition(".")[0] in ("oauthbridge", "mainapp", "connector", "django")
    ]
    logged = "\n".join(each.getMessage() for each in ours) + "".join(capfd.readouterr())

    assert "connected" in logged
    secrets = [
        told["code"],
        queries(callback)["code"],
        queries(callback)["session_id"],
        tokens["access_token"],
        tokens["refresh_token"],
        token,
        client_app.secret or "",
        "a-secret-state",
        "wrong-secret-1",
        emma.account.email,
        emma.browser.cookies["meo_browser"],
    ]
    assert [number for number, value in enumerate(secrets) if value in logged] == []


def test_the_database_has_no_column_for_a_clear_token(client_app: ClientApp) -> None:
    for model in (AccessToken, RefreshToken):
        names = {field.name for field in model._meta.get_fields()}
        assert "token" not in names
        assert "token_checksum" in names


class TestKeyring:
    def test_each_text_has_a_nonce_of_its_own(self) -> None:
        ring, subject = KeyRing([NEW_KEY]), Connection().pk
        nonces = {ring.seal(Secret("17|abc"), subject).data[:12] for _ in range(1000)}

        assert len(nonces) == 1000

    def test_a_text_opens_only_for_its_own_row(self) -> None:
        ring, one, other = KeyRing([NEW_KEY]), Connection().pk, Connection().pk
        sealed = ring.seal(Secret("17|abc"), one)

        assert ring.open(sealed, one).reveal() == "17|abc"
        with pytest.raises(CannotDecrypt):
            ring.open(sealed, other)

    @pytest.mark.parametrize("position", [0, 11, 12, 17, -1])
    def test_a_changed_bit_is_noticed(self, position: int) -> None:
        ring, subject = KeyRing([NEW_KEY]), Connection().pk
        data = bytearray(ring.seal(Secret("17|abc"), subject).data)
        data[position] ^= 1

        with pytest.raises(CannotDecrypt):
            ring.open(Sealed(ring.current_key_id, bytes(data)), subject)

    @pytest.mark.parametrize("data", [b"", b"x", b"x" * 12, b"x" * 27])
    def test_a_text_cut_short_is_noticed(self, data: bytes) -> None:
        ring = KeyRing([NEW_KEY])

        with pytest.raises(CannotDecrypt):
            ring.open(Sealed(ring.current_key_id, data), Connection().pk)

    def test_key_ids_tell_nothing_and_differ(self) -> None:
        assert key_id_of(OLD_KEY) != key_id_of(NEW_KEY)
        assert OLD_KEY.hex()[:16] not in key_id_of(OLD_KEY)

    def test_a_token_copied_to_another_row_does_not_open(self, client_app: ClientApp, person: OpenBrowser) -> None:
        person().sign_in_to(client_app)
        person("mai").sign_in_to(client_app)
        mine, theirs = Connection.objects.all()
        mine.sanctum_token, mine.key_id = theirs.sanctum_token, theirs.key_id
        mine.save()

        with pytest.raises(CannotDecrypt):
            Connection.objects.get(pk=mine.pk).open_token()

    def test_after_a_rotation_old_rows_open_and_new_ones_use_the_new_key(
        self, client_app: ClientApp, person: OpenBrowser, settings: Settings
    ) -> None:
        settings.ENCRYPTION_KEYS = [OLD_KEY]
        person().sign_in_to(client_app)
        settings.ENCRYPTION_KEYS = [NEW_KEY, OLD_KEY]
        person("mai").sign_in_to(client_app)

        old, new = Connection.objects.order_by("created_at")
        assert (old.key_id, new.key_id) == (key_id_of(OLD_KEY), key_id_of(NEW_KEY))
        assert [each.open_token().reveal() for each in (old, new)] == [
            *person().main_app_tokens,
            *person("mai").main_app_tokens,
        ]
        settings.ENCRYPTION_KEYS = [NEW_KEY]
        assert keyring().key_ids == (key_id_of(NEW_KEY),)
        with pytest.raises(CannotDecrypt):
            old.open_token()

    def test_no_error_quotes_the_token(self) -> None:
        ring, subject = KeyRing([NEW_KEY]), Connection().pk
        sealed = ring.seal(Secret("17|very-secret"), subject)

        with pytest.raises(CannotDecrypt) as error:
            KeyRing([OLD_KEY]).open(sealed, subject)

        assert "secret" not in f"{error.value!r} {Secret('17|very-secret')!r} {Secret('17|very-secret')}"


class TestGptClientSecret:
    def test_it_is_stored_as_a_digest_and_shown_once(self, client_app: ClientApp) -> None:
        out = io.StringIO()

        call_command("gpt_client", stdout=out)

        assert client_app.secret
        assert client_app.secret not in out.getvalue()
        assert client_app.secret not in dump()
