"""Staff's second factor: a code that changes every 30 seconds (TOTP, RFC 6238), of an app on a phone; the mathematics is django-otp's.

Whoever has none yet sets one up at their first sign-in (`/admin/second-factor/`), the first administrator at the shell
(`manage.py second_factor`). A code works once.
"""

import base64
import binascii
import secrets
import time
from urllib.parse import quote, urlencode

from django.conf import settings
from django.core.cache import cache
from django.utils import timezone
from django_otp.oath import TOTP

from mainapp.secret import Secret
from oauthbridge.models import SecondFactor, User
from oauthbridge.tokens import CannotDecrypt, Sealed, keyring

ISSUER = "Meo Connector"
# RFC 4226 §4 recommends 160 bits.
SECRET_BYTES = 20
# Three codes of a million are right at any moment: by the minute's throttle alone, who has the password would find one within a month.
MOST_TRIES, TRIES_SECONDS = 40, 86_400


def is_asked_of(user: User) -> bool:
    """Required in production; elsewhere of who has set one up."""
    return (
        settings.STAFF_SECOND_FACTOR == "required"
        or SecondFactor.objects.filter(user=user, confirmed_at__isnull=False).exists()
    )


def begin(user: User) -> SecondFactor:
    """A new one for `user`, who has none that is confirmed; not asked for before its first code has been right."""
    factor, _created = SecondFactor.objects.get_or_create(user=user, defaults=_new_secret(SecondFactor(user=user)))
    return factor


def replace(user: User) -> SecondFactor:
    """A new one in place of whatever `user` had, asked for from now on: for the shell."""
    SecondFactor.objects.filter(user=user).delete()
    factor = begin(user)
    SecondFactor.objects.filter(pk=factor.pk).update(confirmed_at=timezone.now())
    return factor


def _new_secret(factor: SecondFactor) -> dict[str, object]:
    sealed = keyring().seal(Secret(base64.b32encode(secrets.token_bytes(SECRET_BYTES)).decode()), factor.pk)
    return {"id": factor.pk, "secret": sealed.data, "key_id": sealed.key_id}


def setup_key(factor: SecondFactor) -> str:
    """What an authenticator app takes by hand, in base32. Raises CannotDecrypt."""
    return keyring().open(Sealed(factor.key_id, bytes(factor.secret)), factor.pk).reveal()


def setup_address(factor: SecondFactor) -> str:
    """The same as an otpauth address (Google Authenticator's key URI format)."""
    label = quote(f"{ISSUER}:{factor.user.get_username()}")
    return f"otpauth://totp/{label}?{urlencode({'secret': setup_key(factor), 'issuer': ISSUER}, quote_via=quote)}"


def may_be_tried(factor: SecondFactor) -> bool:
    """Count one try of a code, right or wrong; no more than so many a day (RFC 4226 §7.3)."""
    tried = f"second-factor:{factor.pk}"
    cache.add(tried, 0, TRIES_SECONDS)
    # None while Redis is away, and so every session of staff.
    return int(cache.incr(tried) or 0) <= MOST_TRIES


def takes(factor: SecondFactor, code: str) -> bool:
    """Whether this is its code now, a step before or a step after, and of no step that has been used (RFC 6238 §5.2)."""
    digits = "".join(code.split())
    if not (digits.isascii() and digits.isdecimal() and len(digits) == 6):
        return False
    try:
        totp = TOTP(base64.b32decode(setup_key(factor)))
    except (CannotDecrypt, binascii.Error):
        return False
    totp.time = time.time()
    if not totp.verify(int(digits), tolerance=1, min_t=factor.last_step + 1):
        return False
    # In one statement: of two requests with one code one wins.
    unused = SecondFactor.objects.filter(pk=factor.pk, last_step__lt=totp.t())
    return unused.update(last_step=totp.t(), confirmed_at=factor.confirmed_at or timezone.now()) == 1
