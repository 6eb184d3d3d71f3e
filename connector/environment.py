"""The environment, read once: every value parsed here, every problem remembered for the system checks.

Reading never raises. A value that is missing or bad is replaced by a harmless one and remembered as a
`Problem`; `connector.checks` turns problems into check errors, so a start with a bad environment ends in
sentences that say what to set, not in a stack trace.
"""

import fcntl
import json
import math
import re
import secrets
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import quote, urlsplit

import dj_database_url
from redis import Redis

DEVELOPMENT = "development"
PRODUCTION = "production"
DEVELOPMENT_SECRETS = ("SECRET_KEY", "CONNECTOR_API_KEY", "HMAC_SHARED_SECRET", "ENCRYPTION_KEY")


@dataclass(frozen=True)
class Problem:
    """One sentence for whoever starts the service; `name` is the environment variable."""

    name: str
    message: str


def entropy_bits(secret: str) -> float:
    """Upper bound in bits on what a secret can be worth, from the letters it is seen to use (Shannon, per letter).

    A generated 64-digit hex key or a 43-letter base64url string pass 200; a short sentence does not, and a word that is
    repeated counts once.
    """
    word = secret[: (secret + secret).find(secret, 1)]
    counts = Counter(word)
    total = len(word)
    return -sum(n * math.log2(n / total) for n in counts.values())


def is_private(host: str) -> bool:
    """Whether a host is this machine or one of its own network, as far as a name tells: a socket's folder, a name without a dot
    (compose, Kubernetes), one below .internal, .local, .lan or .svc, a private address (RFC 1918, RFC 4193)."""
    if ("." not in host and ":" not in host) or host.startswith("/") or "%2f" in host.lower():
        return True
    try:
        return ip_address(host).is_private
    except ValueError:
        return host.lower().rstrip(".").endswith((".internal", ".local", ".lan", ".svc"))


class Environment:
    """A reader over `values` (normally `os.environ`) that collects problems instead of raising."""

    def __init__(self, values: Mapping[str, str], *, development_secrets: Path) -> None:
        self._values = values
        self._development_secrets = development_secrets
        self.problems: list[Problem] = []
        self.name = self.choice("ENVIRONMENT", [DEVELOPMENT, PRODUCTION], default=DEVELOPMENT)

    @property
    def is_production(self) -> bool:
        return self.name == PRODUCTION

    def complain(self, name: str, message: str) -> None:
        self.problems.append(Problem(name, message))

    def text(self, name: str, default: str = "") -> str:
        return self._values.get(name, "").strip() or default

    def text_of_file(self, name: str) -> str:
        """What is written in the file that this names; empty where it is not set."""
        path = self.text(name)
        try:
            return Path(path).read_text(encoding="utf-8").strip() if path else ""
        except (OSError, UnicodeDecodeError) as error:
            self.complain(
                name, f"Set {name} to a text file in UTF-8 that this service may read ({type(error).__name__})."
            )
            return ""

    def choice(self, name: str, allowed: list[str], *, default: str) -> str:
        value = self.text(name, default).lower()
        if value not in allowed:
            self.complain(name, f"Set {name} to one of: {', '.join(allowed)}.")
            # An unknown ENVIRONMENT must not open the doors that development leaves open.
            return PRODUCTION if name == "ENVIRONMENT" else default
        return value

    def flag(self, name: str, *, default: bool) -> bool:
        return self.choice(name, ["true", "false"], default="true" if default else "false") == "true"

    def number(self, name: str, default: int, *, least: int, most: int) -> int:
        value = self.text(name, str(default))
        if not re.fullmatch(r"[0-9]{1,12}", value) or not least <= int(value) <= most:
            self.complain(name, f"Set {name} to a whole number from {least} to {most}.")
            return default
        return int(value)

    def day(self, name: str, *, needed_with: str) -> date | None:
        """A day, YYYY-MM-DD, that has to be set as soon as `needed_with` is."""
        value = self.text(name)
        if not value:
            if self.text(needed_with):
                self.complain(name, f"Set {name} to the last day on which {needed_with} shall count, as YYYY-MM-DD.")
            return None
        try:
            return date.fromisoformat(value)
        except ValueError:
            self.complain(name, f"Set {name} to a day as YYYY-MM-DD.")
            return None

    def items(self, name: str, default: str = "") -> list[str]:
        return [item for item in (part.strip() for part in self.text(name, default).split(",")) if item]

    def pairs(self, name: str) -> dict[str, str]:
        """A comma list of `id:secret`; ids of letters and digits, secrets without spaces."""
        items = self.items(name)
        pairs = dict(item.partition(":")[::2] for item in items)
        if len(pairs) != len(items) or not all(
            re.fullmatch(r"[0-9A-Za-z]{1,64}", key) and re.fullmatch(r"[!-~]{8,256}", secret)
            for key, secret in pairs.items()
        ):
            self.complain(
                name,
                f"Set {name} to id:secret, a comma list that names each id once; a secret has 8 characters or more.",
            )
            return {}
        return pairs

    def hosts(self, name: str, default: str) -> list[str]:
        """Host names (`name` or `name:port`) and whole https:// addresses; set but empty means none."""
        value = self._values.get(name)
        items = [item.strip() for item in (default if value is None else value).split(",") if item.strip()]
        items = [item if "/" in item else item.lower() for item in items]
        host = r"(?:[a-z0-9-]{1,63}\.)*[a-z0-9-]{1,63}(?::[0-9]{1,5})?"
        if any(not re.fullmatch(rf"{host}|https://{host}(?:/[A-Za-z0-9._~-]+)+", item) for item in items):
            self.complain(
                name, f"Set {name} to host names such as claude.ai or whole https:// addresses, a comma list without *."
            )
            return []
        return items

    def host_patterns(self, name: str, default: str) -> list[str]:
        """Host names (`name` or `name:port`) in which `*` stands for letters, digits and hyphens of one label, never of the last two:
        whoever may choose a whole domain is anybody."""
        patterns = [item.lower() for item in self.items(name, default)]
        for pattern in patterns:
            host, _, port = pattern.partition(":")
            labels = host.split(".")
            good = len(host) <= 253 and all(re.fullmatch(r"(?!-)[a-z0-9*-]{1,63}(?<!-)", label) for label in labels)
            if ":" in pattern and not (re.fullmatch(r"[0-9]{1,5}", port) and 0 < int(port) < 65_536):
                good = False
            if not good or "*" in "".join(labels[-2:]) or "**" in host:
                self.complain(
                    name,
                    f"Set {name} to host names such as files.example.com or files*.example.com, a comma list; * may not be in the last "
                    "two parts of a name.",
                )
                return []
        return patterns

    def origins(self, name: str) -> list[str]:
        """Origins as a browser names them (RFC 6454 §6.2): scheme, host and port in lower case, nothing behind."""
        items = self.items(name)
        if any(not re.fullmatch(r"https?://(?:[a-z0-9.-]+|\[[0-9a-f:]+\])(?::[0-9]{1,5})?", item) for item in items):
            self.complain(
                name, f"Set {name} to origins such as https://app.example.com, a comma list without paths and *."
            )
            return []
        return items

    def url(self, name: str, *, default: str, of: str, needed: bool = True, private: bool = False) -> str:
        """An origin or base URL `of` something, without a trailing slash; HTTPS is demanded in production (but within the `private`
        network where that is said), and so is a value where one is `needed`."""
        value = self.text(name)
        if not value:
            if self.is_production and needed:
                self.complain(name, f"Set {name} to the https:// address of {of}, for example https://example.com.")
            return default
        value = value.rstrip("/")
        try:
            parts = urlsplit(value)
            usable = (
                parts.scheme in ("http", "https")
                and bool(parts.hostname)
                and not (parts.query or parts.fragment or parts.username or parts.password)
                and parts.port != 0
                and not re.search(r"[\s\x00-\x1f\\]", value)
            )
        except ValueError:
            usable = False
        if not usable:
            self.complain(
                name, f"Set {name} to a plain http(s) address such as https://example.com, no user, no query."
            )
            return default
        if self.is_production and parts.scheme != "https" and not (private and is_private(parts.hostname or "")):
            self.complain(name, f"Set {name} to an https:// address: what goes there must not be read on the way.")
        return value

    def secret(self, name: str, *, purpose: str, least: int = 32, least_bits: int = 90) -> str:
        """A secret of at least `least` characters; generated and kept in a git-ignored file in development."""
        value = self.text(name)
        if not value:
            if not self.is_production:
                return self._development_secret(name)
            self.complain(name, f"Set {name}: {purpose}.")
            return secrets.token_urlsafe(48)
        if self.is_production and (len(value) < least or entropy_bits(value) < least_bits):
            self.complain(
                name, f"Set {name} to a random value of {least} characters or more: this one is too easy to guess."
            )
        return value

    def older_secrets(self, name: str, *, newest: str, least: int = 32, least_bits: int = 90) -> list[str]:
        """A comma list of what `newest` was before, still good while a rotation lasts; as strong as the new one has to be."""
        items = self.items(name)
        if self.is_production and any(len(item) < least or entropy_bits(item) < least_bits for item in items):
            self.complain(name, f"Unset {name}: an entry of it is too easy to guess, and it counts as {newest} does.")
            return []
        return items

    def encryption_keys(self, name: str = "ENCRYPTION_KEY") -> list[bytes]:
        """The AES-256 key ring: a comma list of 64 hex digits each, the first encrypts."""
        how = "64 hex digits (`openssl rand -hex 32`); a comma list is a key ring, the first encrypts"
        items = self.items(name)
        if not items:
            if not self.is_production:
                return [bytes.fromhex(self._development_secret(name))]
            self.complain(name, f"Set {name} to {how}.")
            return [secrets.token_bytes(32)]
        keys = []
        for item in items:
            if not re.fullmatch(r"[0-9a-fA-F]{64}", item):
                self.complain(name, f"Set {name} to {how}: one of its entries is not 64 hex digits.")
                return [secrets.token_bytes(32)]
            keys.append(bytes.fromhex(item))
        if len(set(keys)) != len(keys):
            self.complain(name, f"Set {name} without repeating a key: the same key stands in it twice.")
        if self.is_production and any(len(set(key)) < 12 for key in keys):
            self.complain(name, f"Set {name} to random keys (`openssl rand -hex 32`): one of these is a pattern.")
        return keys

    def database(self, default: str) -> dict[str, object]:
        """Django's DATABASES entry for DATABASE_URL; PostgreSQL is demanded in production."""
        url = self.text("DATABASE_URL", default)
        fallback = dict(dj_database_url.parse(default))
        try:
            config = dict(dj_database_url.parse(url))
        except Exception:  # noqa: BLE001 - the parser raises its own and ValueError; the URL holds a password, so nothing of it is shown
            self.complain("DATABASE_URL", "Set DATABASE_URL to postgres://user:password@host:5432/name.")
            return fallback
        engine = str(config.get("ENGINE", ""))
        usable = "postgresql" in engine or ("sqlite" in engine and not self.is_production)
        if not usable:
            self.complain(
                "DATABASE_URL", "Set DATABASE_URL to a PostgreSQL database: postgres://user:password@host/name."
            )
            return fallback
        options = config.get("OPTIONS")
        mode = options.get("sslmode", "") if isinstance(options, dict) else ""
        if "postgresql" in engine and mode not in ("require", "verify-ca", "verify-full"):
            self._demand_tls("DATABASE_URL", str(config.get("HOST", "")), "?sslmode=verify-full at its end")
        return config

    def _demand_tls(self, name: str, host: str, how: str) -> None:
        """Beyond the private network, nothing goes unencrypted in production, unless UNENCRYPTED_STORES says so."""
        if self.is_production and not is_private(host) and self.text("UNENCRYPTED_STORES").lower() != "true":
            self.complain(
                name, f"Set {name} with {how}: its host is beyond the private network (or set UNENCRYPTED_STORES=true)."
            )

    def redis_url(self, name: str = "REDIS_URL", *, password: str = "") -> str:
        """Where Redis is, or nothing; demanded in production. `password`: one that does not stand in the address, of any letters."""
        value = self.text(name)
        if value and password:
            scheme, _, rest = value.partition("://")
            value = f"{scheme}://:{quote(password, safe='')}@{rest.rpartition('@')[2]}"
        if not value:
            if self.is_production:
                self.complain(name, f"Set {name} to redis://host:6379/0: throttles must count across all processes.")
            return ""
        try:
            usable = urlsplit(value).scheme in ("redis", "rediss", "unix") and bool(Redis.from_url(value))
        except ValueError:
            usable = False
        if not usable:
            self.complain(
                name, f"Set {name} to redis://host:6379/0 (rediss:// for TLS): this is no address of a Redis."
            )
            return ""
        if value.startswith("redis:"):
            self._demand_tls(name, urlsplit(value).hostname or "", "rediss:// at its beginning")
        return value

    def _development_secret(self, name: str) -> str:
        """A secret of this checkout, made at first need and kept."""
        path = self._development_secrets
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.with_suffix(".lock").open("w") as lock:
            # Two processes that start at once must agree on the values.
            fcntl.flock(lock, fcntl.LOCK_EX)
            known = _read_secrets(path)
            if not all(known.get(key) for key in DEVELOPMENT_SECRETS):
                known = {key: known.get(key) or secrets.token_hex(32) for key in DEVELOPMENT_SECRETS}
                mine = path.with_suffix(".new")
                mine.touch(mode=0o600)
                mine.write_text(json.dumps(known, indent=1))
                mine.replace(path)
        return known[name]


def _read_secrets(path: Path) -> dict[str, str]:
    """What the file holds; nothing of a file that is missing or spoilt."""
    try:
        known = json.loads(path.read_text())
    except (FileNotFoundError, ValueError):
        return {}
    return {key: value for key, value in known.items() if isinstance(value, str)} if isinstance(known, dict) else {}
