"""Where goods lie: the shop, a van, a second site."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class Location(models.Model):
    name = models.CharField(max_length=60, unique=True)
    is_default = models.BooleanField(default=False)
    archived_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(condition=~Q(name=""), name="location_has_a_name"),
            models.UniqueConstraint(
                fields=["is_default"],
                condition=Q(is_default=True),
                name="location_one_default",
                violation_error_message="Another location is the default. Take it off there first.",
            ),
            models.CheckConstraint(
                condition=Q(is_default=False) | Q(archived_at=None), name="location_default_is_not_archived"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @classmethod
    def usual(cls) -> Location:
        """Where goods lie unless somebody says otherwise; the shop, made when it is first asked for."""
        return cls.objects.filter(is_default=True).first() or cls.objects.create(name="Shop", is_default=True)
