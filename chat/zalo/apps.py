from django.apps import AppConfig


class ZaloConfig(AppConfig):
    name = "chat.zalo"
    label = "zalo"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from chat.zalo.models import Account
        from chat.zalo.retention import KEPT
        from oauthbridge import rotation
        from petstools import retention

        retention.KEPT.extend(KEPT)
        rotation.HOLDING[Account] = "tokens"
