"""No token, body or e-mail in anything a log, a traceback or a debugger prints."""

import copy
import json
import logging
import pickle
import socket
import struct
import traceback
from pathlib import Path

import pytest

import mainapp
from mainapp import bridge, errors, routes
from mainapp.client import Deadline
from mainapp.errors import FieldProblem
from mainapp.records import Account, read
from mainapp.secret import Secret
from tests.mainapp.conftest import ME, TOKEN, client_of, http, ok

SAID = "mai@example.com"
BODY = {"name": "secret-name"}
PRODUCT = Path(mainapp.__file__).parent


def printed(error: BaseException) -> str:
    """All that Python, a logger or a debug page would print of it, its causes, and our frames' local values."""
    told = traceback.TracebackException.from_exception(error, capture_locals=True)
    ours = [frame for frame in told.stack if Path(frame.filename).is_relative_to(PRODUCT)]
    assert ours
    shown = "".join(f"{frame.name} {frame.locals}" for frame in ours)
    return shown + "".join(traceback.format_exception(error)) + repr(error) + str(error) + repr(error.args)


def test_a_secret_shows_itself_only_when_asked() -> None:
    secret = Secret(TOKEN)

    assert secret.reveal() == TOKEN
    for shown in (
        repr(secret),
        str(secret),
        f"{secret}",
        f"{secret:>40}",
        repr([secret]),
        repr({1: secret}),
    ):
        assert TOKEN not in shown
        assert "Secret(…)" in shown


@pytest.mark.parametrize("spread", [pickle.dumps, copy.copy, copy.deepcopy, vars])
def test_a_secret_is_not_spread(spread) -> None:
    with pytest.raises(TypeError):
        spread(Secret(TOKEN))


def test_a_secret_is_no_json() -> None:
    with pytest.raises(TypeError):
        json.dumps({"token": Secret(TOKEN)})


@pytest.mark.parametrize("text", ["", "a b", "a\r\nX-Evil: 1", "é", "x" * 4097, "\x00"])
def test_what_could_not_be_a_header_is_no_secret_and_is_not_quoted(text) -> None:
    with pytest.raises(ValueError, match="visible ASCII") as caught:
        Secret(text)

    assert not text or text not in str(caught.value)


def test_secrets_compare_by_content() -> None:
    assert Secret(TOKEN) == Secret(TOKEN)
    assert Secret(TOKEN) != Secret(TOKEN + "x")
    assert Secret(TOKEN) != TOKEN
    assert len({Secret(TOKEN), Secret(TOKEN)}) == 1


def test_a_client_does_not_show_its_token() -> None:
    assert TOKEN not in repr(client_of("http://127.0.0.1:1"))


def cut(request, conn) -> None:
    conn.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


@pytest.mark.parametrize(
    "answer",
    [
        cut,
        http(200, f'{{"success": true, "data": "{SAID}"'.encode()),
        http(401, {"message": SAID, "error": SAID}),
        http(403, {"message": SAID}),
        http(404, {"message": SAID}),
        http(409, {"message": SAID, "data": {"server_version": "v", "server_value": {"email": SAID}}}),
        http(422, {"message": SAID, "errors": {"name": [SAID]}}),
        http(500, {"message": SAID}),
        http(502, f"<html>{SAID}".encode()),
    ],
    ids=range(9),
)
def test_an_error_prints_no_token_and_nothing_the_main_app_said(answer, serve, settings) -> None:
    settings.MAIN_APP_MAX_ATTEMPTS = 1
    server = serve(
        lambda request, conn: (
            ok(ME) if request.path.endswith("/me") else answer(request, conn) if callable(answer) else answer
        )
    )
    client = client_of(server.url)

    try:
        client.call(routes.CREATE_PET, json=BODY)
    except errors.MainAppError as error:
        caught = error

    assert TOKEN not in printed(caught)
    assert SAID not in printed(caught)
    # The frames show what a caller passed in, as for any function; the exception itself does not.
    assert BODY["name"] not in "".join(traceback.format_exception(caught)) + repr(caught)
    assert caught.__context__ is None


def test_a_refused_connection_prints_no_token() -> None:
    with pytest.raises(errors.Unreachable) as caught:
        client_of("http://127.0.0.1:1").call(routes.MY_PETS)

    assert TOKEN not in printed(caught.value)


def test_an_account_holds_no_e_mail() -> None:
    assert SAID not in repr(read(Account, ME))
    assert "Mai" not in repr(read(Account, ME))


def test_a_field_problem_does_not_show_its_reason() -> None:
    assert SAID not in repr(FieldProblem("email", SAID))


def test_nothing_at_any_log_level_holds_a_token_or_a_body(serve, caplog, settings) -> None:
    caplog.set_level(logging.DEBUG)
    settings.CONNECTOR_API_KEY = "the-connector-key"
    server = serve(
        lambda request, conn: ok({"revoked": True}) if "gpt-auth" in request.path else ok({"email": SAID}, 201)
    )

    client_of(server.url).call(routes.CREATE_PET, json=BODY)
    bridge.revoke(Secret(TOKEN), request_id="r", deadline=Deadline(5), base_url=server.url)

    for said in (TOKEN, SAID, BODY["name"], "the-connector-key"):
        assert said not in caplog.text
