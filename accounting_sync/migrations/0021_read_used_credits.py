from django.db import migrations


def look_back(apps, schema_editor):
    """Credit on bills was known as one sum for each bill, and what is left of credits not at all: read from the start."""
    names = ['SupplierCreditAllocation', 'SupplierCredit']
    if any(apps.get_model('workshop', name).objects.exists() for name in names):
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
