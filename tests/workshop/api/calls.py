"""Calls that say what they expect."""

BASE = "/api/v1/"


def got(answer, status=200):
    assert answer.status_code == status, (answer.status_code, answer.content)
    return answer.json() if answer.content else None


def get(client, path, status=200, /, **query):
    return got(client.get(f"{BASE}{path}", query), status)


def post(client, path, status=200, /, headers=None, **body):
    return got(client.post(f"{BASE}{path}", body, format="json", headers=headers or {}), status)


def patch(client, path, status=200, /, headers=None, **body):
    return got(client.patch(f"{BASE}{path}", body, format="json", headers=headers or {}), status)


def refusal(answer):
    """Status, code and the fields at fault of a problem."""
    assert answer["title"]
    return answer["status"], answer["code"], [error["field"] for error in answer["errors"]]
