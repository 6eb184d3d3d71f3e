"""Sign-ins counted for `/metrics`, and the rows that tell how things stand (connector.metrics shows them)."""

import platform
from collections.abc import Iterator

from django.conf import settings
from django.db import connection
from django.db.models import Count, Min
from django.utils import timezone
from prometheus_client import Counter
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from oauthbridge.models import Connection, PendingRevocation
from oauthbridge.retention import last_prune

SIGN_INS = Counter("meo_sign_ins", "Sign-ins begun, and how they came back", ["outcome"])
BEGAN, HANDED_BACK, DISOWNED = "began", "handed_back", "disowned"


class Stored(Collector):
    """Gauges read from the database when somebody asks, the same whichever process is asked."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        active = GaugeMetricFamily("meo_connections_active", "Connections that can be used", labels=["client", "door"])
        rows = Connection.objects.active().values_list("application__client_id", "application__door")
        for client_id, door, count in rows.annotate(rows=Count("pk")).order_by("application__client_id"):
            active.add_metric([client_id, door], count)
        yield active
        waiting = PendingRevocation.objects.aggregate(rows=Count("pk"), oldest=Min("created_at"))
        yield GaugeMetricFamily(
            "meo_revocations_waiting", "Tokens still to be revoked in the main app", value=waiting["rows"]
        )
        age = (timezone.now() - waiting["oldest"]).total_seconds() if waiting["oldest"] else 0.0
        yield GaugeMetricFamily("meo_revocations_oldest_seconds", "How long the oldest of them waits", value=age)


class Service(Collector):
    """Of the whole service, read when somebody asks: what was built, what PostgreSQL has connected, when rows were last pruned."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        build = GaugeMetricFamily("meo_build", "The version that answers; always 1", labels=["version", "python"])
        build.add_metric([settings.VERSION, platform.python_version()], 1)
        yield build
        yield GaugeMetricFamily(
            "meo_http_threads",
            "Threads of all processes of this host, without the spare ones",
            value=settings.WEB_CONCURRENCY * settings.WEB_THREADS,
        )
        pruned = last_prune()
        if pruned is not None:
            yield GaugeMetricFamily(
                "meo_last_maintenance_timestamp_seconds",
                "When maintenance or prune last came to its end",
                value=pruned.timestamp(),
            )
        if connection.vendor == "postgresql":
            yield from self._database()

    def _database(self) -> Iterator[GaugeMetricFamily]:
        there = GaugeMetricFamily("meo_database_connections", "Connections to our database, by state", labels=["state"])
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT coalesce(state, 'unknown'), count(*) FROM pg_stat_activity WHERE datname = current_database() GROUP BY 1"
            )
            for state, count in cursor.fetchall():
                there.add_metric([state], count)
            cursor.execute("SELECT current_setting('max_connections')::int")
            (most,) = cursor.fetchone()
        yield there
        yield GaugeMetricFamily("meo_database_connections_max", "What PostgreSQL allows, for all databases", value=most)
