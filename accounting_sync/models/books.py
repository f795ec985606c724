"""What Xero has, as last read: the chart of accounts, tax rates, contacts and items. Never edited here."""

from __future__ import annotations

from django.db import models

from accounting_sync.models.connection import Connection


class XeroAccount(models.Model):
    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="accounts")
    account_id = models.CharField(max_length=36)
    code = models.CharField(max_length=10, blank=True)
    name = models.CharField(max_length=150)
    type = models.CharField(max_length=20)
    status = models.CharField(max_length=10, default="ACTIVE")
    system_account = models.CharField(max_length=40, blank=True)
    takes_payments = models.BooleanField(default=False)
    tracked_items = models.PositiveIntegerField(default=0, help_text="Items whose stock Xero keeps in this account.")

    class Meta:
        ordering = ["code", "name"]
        constraints = [models.UniqueConstraint(fields=["connection", "account_id"], name="xeroaccount_once")]

    def __str__(self) -> str:
        return f"{self.code} {self.name}".strip()


class XeroTaxRate(models.Model):
    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="tax_rates")
    tax_type = models.CharField(max_length=50)
    name = models.CharField(max_length=100)
    percent = models.DecimalField(max_digits=8, decimal_places=4)
    for_revenue = models.BooleanField(default=True)
    for_expenses = models.BooleanField(default=True)
    status = models.CharField(max_length=10, default="ACTIVE")

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["connection", "tax_type"], name="xerotaxrate_once")]

    def __str__(self) -> str:
        return f"{self.name} ({self.percent.normalize():f}%)"


class XeroTrackingOption(models.Model):
    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="tracking_options")
    option_id = models.CharField(max_length=36)
    name = models.CharField(max_length=100)
    category_id = models.CharField(max_length=36)
    category = models.CharField(max_length=100)
    status = models.CharField(max_length=10, default="ACTIVE")

    class Meta:
        ordering = ["category", "name"]
        constraints = [models.UniqueConstraint(fields=["connection", "option_id"], name="xerotrackingoption_once")]

    def __str__(self) -> str:
        return f"{self.category}: {self.name}"


class XeroContact(models.Model):
    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="contacts")
    contact_id = models.CharField(max_length=36)
    name = models.CharField(max_length=255)
    name_key = models.CharField(max_length=255, db_index=True)
    email = models.CharField(max_length=255, blank=True)
    phones = models.JSONField(default=list)
    contact_number = models.CharField(max_length=50, blank=True)
    status = models.CharField(max_length=15, default="ACTIVE")
    merged_to = models.CharField(max_length=36, blank=True)

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["connection", "contact_id"], name="xerocontact_once")]

    def __str__(self) -> str:
        return self.name


class XeroItem(models.Model):
    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="items")
    item_id = models.CharField(max_length=36)
    code = models.CharField(max_length=30)
    name = models.CharField(max_length=50, blank=True)
    description = models.TextField(blank=True)
    price = models.DecimalField(max_digits=12, decimal_places=4, null=True, blank=True)
    is_tracked = models.BooleanField(default=False)

    class Meta:
        ordering = ["code"]
        constraints = [models.UniqueConstraint(fields=["connection", "item_id"], name="xeroitem_once")]

    def __str__(self) -> str:
        return f"{self.code} {self.name}".strip()


def name_key(name: str) -> str:
    """How two writings of one name are told alike: case and spaces do not matter."""
    return " ".join(name.split()).casefold()
