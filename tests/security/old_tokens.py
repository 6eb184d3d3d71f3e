"""Tokens as the FastAPI connector made them."""

import base64
import json
import os
import secrets
import time
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from jwcrypto.common import base64url_encode
from jwcrypto.jwk import JWK
from jwcrypto.jws import JWS

SECRET = "the-old-connectors-jwt-secret-0123456789" * 2
OLD_KEY = bytes(range(32))


def old_token(
    sanctum: str, user_id: int, *, secret: str = SECRET, key: bytes = OLD_KEY, alg: str = "HS256", **changes: Any
) -> str:
    nonce = os.urandom(12)
    sealed = base64.urlsafe_b64encode(nonce + AESGCM(key).encrypt(nonce, sanctum.encode(), None)).decode().rstrip("=")
    claims = {
        "sub": str(user_id),
        "tok": sealed,
        "exp": int(time.time()) + 3600,
        "jti": secrets.token_hex(16),
        **changes,
    }
    jws = JWS(json.dumps({name: value for name, value in claims.items() if value is not None}).encode())
    jws.add_signature(JWK(kty="oct", k=base64url_encode(secret)), None, json.dumps({"alg": alg, "typ": "JWT"}))
    return str(jws.serialize(compact=True))
