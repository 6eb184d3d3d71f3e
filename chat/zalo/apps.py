from django.apps import AppConfig


class ZaloConfig(AppConfig):
    name = "chat.zalo"
    label = "zalo"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from chat.zalo import linking
        from chat.zalo.models import Account, Sender
        from chat.zalo.retention import KEPT
        from chat.zalo.work import DUTY
        from oauthbridge import own_connections, rotation
        from petstools import forgetting, retention, upkeep

        retention.KEPT.extend(KEPT)
        retention.ENDINGS.append(retention.Ending(linking.unfollowed, linking.end_unfollowed))
        upkeep.EVERY_MINUTE.append(DUTY)
        forgetting.HANGING["Zalo senders"] = Sender
        own_connections.ACCOUNTS.append(linking.names)
        rotation.HOLDING[Account] = "tokens"
