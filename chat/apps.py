from django.apps import AppConfig


class ChatConfig(AppConfig):
    name = "chat"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from chat.retention import KEPT
        from petstools import retention

        retention.KEPT.extend(KEPT)
