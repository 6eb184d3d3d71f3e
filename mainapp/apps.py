from django.apps import AppConfig


class MainAppConfig(AppConfig):
    name = "mainapp"
    default_auto_field = "django.db.models.BigAutoField"
