"""What comes from Zalo and goes there, counted for `/metrics`; and what workers do, read from the rows."""

from collections.abc import Iterator
from datetime import timedelta

from django.db.models import Count, Min
from django.utils import timezone
from prometheus_client import Counter
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from chat.zalo.models import Account, Event, Reply

EVENTS = Counter("meo_zalo_events", "Events that Zalo sent, and what became of them", ["product", "outcome"])
LINKS = Counter("meo_zalo_links", "Links to sign in by, and what became of them", ["outcome"])


class Waiting(Collector):
    """Gauges read from the database when somebody asks."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        now = timezone.now()
        events = Event.objects.exclude(state=Event.State.DONE).aggregate(rows=Count("pk"), oldest=Min("received_at"))
        yield GaugeMetricFamily("meo_zalo_events_waiting", "Events that nobody has answered yet", value=events["rows"])
        age = (now - events["oldest"]).total_seconds() if events["oldest"] else 0.0
        yield GaugeMetricFamily("meo_zalo_events_oldest_seconds", "How long the oldest of them waits", value=age)
        unsent = Reply.objects.filter(state=Reply.State.WAITING).count()
        yield GaugeMetricFamily("meo_zalo_replies_waiting", "Texts that could not be sent yet", value=unsent)
        day_ago = now - timedelta(days=1)
        ended = GaugeMetricFamily(
            "meo_zalo_events_of_a_day", "Events of 24 hours that were answered", labels=["outcome"]
        )
        done = Event.objects.filter(received_at__gte=day_ago, state=Event.State.DONE)
        for outcome, count in done.values_list("outcome").annotate(rows=Count("pk")).order_by("outcome"):
            ended.add_metric([outcome], count)
        yield ended
        texts = GaugeMetricFamily(
            "meo_zalo_replies_of_a_day", "Their texts, and Zalo's number", labels=["state", "error"]
        )
        replies = Reply.objects.filter(event__received_at__gte=day_ago).values_list("state", "error")
        for state, error, count in replies.annotate(rows=Count("pk")).order_by("state", "error"):
            texts.add_metric([state, "" if error is None else str(error)], count)
        yield texts
        stopped = GaugeMetricFamily(
            "meo_zalo_stopped", "Accounts that nothing can be sent from", labels=["product", "account"]
        )
        refreshed = GaugeMetricFamily(
            "meo_zalo_tokens_refreshed_timestamp_seconds", "When an account's tokens were refreshed", labels=["account"]
        )
        for account in Account.objects.order_by("product", "own_id"):
            stopped.add_metric([account.product, account.own_id], float(account.stopped_at is not None))
            if account.refreshed_at is not None:
                refreshed.add_metric([account.own_id], account.refreshed_at.timestamp())
        yield stopped
        yield refreshed
