from django.apps import AppConfig


class OAuthBridgeConfig(AppConfig):
    name = "oauthbridge"
    default_auto_field = "django.db.models.BigAutoField"
