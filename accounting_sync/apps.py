from django.apps import AppConfig
from django.db.models.signals import post_migrate


class AccountingSyncConfig(AppConfig):
    name = "accounting_sync"
    verbose_name = "Accounting"

    def ready(self) -> None:
        # models are not loaded before ready
        from accounting_sync import checks, locking, protection, receivers, roles, schedule  # noqa: F401, PLC0415
        from accounting_sync.tieout import off_balance  # noqa: PLC0415

        receivers.connect()
        protection.connect()
        locking.connect()
        off_balance.register()
        post_migrate.connect(roles.grant_permissions, sender=self, dispatch_uid="accounting_sync.roles")
        post_migrate.connect(schedule.create, sender=self, dispatch_uid="accounting_sync.schedule")
