"""Sign-ins counted for `/metrics`, and the rows that tell how things stand (connector.metrics shows them)."""

from collections.abc import Iterator

from django.db.models import Count, Min
from django.utils import timezone
from prometheus_client import Counter
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from oauthbridge.models import Connection, PendingRevocation

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
