"""Database connections that died while nobody used them (a restart, a failover).

CONN_HEALTH_CHECKS would ask every kept connection before every request: one round trip more for each tool call. Tool calls do
without (`authentication` asks its one query again instead); sign-ins, tokens and staff, who are rarer, ask first.
"""

from django.db import connection


def drop_dead_connection() -> None:
    """Close this thread's kept connection if it is dead, so that the next query opens a new one."""
    if connection.connection is not None and not connection.in_atomic_block and not connection.is_usable():
        connection.close()
