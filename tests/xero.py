"""Our product and the sandbox in one process: the same client code, another way to reach the server."""

from urllib.parse import parse_qs, urlsplit

import requests
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict
from urllib3 import HTTPResponse

from accounting_sync import connections, directory, setup
from accounting_sync.models import Connection
from accounting_sync.sandbox import demo
from accounting_sync.sandbox.faults import Dropped
from accounting_sync.sandbox.message import Request
from accounting_sync.sandbox.xero import Xero
from accounting_sync.xero import oauth
from accounting_sync.xero.client import Client

CLIENT = ("workshop-under-test", "its-secret")


class SandboxAdapter(BaseAdapter):
    """Carries a request to a sandbox in this process; a dropped connection is dropped for the client too."""

    def __init__(self, xero):
        super().__init__()
        self.xero = xero

    def send(self, request, **_):
        url = urlsplit(request.url)
        headers = {name.lower(): _text(value) for name, value in request.headers.items()}
        body = request.body.encode() if isinstance(request.body, str) else request.body or b""
        try:
            answer = self.xero.handle(Request(request.method, url.path, url.query, headers, body))
        except Dropped as dropped:
            raise requests.ConnectionError("Connection reset") from dropped
        return _response(request, answer)

    def close(self):
        pass


def _text(value):
    return value.decode() if isinstance(value, bytes) else value


def _response(request, answer):
    promised = answer.headers.get("Content-Length")
    if promised and int(promised) > len(answer.body):
        raise requests.exceptions.ChunkedEncodingError("Connection broken: half a body")
    response = requests.Response()
    response.status_code, response.request, response.url = answer.status, request, request.url
    response.headers = CaseInsensitiveDict(answer.headers)
    response._content = answer.body
    response.raw = HTTPResponse(body=b"", headers=answer.headers, status=answer.status)
    return response


def a_xero(country="NZ", name="Kauri Motors", **options):
    """A fresh sandbox with one organisation, its accountant and our client."""
    xero = Xero(**options)
    demo.add_accountant(xero)
    demo.add_organisation(xero, name, country)
    xero.identity.clients.register(*CLIENT, name="Workshop", redirects=[oauth.redirect_uri()])
    return xero


def connect(xero, organisation=None, by=None):
    """Consent as the accountant would, come back with the code, and set the books up."""
    organisation = organisation or next(iter(xero.organisations.values()))
    url = xero.consent(CLIENT[0], demo.EMAIL, organisation.id, " ".join(oauth.SCOPES), oauth.redirect_uri(), "state")
    connection = connections.connect(parse_qs(urlsplit(url).query)["code"][0], by)
    directory.reload(Client(connection))
    setup.propose_mappings(connection)
    setup.switch(connection, purchases=True, journals=True)
    Connection.objects.filter(pk=connection.pk).update(start_date=None)
    connection.refresh_from_db()
    return connection
