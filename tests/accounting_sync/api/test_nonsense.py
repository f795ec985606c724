"""Whatever is thrown at any operation, the answer is one it documents, and never a 500."""

import json
import random
import re
from decimal import Decimal
from pathlib import Path
from urllib.parse import urlencode

import pytest
import yaml
from django.db import transaction

from accounting_sync.models import Connection
from tests.factories import CustomerFactory, PartFactory, a_completed_job, an_invoice
from workshop import jobs, sales
from workshop.api.throttling import DeviceThrottle
from workshop.credits import credit_invoice
from workshop.models import PaymentMethod

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
SCHEMA = yaml.safe_load((Path(__file__).resolve().parents[3] / "docs" / "openapi.yaml").read_text(encoding="utf-8"))
NONSENSE = [
    None, True, -1, 0, 2**31, 2**63, 2**70, 1.5, "", " ", "x" * 3000, "\x00", "1e400", "NaN", "-0.00",
    "99999999999999", "2026-02-30", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59Z", [], {}, [None], {"a": 1},
    "\ud83d", "١٢", "😀",
]  # fmt: skip
SENSE = {
    "decimal": ["1.00", "0.50", "10.00", "99999999.99"],
    "date": ["2026-11-22", "2025-01-01"],
    "date-time": ["2026-11-22T09:00:00Z"],
    "email": ["jo@example.com"],
    None: ["x", "Jo", "ABC123", "021 555 0101"],
}
# these would end the test's own connection or device, or ask Xero itself
LEFT_OUT = re.compile(r"(schema|disconnect|reload)/$|devices/\{id\}/$")


class Thrower:
    """Values of a schema's shape, now and then of none."""

    def __init__(self, seed):
        self.random = random.Random(seed)

    def value(self, schema):
        return self.random.choice(NONSENSE) if self.random.random() < 0.15 else self.fitting(resolved(schema))

    def fitting(self, schema):
        for key in ("allOf", "oneOf"):
            if key in schema:
                return self.fitting(resolved(schema[key][0]))
        if "enum" in schema:
            return self.random.choice(schema["enum"])
        makers = {"object": self.object, "array": self.array, "string": self.text}
        make = makers.get(schema.get("type"))
        return make(schema) if make else self.random.choice([1, 2, 3, True])

    def object(self, schema):
        required = schema.get("required", [])
        fields = schema.get("properties", {}).items()
        return {name: self.value(part) for name, part in fields if name in required or self.random.random() < 0.4}

    def array(self, schema):
        return [self.value(schema["items"]) for _ in range(self.random.randint(0, 3))]

    def text(self, schema):
        return self.random.choice(SENSE.get(schema.get("format"), SENSE[None]))

    def url(self, path, operation):
        url = re.sub(r"\{\w+\}", lambda _: str(self.random.choice([1, 1, 2, 999])), path)
        query = {
            parameter["name"]: str(self.value(parameter["schema"])).replace("\ud83d", "?")
            for parameter in operation.get("parameters", [])
            if parameter["in"] == "query" and self.random.random() < 0.3
        }
        return f"{url}?{urlencode(query)}"

    def body(self, operation):
        content = operation.get("requestBody", {}).get("content", {})
        return json.dumps(self.value(content["application/json"]["schema"])) if content else ""


def resolved(schema):
    while "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        schema = SCHEMA["components"]["schemas"][name]
    return schema


@pytest.fixture
def busy_garage(owner, monkeypatch):
    """One or two of everything, so that ids 1 and 2 mean something."""
    monkeypatch.setattr(DeviceThrottle, "allow_request", lambda *_: True)  # the test is in more of a hurry than a phone
    Connection.objects.create(tenant_id="4f3c", name="Kauri Motors Ltd")
    PartFactory()
    invoice, credited = an_invoice(), an_invoice()
    a_completed_job()
    jobs.quote(jobs.book(customer=CustomerFactory()), lines=[{"description": "Pads"}])
    sales.record_payment(invoice, amount=Decimal("1.00"), method=PaymentMethod.objects.first())
    credit_invoice(credited, {credited.lines.get().pk: Decimal("0.5")})
    return owner


@pytest.mark.parametrize("seed", [7, 11])
def test_every_answer_is_documented(busy_garage, seed):
    thrower = Thrower(seed)
    for _ in range(5):
        for path, methods in SCHEMA["paths"].items():
            for method, operation in methods.items():
                if not LEFT_OUT.search(path):
                    throw(busy_garage, thrower, method, path, operation)


def throw(client, thrower, method, path, operation):
    url, body = thrower.url(path, operation), thrower.body(operation)
    with transaction.atomic():
        answer = client.generic(method.upper(), url, body, content_type="application/json")
        if answer.status_code >= 400:
            transaction.set_rollback(True)

    assert str(answer.status_code) in operation["responses"], (method, url, body[:500], answer.content[:500])
    if answer.status_code >= 400:
        assert answer["Content-Type"] == "application/problem+json"
