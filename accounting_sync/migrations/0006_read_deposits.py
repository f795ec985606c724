"""Prepayments and overpayments are followed from now on."""

from django.db import migrations
from django.utils import timezone

RESOURCES = ["Prepayments", "Overpayments"]


def follow(apps, schema_editor):
    connections = apps.get_model("accounting_sync", "Connection")
    cursors = apps.get_model("accounting_sync", "Cursor")
    now = timezone.now()
    cursors.objects.bulk_create(
        [
            cursors(connection=connection, resource=resource, since=now, polled_at=now)
            for connection in connections.objects.all()
            for resource in RESOURCES
        ],
        ignore_conflicts=True,
    )


def forget(apps, schema_editor):
    apps.get_model("accounting_sync", "Cursor").objects.filter(resource__in=RESOURCES).delete()


class Migration(migrations.Migration):
    dependencies = [("accounting_sync", "0005_catch_up")]

    operations = [migrations.RunPython(follow, forget)]
