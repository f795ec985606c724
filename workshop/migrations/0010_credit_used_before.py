import django.db.models.expressions
from django.db import migrations, models


def keep_what_was_used(apps, schema_editor):
    """What the accounts told as one sum is kept as one use without a name; a credit that is here can be used."""
    credits = apps.get_model('workshop', 'SupplierCredit').objects
    credits.filter(status='finalised').update(remaining=models.F('total'), finalised_at=models.F('updated_at'))
    allocation = apps.get_model('workshop', 'SupplierCreditAllocation')
    credited = apps.get_model('workshop', 'Bill').objects.filter(amount_credited__gt=0).exclude(status='voided')
    allocation.objects.bulk_create(
        (
            allocation(bill_id=bill.pk, amount=bill.amount_credited, date=bill.date, source='accounts')
            for bill in credited.iterator()
        ),
        batch_size=500,
    )


def forget_uses(apps, schema_editor):
    apps.get_model('workshop', 'SupplierCreditAllocation').objects.all().delete()


class Migration(migrations.Migration):

    dependencies = [
        ('workshop', '0009_supplier_credit_use'),
    ]

    operations = [
        migrations.RunPython(keep_what_was_used, forget_uses),
        migrations.AddConstraint(
            model_name='suppliercredit',
            constraint=models.CheckConstraint(condition=models.Q(('amount_allocated__gte', 0), ('amount_consumed_in_accounts__gte', 0), ('remaining__gte', 0)), name='suppliercredit_never_overused'),
        ),
        migrations.AddConstraint(
            model_name='suppliercredit',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('remaining', django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(models.F('total'), '-', models.F('amount_allocated')), '-', models.F('amount_consumed_in_accounts'))), ('status', 'finalised')), models.Q(models.Q(('status', 'finalised'), _negated=True), ('amount_allocated', 0), ('amount_consumed_in_accounts', 0), ('remaining', 0)), _connector='OR'), name='suppliercredit_remaining_adds_up'),
        ),
    ]
