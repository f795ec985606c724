"""Xero's tokens cannot be read from the database, a dump of it, or with the wrong key."""

import pytest
from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured
from django.db import connection as database

from accounting_sync.models import Connection
from accounting_sync.models.fields import cipher

pytestmark = pytest.mark.django_db


@pytest.fixture
def keys(settings):
    def use(*keys):
        settings.FIELD_ENCRYPTION_KEYS = list(keys)
        cipher.cache_clear()

    yield use
    cipher.cache_clear()


def stored():
    with database.cursor() as cursor:
        cursor.execute("SELECT access_token, refresh_token FROM accounting_sync_connection")
        return cursor.fetchone()


def a_connection():
    return Connection.objects.create(tenant_id="t-1", name="Kauri Motors", access_token="bearer", refresh_token="")


def test_the_database_holds_no_token_in_the_clear():
    a_connection()

    access, refresh = stored()

    assert "bearer" not in access
    assert cipher().decrypt(access.encode()) == b"bearer"
    assert refresh == ""


def test_an_update_encrypts_as_a_save_does():
    a_connection()
    Connection.objects.update(access_token="newer")

    assert "newer" not in stored()[0]
    assert Connection.objects.get().access_token == "newer"


def test_a_new_key_in_front_reads_what_the_old_one_wrote(keys):
    old, new = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    keys(old)
    a_connection()

    keys(new, old)
    connection = Connection.objects.get()
    connection.save()
    keys(new)

    assert Connection.objects.get().access_token == "bearer"


def test_the_wrong_key_says_so_and_never_shows_the_cipher(keys):
    a_connection()
    keys(Fernet.generate_key().decode())

    with pytest.raises(ImproperlyConfigured, match="does not fit the stored tokens"):
        Connection.objects.get()


def test_without_a_key_nothing_is_stored(keys):
    keys()

    with pytest.raises(ImproperlyConfigured, match="FIELD_ENCRYPTION_KEY"):
        a_connection()
