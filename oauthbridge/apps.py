import orjson
from django.apps import AppConfig
from django.contrib.admin import apps as admin_apps
from psycopg.types.json import set_json_loads


class OAuthBridgeConfig(AppConfig):
    name = "oauthbridge"
    verbose_name = "Connections"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from oauthbridge import checks  # noqa: F401 - registers the checks

        # What psycopg itself reads of jsonb (oauthbridge.compiled_queries): a token's audience, for each call.
        set_json_loads(orjson.loads)


class StaffAdminConfig(admin_apps.AdminConfig):
    """Django's admin, on our own site."""

    default = False
    default_site = "oauthbridge.staff_site.StaffSite"
