"""Who may do what."""

import pytest
from django.contrib.auth.models import Group, Permission

from tests.factories import UserFactory
from workshop.roles import ROLES, create_groups, grant

pytestmark = pytest.mark.django_db
EVERYONE = {"Owner", "Manager", "Advisor", "Parts", "Technician", "Accountant", "Read-only"}


def who_may(permission):
    return {role for role in ROLES if UserFactory.with_role(role).has_perm(f"workshop.{permission}")}


def test_every_role_is_a_group_that_holds_its_permissions():
    for role, codenames in ROLES.items():
        held = Group.objects.get(name=role).permissions.filter(content_type__app_label__in=["workshop", "auth"])
        assert set(held.values_list("codename", flat=True)) == set(codenames), role


@pytest.mark.parametrize(
    ("permission", "roles"),
    [
        ("view_job", EVERYONE),
        ("add_job", {"Owner", "Manager", "Advisor"}),
        ("change_job", {"Owner", "Manager", "Advisor"}),
        ("move_job", {"Owner", "Manager", "Advisor", "Technician"}),
        ("add_jobline", {"Owner", "Manager", "Advisor", "Parts"}),
        ("invoice_job", {"Owner", "Manager", "Advisor"}),
        ("void_invoice", {"Owner", "Manager"}),
        ("backdate_invoice", {"Owner", "Accountant"}),
        ("add_payment", {"Owner", "Manager", "Advisor", "Accountant"}),
        ("reverse_payment", {"Owner", "Manager", "Accountant"}),
        ("add_creditnote", {"Owner", "Manager", "Accountant"}),
        ("see_prices", {"Owner", "Manager", "Advisor", "Accountant"}),
        ("see_costs", {"Owner", "Manager", "Parts", "Accountant"}),
        ("see_contact_details", {"Owner", "Manager", "Advisor", "Accountant"}),
        ("add_part", {"Owner", "Manager", "Parts"}),
        ("change_taxrate", {"Owner"}),
        ("change_numbersequence", {"Owner"}),
    ],
)
def test_a_permission_belongs_to_its_roles(permission, roles):
    assert who_may(permission) == roles


def test_a_role_named_without_a_permission_that_exists_is_a_mistake():
    with pytest.raises(KeyError):
        grant(["workshop"], {"Owner": ["fly"]})


def test_granting_leaves_other_apps_permissions_alone():
    owner = Group.objects.get(name="Owner")
    other = Permission.objects.get(codename="view_session")
    owner.permissions.add(other)

    create_groups()

    assert other in owner.permissions.all()
