from django.db import migrations


def look_back(apps, schema_editor):
    """Credit on bills was known as one sum for each bill: Xero's lists are read once more from the start, to name it."""
    if apps.get_model('workshop', 'SupplierCreditAllocation').objects.exists():
        cursors = apps.get_model('accounting_sync', 'Cursor').objects
        cursors.filter(resource__in=['CreditNotes', 'Prepayments', 'Overpayments']).update(since=None)


class Migration(migrations.Migration):

    dependencies = [
        ('accounting_sync', '0020_saved_views'),
        ('workshop', '0010_credit_used_before'),
    ]

    operations = [
        migrations.RunPython(look_back, migrations.RunPython.noop),
    ]
