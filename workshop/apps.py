from django.apps import AppConfig
from django.db.models.signals import post_migrate


class WorkshopConfig(AppConfig):
    name = "workshop"
    verbose_name = "Workshop"

    def ready(self) -> None:
        from workshop.roles import create_groups  # noqa: PLC0415 (models are not loaded before ready)

        post_migrate.connect(create_groups, sender=self, dispatch_uid="workshop.create_groups")
