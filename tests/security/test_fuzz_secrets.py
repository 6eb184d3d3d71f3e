"""Anything at all into what decides by a secret: key ring, signatures, cookies, credentials, addresses. None lets in, none breaks."""

import base64
import hashlib
import hmac
import uuid
from typing import Any

import pytest
from django.conf import settings
from django.http import HttpRequest
from django.test import RequestFactory
from hypothesis import example, given
from hypothesis import settings as fuzz
from hypothesis import strategies as st

from mainapp import bridge
from mainapp.secret import Secret, is_sendable
from oauthbridge import consent, legacy, staff_site
from oauthbridge.addresses import client_address
from oauthbridge.tokens import CannotDecrypt, KeyRing, Sealed, client_secret_weakness, digest, key_id_of
from oauthbridge.validator import _basic_credentials

many = fuzz(max_examples=200, deadline=None)
secrets = st.text(alphabet=st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1, max_size=120)
keys = st.binary(min_size=32, max_size=32)
# What a WSGI server can hand over as a header.
header_text = st.text(alphabet=st.characters(max_codepoint=0xFF, exclude_characters="\r\n\x00"), max_size=200)


@many
@given(token=secrets, ring=st.lists(keys, min_size=1, max_size=4, unique=True), row=st.uuids(), other=st.uuids())
def test_what_is_sealed_opens_for_its_row_and_under_its_ring_alone(
    token: str, ring: list[bytes], row: uuid.UUID, other: uuid.UUID
) -> None:
    sealed = KeyRing(ring).seal(Secret(token), row)

    assert KeyRing(ring[::-1]).open(sealed, row).reveal() == token
    assert token.encode() not in sealed.data or len(token) < 4
    if other != row:
        with pytest.raises(CannotDecrypt):
            KeyRing(ring).open(sealed, other)
    with pytest.raises(CannotDecrypt):
        KeyRing([hashlib.sha256(ring[0]).digest()]).open(sealed, row)


@many
@given(token=secrets, key=keys, place=st.integers(0, 10_000), bit=st.integers(0, 7), cut=st.integers(0, 60))
def test_a_sealed_text_that_was_changed_anywhere_opens_no_more(
    token: str, key: bytes, place: int, bit: int, cut: int
) -> None:
    ring, row = KeyRing([key]), uuid.uuid4()
    sealed = ring.seal(Secret(token), row)
    turned = bytearray(sealed.data)
    turned[place % len(turned)] ^= 1 << bit

    for changed in (bytes(turned), sealed.data[: -cut - 1], sealed.data[cut + 1 :], sealed.data + b"\x00", b""):
        with pytest.raises(CannotDecrypt):
            ring.open(Sealed(sealed.key_id, changed), row)


@many
@given(data=st.binary(max_size=200), key_id=st.text(max_size=20) | st.just("known"), key=keys)
def test_no_bytes_from_elsewhere_open(data: bytes, key_id: str, key: bytes) -> None:
    ring = KeyRing([key])
    with pytest.raises(CannotDecrypt):
        ring.open(Sealed(key_id_of(key) if key_id == "known" else key_id, data), uuid.uuid4())


@many
@given(session=st.text(max_size=80), other=st.text(max_size=80))
def test_a_signature_is_the_standards_and_fits_one_session(session: str, other: str) -> None:
    session, other = (text.encode("utf-8", "replace").decode() for text in (session, other))
    signed = bridge.sign_session(session)

    assert signed == hmac.digest(settings.HMAC_SHARED_SECRET.encode(), session.encode(), "sha256").hex()
    assert (bridge.sign_session(other) == signed) == (other == session)


@many
@given(value=header_text | st.text(max_size=60))
@example("a" * 43)
@example("a" * 43 + "\n")
@example("٣" * 43)
def test_a_browser_id_is_ours_or_none(value: str) -> None:
    usable = consent.usable_browser_id(value)

    assert usable in (None, value)
    assert usable is None or (
        len(usable) == 43 and usable.isascii() and usable.replace("-", "a").replace("_", "a").isalnum()
    )


def asked_with(**headers: str) -> HttpRequest:
    return RequestFactory().get("/", **headers)  # type: ignore[arg-type]


@many
@given(value=header_text, name=st.text(max_size=20))
@example("a:b", "")
@example('"' + digest("support") + ':x"', "support")
def test_no_made_up_cookie_makes_a_browser_known(value: str, name: str) -> None:
    cookie = f"{settings.STAFF_BROWSER_COOKIE_NAME}={value}"

    assert staff_site.known_browser(asked_with(HTTP_COOKIE=cookie), name) is None


@many
@given(raw=header_text)
@example("Basic " + base64.b64encode(b"%zz:%00").decode())
@example("Basic \xff")
@example("Basic Og==")
def test_any_authorization_header_is_a_pair_or_none(raw: str) -> None:
    told: Any = _basic_credentials(raw)

    assert told is None or (len(told) == 2 and all(isinstance(part, str) for part in told))


@many
@given(client=st.text(max_size=40), secret=st.text(max_size=60))
def test_basic_credentials_come_back_as_they_went(client: str, secret: str) -> None:
    from urllib.parse import quote_plus

    client, secret = (text.encode("utf-8", "replace").decode() for text in (client, secret))
    pair = base64.b64encode(f"{quote_plus(client)}:{quote_plus(secret)}".encode()).decode()

    assert _basic_credentials(f"Basic {pair}") == (client, secret)


@many
@given(token=st.text(max_size=300) | st.builds(".".join, st.lists(st.text(max_size=40), min_size=3, max_size=3)))
@example("eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.")
@example("..")
def test_no_text_passes_for_a_token_of_the_old_connector(token: str) -> None:
    assert legacy._verified(token) is None


@many
@given(told=header_text | st.ip_addresses().map(str), remote=st.ip_addresses().map(str))
def test_every_caller_has_a_short_plain_name(told: str, remote: str) -> None:
    caller = client_address(asked_with(HTTP_X_FORWARDED_FOR=told, REMOTE_ADDR=remote))

    assert caller.isascii()
    assert 0 < len(caller) <= 50
    assert not any(letter.isspace() for letter in caller)


@many
@given(text=st.text(max_size=200))
def test_a_secret_is_what_can_be_sent_and_nothing_else(text: str) -> None:
    if is_sendable(text):
        assert Secret(text).reveal() == text
        assert text not in repr(Secret(text)) or text in "Secret(…)"
        return
    with pytest.raises(ValueError, match="visible ASCII") as caught:
        Secret(text)
    assert len(text) < 4 or text not in str(caught.value)


@many
@given(text=st.text(max_size=200))
def test_a_typed_client_secret_is_called_weak_or_is_long_enough(text: str) -> None:
    if client_secret_weakness(text) is None:
        assert len(text) >= 43
        assert len(set(text)) >= 8
