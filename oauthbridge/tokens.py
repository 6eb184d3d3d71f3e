"""Values we hand out, and how each is stored: high entropy out, a plain SHA-256 in the database.

A fast digest is right for them (RFC 9700 §4.13 wants them unusable from a database dump): each holds 256 random bits, so
there is nothing to guess and nothing a slow hash could add. The prefix lets secret scanners and our own logs know one.
"""

import hashlib
import math
import secrets
from collections import Counter

from oauthlib.common import Request

TOKEN_BYTES = 32
# What a client secret must be able to hold; one that we generate holds exactly this much.
CLIENT_SECRET_BITS = 256


def access_token(request: Request) -> str:
    return "meo_at_" + secrets.token_urlsafe(TOKEN_BYTES)


def refresh_token(request: Request) -> str:
    return "meo_rt_" + secrets.token_urlsafe(TOKEN_BYTES)


def client_secret() -> str:
    return "meo_cs_" + secrets.token_urlsafe(TOKEN_BYTES)


def digest(value: str) -> str:
    """64 hex digits; what is stored and looked up instead of `value`."""
    return hashlib.sha256(value.encode("utf-8", "surrogatepass")).hexdigest()


def client_secret_weakness(secret: str) -> str | None:
    """Why a client secret could be guessed, as a sentence, or None when it is as good as 256 random bits.

    Nobody can measure the entropy of one value. This holds what every generated 256-bit value shows (64 hex digits,
    or 43 letters of base64) and what typed ones do not: enough room for 256 bits in the alphabet seen, and letters spread
    as chance spreads them.
    """
    alphabet = _alphabet_size(secret)
    room = len(secret) * math.log2(alphabet) if alphabet else 0.0
    if room < CLIENT_SECRET_BITS - 1:
        return "it is too short to hold 256 random bits: use 64 hex digits or 43 letters of base64url"
    counts = Counter(secret)
    spread = -sum(n / len(secret) * math.log2(n / len(secret)) for n in counts.values())
    if spread < 0.75 * math.log2(min(alphabet, len(secret))):
        return "it repeats itself: use a random one"
    return None


def _alphabet_size(secret: str) -> int:
    if not secret.isascii() or not secret.isprintable():
        return 0
    if all(letter in "0123456789abcdef" for letter in secret.lower()):
        return 16
    return 64
