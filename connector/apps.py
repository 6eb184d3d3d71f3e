from django.apps import AppConfig
from django.core.cache import close_caches
from django.core.signals import request_finished, request_started
from django.db import reset_queries


class ConnectorConfig(AppConfig):
    name = "connector"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from connector import checks  # noqa: F401 - registers the checks

        # What Django does around every request and nobody here needs (10 µs): empty a log of queries that only DEBUG keeps, and close
        # caches, none of which closes anything. It still looks for database connections that are too old, also before a request: a
        # thread may have rested for hours, and a firewall have forgotten its connection.
        request_started.disconnect(reset_queries)
        request_finished.disconnect(close_caches)
