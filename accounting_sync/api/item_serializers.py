"""Items as Xero lists them."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from accounting_sync.models import XeroItem
from workshop.api.serializers.fields import Noun


class XeroItemSerializer(Noun):
    """`is_tracked`: Xero keeps its stock itself; it cannot be taken before that ends."""

    class Meta:
        model = XeroItem
        fields = ["id", "code", "name", "description", "price", "is_tracked"]
        read_only_fields = fields


class MadePartSerializer(serializers.Serializer[Any]):
    part = serializers.IntegerField(help_text="The part's id.")
