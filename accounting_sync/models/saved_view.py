"""A list of the office as somebody likes to see it."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q


class SavedView(models.Model):
    """``query``: the filters, search and order of the list, as they stand in its address."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    listed = models.CharField(max_length=40, help_text="The model whose list it is.")
    name = models.CharField(max_length=60)
    query = models.CharField(max_length=1000)

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(fields=["owner", "listed", "name"], name="savedview_named_once"),
            models.CheckConstraint(condition=~Q(name="") & ~Q(query=""), name="savedview_says_something"),
        ]

    def __str__(self) -> str:
        return self.name
