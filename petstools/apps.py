from django.apps import AppConfig


class PetToolsConfig(AppConfig):
    name = "petstools"
    default_auto_field = "django.db.models.BigAutoField"
