from datetime import timedelta

import pytest
from django.contrib.auth.models import Group, User
from django.utils import timezone

from tests.factories import UserFactory
from tests.workshop.admin.office import address, errors_of, save, text, told
from workshop import devices
from workshop.models import DeviceToken, NumberSequence, Organisation, PaymentMethod, TaxRate


def test_there_is_one_garage_and_its_list_is_its_page(owner, garage):
    assert owner.get(address("organisation"))["Location"] == address("organisation", garage.pk)
    assert owner.get(address("organisation", action="add")).status_code == 403


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("time_zone", "Mars/Olympus", "“Mars/Olympus” is not a time zone. Write it like Pacific/Auckland."),
        ("currency", "nzd", "Three capital letters: NZD, AUD, GBP."),
        ("payment_terms_days", "999", "Ensure this value is less than or equal to 365."),
    ],
)
def test_nonsense_about_the_garage_is_refused_at_its_field(owner, garage, field, value, sentence):
    answer = save(owner, address("organisation", garage.pk), **{field: value})

    assert errors_of(answer) == {field: [sentence]}
    assert Organisation.current() == garage


def test_a_number_series_only_counts_up(owner, garage):
    series = NumberSequence.objects.get(series="invoice")

    answer = save(owner, address("numbersequence", series.pk), next_number="7")

    assert errors_of(answer) == {"next_number": ["Numbers below 1008 have been given. A number is never given twice."]}


def test_digits_beyond_all_measure_are_refused_at_the_field(owner, garage):
    series = NumberSequence.objects.get(series="invoice")

    answer = save(owner, address("numbersequence", series.pk), digits="9223372036854775808")

    assert list(errors_of(answer)) == ["digits"]


def test_the_list_shows_the_number_that_comes_next(owner, garage):
    page = text(owner.get(address("numbersequence")))

    assert "INV 1008" in page
    assert "CN 0007" in page


def test_a_tax_rate_is_archived_but_not_the_default_one(owner, garage):
    usual, none = TaxRate.objects.get(is_default=True), TaxRate.objects.get(is_default=False)
    fields = {"action": "archive_selected", "_selected_action": [usual.pk, none.pk], "index": "0"}

    answer = owner.post(address("taxrate"), fields, follow=True)

    assert told(answer) == [
        "GST 15%: The default rate cannot be archived. Make another one the default first.",
        "1 archived here. The accounts keep what they have of it.",
    ]
    assert TaxRate.objects.exclude(archived_at=None).get() == none


def test_a_second_default_rate_is_refused_in_words(owner, garage):
    fields = {"name": "GST 12.5%", "percent": "12.5", "is_default": "on"}

    answer = save(owner, address("taxrate", action="add"), **fields)

    assert errors_of(answer) == {"__all__": ["Another rate is the default. Take it off there first."]}


def test_a_payment_method_is_added_and_archived(owner, garage):
    save(owner, address("paymentmethod", action="add"), name="Cheque")
    cheque = PaymentMethod.objects.get(name="Cheque")

    owner.post(address("paymentmethod"), {"action": "archive_selected", "_selected_action": [cheque.pk], "index": "0"})

    cheque.refresh_from_db()
    assert cheque.archived_at


# Devices


@pytest.fixture
def device(owner):
    return devices.register_device(owner.user, "Tavita's phone")


def test_devices_are_listed_without_their_keys(owner, device):
    token, key = device

    for page in [owner.get(address("devicetoken")), owner.get(address("devicetoken", token.pk))]:
        assert "Tavita's phone" in text(page)
        assert "Signed in" in text(page)
        assert key not in page.content.decode()
        assert token.digest not in page.content.decode()


def test_a_device_is_revoked(owner, device):
    token, key = device

    answer = owner.post(address("devicetoken", token.pk, "revoke"), follow=True)

    assert told(answer) == [f"{token} is revoked."]
    assert devices.device_with_key(key) is None


def test_several_devices_are_revoked_at_once(owner, device):
    devices.register_device(owner.user, "Tablet")
    chosen = list(DeviceToken.objects.values_list("pk", flat=True))

    answer = owner.post(
        address("devicetoken"), {"action": "revoke_selected", "_selected_action": chosen, "index": "0"}, follow=True
    )

    assert told(answer) == ["2 revoked: signed out at once."]
    assert not DeviceToken.objects.filter(revoked_at=None).exists()


def test_an_expired_device_says_so(owner, device):
    DeviceToken.objects.update(expires_at=timezone.now() - timedelta(days=1))

    assert "Expired" in text(owner.get(address("devicetoken")))


# People, roles, background work


def test_an_owner_gives_a_person_a_role(owner):
    person = UserFactory(username="tavita")
    role = Group.objects.get(name="Technician")

    save(owner, f"/admin/auth/user/{person.pk}/change/", groups=[role.pk])

    assert [group.name for group in person.groups.all()] == ["Technician"]


def test_an_owner_does_not_see_who_installed_this_and_cannot_become_one(owner):
    installer = User.objects.create_superuser("root")

    assert list(owner.get("/admin/auth/user/").context["cl"].queryset) == [owner.user]
    assert owner.get(f"/admin/auth/user/{installer.pk}/change/", follow=True).status_code == 200
    save(owner, f"/admin/auth/user/{owner.user.pk}/change/", is_superuser="on", groups=[])
    owner.user.refresh_from_db()
    assert not owner.user.is_superuser


def test_the_last_owner_stays_one(owner, office):
    page = f"/admin/auth/user/{owner.user.pk}/change/"
    last = {"groups": ["This is the last owner. Make somebody else an owner first."]}

    assert errors_of(save(owner, page, groups=[])) == last
    assert errors_of(save(owner, page, is_active="")) == last

    office("Owner", username="second")
    save(owner, page, groups=[])
    assert not owner.user.groups.exists()


def test_roles_and_schedules_belong_to_the_code(office):
    superuser = office("Owner", is_superuser=True)
    role = Group.objects.get(name="Owner")

    assert superuser.get("/admin/auth/group/add/").status_code == 403
    assert superuser.post(f"/admin/auth/group/{role.pk}/change/", {"name": "Boss"}).status_code == 403
    assert superuser.get("/admin/django_q/schedule/").status_code == 200
    assert superuser.get("/admin/django_q/schedule/add/").status_code == 403
