"""What is attacked, and which tests do it: existing ones, chosen by file and name."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Group:
    """`tests` are files or folders of the suite, or how a test's address begins; `but` takes some away by words of it."""

    name: str
    title: str
    tests: tuple[str, ...]
    but: tuple[str, ...] = ()

    def holds(self, address: str) -> bool:
        return address.startswith(self.tests) and not any(word in address for word in self.but)


# A test belongs to the first group that holds it.
GROUPS = (
    Group(
        "fuzz",
        "Input nobody thinks of: every parser, every endpoint, keys and cookies",
        (
            "tests/oauth/test_fuzz.py",
            "tests/security/test_fuzz_secrets.py",
            "tests/schema/test_schemathesis.py",
            "tests/tools/test_stateful.py",
            "tests/understand/test_whatever_comes.py",
            "tests/understand/test_chip_number.py",
            "tests/understand/test_pet_status.py",
            "tests/understand/test_not_known.py",
            "tests/mainapp/test_records.py",
            "tests/mainapp/test_broken_answers.py",
            "tests/tools/test_the_door.py::test_any_values",
            "tests/frame/test_logs.py::test_no_token_of_ours",
            "tests/oauth/test_throttle.py::test_whatever",
        ),
    ),
    Group(
        "oauth",
        "OAuth: RFC 9700 and RFC 6819, section by section; code, token, refresh, revocation, callback",
        (
            "tests/security/rfc9700/",
            "tests/security/rfc6819/",
            "tests/oauth/test_authorize.py",
            "tests/oauth/test_callback",
            "tests/oauth/test_hand_back.py",
            "tests/oauth/test_own_connections.py",
            "tests/oauth/test_token",
            "tests/oauth/test_refresh.py",
            "tests/oauth/test_revoke.py",
            "tests/oauth/test_old_tokens.py",
            "tests/oauth/test_races.py",
        ),
    ),
    Group(
        "mcp",
        "MCP clients: audience, scopes, client documents, who is calling",
        (
            "tests/oauth/test_cimd",
            "tests/oauth/test_known_clients.py",
            "tests/oauth/test_registration.py",
            "tests/oauth/test_loopback.py",
            "tests/oauth/test_consent",
            "tests/oauth/test_scopes",
            "tests/oauth/test_audience",
            "tests/oauth/test_one_connection_per_client.py",
            "tests/mcp/test_who_is_calling.py",
            "tests/mcp/test_http.py",
            "tests/mcp/test_anything.py",
            "tests/mcp/test_traces.py",
        ),
    ),
    Group(
        "http",
        "HTTP: framing, limits, hosts, methods, bodies, stalling clients",
        (
            "tests/security/test_http_framing.py",
            "tests/security/test_stalling.py",
            "tests/security/test_answer_headers.py",
            "tests/tools/test_the_door.py",
            "tests/pages/test_nothing_reflected.py",
        ),
        but=("test_answer_headers.py::test_no_answer", "test_answer_headers.py::test_what_sets"),
    ),
    Group(
        "headers",
        "What browsers and caches are told: CSP, HSTS, frames, cookies, no-store",
        (
            "tests/security/test_answer_headers.py",
            "tests/admin/test_sign_in.py",
            "tests/pages/test_error_pages.py",
            "tests/security/test_staff_sessions.py",
        ),
    ),
    Group(
        "tools",
        "Tools: other people's pets, ids of every kind, text with orders or HTML, files from elsewhere",
        (
            "tests/tools/test_privacy.py",
            "tests/admin/test_text_stays_text.py",
            "tests/files/",
            "tests/mainapp/test_allow_list.py",
            "tests/tools/test_attach_files.py",
        ),
    ),
    Group(
        "throttles",
        "Throttles and security events: sliding window, across processes, not to be turned on others",
        (
            "tests/oauth/test_throttle.py",
            "tests/tools/test_throttle.py",
            "tests/security/test_throttles_as_weapons.py",
            "tests/security/test_throttles_across_processes.py",
            "tests/security/test_security_events.py",
            "tests/security/test_calls_in_flight.py",
        ),
    ),
    Group(
        "staff", "Staff: second factor, rest, sessions that administrators end", ("tests/admin/test_second_factor.py",)
    ),
    Group(
        "start",
        "A start that is not safe; packages by hash, licence and bill of materials; images by digest",
        (
            "tests/frame/test_start.py",
            "tests/security/test_packages.py",
            "tests/security/test_images.py",
        ),
    ),
    Group(
        "secrets",
        "Secrets: dump, logs, errors, repr, admin, Redis, left-overs; keys rotated",
        (
            "tests/security/test_secrets_in_production.py",
            "tests/security/test_repr.py",
            "tests/security/test_debug.py",
            "tests/security/test_left_behind.py",
            "tests/security/test_stored_values.py",
            "tests/oauth/test_storage.py",
            "tests/admin/test_no_secrets.py",
            "tests/frame/test_logs.py",
            "tests/mainapp/test_secrets_stay_secret.py",
            "tests/mainapp/test_bridge.py",
            "tests/ops/test_rotate_encryption_key.py",
            "tests/ops/test_forget_person.py",
        ),
    ),
)


def group_of(address: str) -> Group | None:
    return next((group for group in GROUPS if group.holds(address)), None)
