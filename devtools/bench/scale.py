"""Fill a bench database as years of use would: by SQL of one statement a table, ten million rows in minutes.

The rows are nobody's: their tokens are digests of nothing. What they change is what indexes and tables weigh.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

CONNECTIONS = 100_000
TOKENS = 1_000_000
TOOL_CALLS = 10_000_000
# People of the main app whose ids no bench person has.
FIRST_PERSON = 9_000_000_000

# In their order: each needs the rows of those before it.
_STATEMENTS = (
    """
    INSERT INTO oauthbridge_user (password, is_superuser, main_app_user_id, is_staff, is_active, date_joined)
    SELECT '!', false, %(first)s + n, false, true, now() FROM generate_series(1, %(connections)s) n
    """,
    """
    INSERT INTO oauthbridge_connection (id, status, language, sanctum_token, key_id, created_at, last_used_at, expires_at,
                                        end_reason, end_note, application_id, user_id)
    SELECT gen_random_uuid(), 'active', 'en', '\\x00', 'bench', now() - (n %% 300) * interval '1 day', now(),
           now() + interval '1 year', '', '', (SELECT min(id) FROM oauthbridge_application), person.id
    FROM (SELECT id, row_number() OVER () AS n FROM oauthbridge_user WHERE main_app_user_id > %(first)s) person
    """,
    """
    INSERT INTO oauthbridge_accesstoken (token_checksum, expires, scope, resource, created, updated, user_id, application_id,
                                         connection_id)
    SELECT encode(sha256(convert_to(c.id::text || n, 'UTF8')), 'hex'), now() + n * interval '6 minutes', 'pets', '[]', now(), now(),
           c.user_id, c.application_id, c.id
    FROM oauthbridge_connection c, generate_series(1, %(tokens)s / %(connections)s) n WHERE c.key_id = 'bench'
    """,
    """
    INSERT INTO oauthbridge_refreshtoken (token_checksum, token_family, resource, created, updated, scope, expires, user_id,
                                          application_id, connection_id)
    SELECT encode(sha256(convert_to('refresh' || c.id, 'UTF8')), 'hex'), gen_random_uuid(), '[]', now(), now(), 'pets',
           now() + interval '90 days', c.user_id, c.application_id, c.id
    FROM oauthbridge_connection c WHERE c.key_id = 'bench'
    """,
    """
    INSERT INTO petstools_toolcall (door, operation, outcome, status, code, upstream_calls, latency_ms, request_id, created_at,
                                    connection_id)
    SELECT 'actions', 'list_pets', 'ok', 200, '', 1, 40, md5(c.id::text || n), now() - n * interval '21 hours', c.id
    FROM generate_series(1, %(tool_calls)s / %(connections)s) n, oauthbridge_connection c WHERE c.key_id = 'bench'
    """,
)


def fill(database: str, *, connections: int, tokens: int, tool_calls: int) -> dict[str, int]:
    """Fill the migrated database at this address; afterwards its statistics are fresh. Returns rows by table.

    Raises psycopg.Error, and ValueError for fewer tokens or tool calls than connections.
    """
    if connections < 1 or min(tokens, tool_calls) < connections:
        raise ValueError("every connection has at least one token and one tool call")
    numbers = {"first": FIRST_PERSON, "connections": connections, "tokens": tokens, "tool_calls": tool_calls}
    with psycopg.connect(database, autocommit=True) as own:
        # For this session: a bench database may be lost with the machine, and the rows refer to each other rightly.
        own.execute("SET synchronous_commit = off")
        own.execute("SET session_replication_role = replica")
        own.execute("SET maintenance_work_mem = '512MB'")
        rows = {}
        for statement in _STATEMENTS:
            table = statement.split()[2]
            with _without_indexes(own, table):
                rows[table] = own.execute(statement, numbers).rowcount
            own.execute(f"VACUUM ANALYZE {table}")
        own.execute("CHECKPOINT")
        return rows


@contextmanager
def _without_indexes(own: "psycopg.Connection[tuple[object, ...]]", table: str) -> Iterator[None]:
    """A table's plain indexes are dropped, and made anew at the end: a fraction of the time that keeping them would cost."""
    found = own.execute(
        "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index "
        "WHERE indrelid = %s::regclass AND NOT indisunique",
        [table],
    ).fetchall()
    for name, _definition in found:
        own.execute(f"DROP INDEX {name}")
    yield
    for _name, definition in found:
        own.execute(str(definition))


def scans(database: str) -> dict[str, tuple[int, int]]:
    """By table: how often it was read from end to end so far, and the rows that this took."""
    with psycopg.connect(database) as own:
        found = own.execute("SELECT relname, seq_scan, seq_tup_read FROM pg_stat_user_tables").fetchall()
    return {name: (count, rows) for name, count, rows in found}
