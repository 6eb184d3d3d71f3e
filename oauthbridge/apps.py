from django.apps import AppConfig


class OAuthBridgeConfig(AppConfig):
    name = "oauthbridge"
    verbose_name = "Connections"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from oauthbridge import checks  # noqa: F401 - registers the checks
