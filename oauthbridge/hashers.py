"""How client secrets are stored: a plain SHA-256, because they are generated with 256 bits (see `tokens`).

Django's password hashers exist for what people choose. On a random 256-bit secret they add nothing and cost 0.35 s of CPU
for every token request. `client_secret_weakness` refuses any secret that this would not be true of.
"""

from typing import Any

from django.contrib.auth.hashers import BasePasswordHasher
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext_noop as _

from oauthbridge.tokens import digest


class ClientSecretHasher(BasePasswordHasher):
    """`meo_sha256$<64 hex digits>`; never the default hasher, so no person's password is made with it."""

    algorithm = "meo_sha256"

    def salt(self) -> str:
        return ""

    def encode(self, password: str, salt: str) -> str:
        return f"{self.algorithm}${digest(password)}"

    def verify(self, password: str, encoded: str) -> bool:
        return constant_time_compare(encoded, self.encode(password, ""))

    def decode(self, encoded: str) -> dict[str, str]:
        algorithm, _separator, value = encoded.partition("$")
        return {"algorithm": algorithm, "hash": value, "salt": ""}

    def must_update(self, encoded: str) -> bool:
        return False

    def harden_runtime(self, password: str, encoded: str) -> None:
        """Nothing to harden: one SHA-256, whatever the secret."""

    def safe_summary(self, encoded: str) -> dict[Any, Any]:
        return {_("algorithm"): self.algorithm}
