from decimal import Decimal

import pytest
from django.urls import reverse

from tests.factories import PartFactory
from workshop.models import Part

LIST = "/parts/"
NEW = "/parts/new/"
FILTER = {"code": "OF-1", "description": "Oil filter", "unit": "each", "sell_price": "24.50"}


def test_a_part_is_added_and_edited(manager, garage):
    manager.post(NEW, FILTER)
    part = Part.objects.get()
    manager.post(reverse("part-edit", args=[part.pk]), FILTER | {"sell_price": "26.1234", "cost_price": "12"})

    part.refresh_from_db()
    assert (part.code, part.sell_price, part.cost_price) == ("OF-1", Decimal("26.1234"), Decimal(12))


def test_a_part_keeps_its_code_whatever_is_sent(manager, garage):
    part = PartFactory(code="OF-1")

    manager.post(reverse("part-edit", args=[part.pk]), FILTER | {"code": "OTHER"})

    part.refresh_from_db()
    assert part.code == "OF-1"


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"code": ""}, "code"),
        ({"code": "of-9"}, "code"),
        ({"description": ""}, "description"),
        ({"sell_price": ""}, "sell_price"),
        ({"sell_price": "-1"}, "sell_price"),
        ({"sell_price": "1.23456"}, "sell_price"),
        ({"cost_price": "cheap"}, "cost_price"),
        ({"tax_rate": "999"}, "tax_rate"),
    ],
)
def test_nonsense_is_refused_at_its_field_and_stays_typed(manager, garage, fields, field):
    PartFactory(code="OF-9")

    response = manager.post(NEW, FILTER | fields)

    assert (response.status_code, list(response.context["form"].errors), Part.objects.count()) == (422, [field], 1)
    assert response.context["form"]["unit"].value() == "each"


def test_an_archived_part_leaves_the_list_and_comes_back(manager, garage):
    part = PartFactory(code="OF-1")

    manager.post(reverse("part-archive", args=[part.pk]))
    gone = list(manager.get(LIST).context["page"]), list(manager.get(LIST, {"show": "archived"}).context["page"])
    manager.post(reverse("part-restore", args=[part.pk]))

    assert gone == ([], [part])
    assert list(manager.get(LIST).context["page"]) == [part]


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_costs_the_same_queries_however_many_rows(manager, workshop_queries, garage, rows):
    for _ in range(rows):
        PartFactory()

    with workshop_queries(7):
        manager.get(LIST)
