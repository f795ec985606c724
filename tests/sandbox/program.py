"""A program that speaks to the sandbox in process, as a client speaks to Xero over HTTP."""

import base64
import json
from dataclasses import dataclass, field
from datetime import timedelta
from urllib.parse import parse_qsl, urlencode, urlsplit

from accounting_sync.sandbox.message import Request

REDIRECT = "http://localhost:5000/callback"
SCOPES = (
    "openid profile email offline_access accounting.contacts accounting.invoices accounting.payments "
    "accounting.manualjournals accounting.banktransactions accounting.settings accounting.reports.trialbalance.read"
)


class Clock:
    """A clock the test winds."""

    def __init__(self, now):
        self.now = now

    def __call__(self):
        return self.now

    def forward(self, **by):
        self.now += timedelta(**by)


@dataclass
class Program:
    xero: object
    client_id: str = "demo"
    secret: str = "secret"
    redirect: str = REDIRECT
    tokens: dict = field(default_factory=dict)
    tenant_id: str = ""
    agent: str = "tests/1.0"

    # -- signing in

    def consent(self, organisation, scopes=SCOPES, **more):
        """The query Xero sends the browser back with."""
        url = self.xero.consent(
            self.client_id, "accountant@kauri.example", organisation.id, scopes, self.redirect, **more
        )
        return dict(parse_qsl(urlsplit(url).query))

    def ask_for_token(self, **fields):
        return self.send("POST", "/connect/token", body=urlencode(fields).encode(), headers=self.basic())

    def exchange(self, code, **more):
        return self.ask_for_token(grant_type="authorization_code", code=code, redirect_uri=self.redirect, **more)

    def refresh(self, token=None):
        return self.ask_for_token(
            grant_type="refresh_token", refresh_token=self.tokens["refresh_token"] if token is None else token
        )

    def revoke(self, token):
        body = urlencode({"token": token}).encode()
        return self.send("POST", "/connect/revocation", body=body, headers=self.basic())

    def sign_in(self, organisation, scopes=SCOPES):
        """Consent, exchange the code, keep the tokens, and use this organisation from now on."""
        answer = self.exchange(self.consent(organisation, scopes)["code"])
        assert answer.status == 200, answer.body
        self.tokens, self.tenant_id = json.loads(answer.body), organisation.id
        return self

    def basic(self):
        pair = base64.b64encode(f"{self.client_id}:{self.secret}".encode()).decode()
        return {"authorization": f"Basic {pair}"}

    # -- calling

    def send(self, method, path, *, query="", body=b"", headers=None):
        common = {"accept": "application/json", "user-agent": self.agent, "host": "sandbox.test"}
        return self.xero.handle(Request(method, path, query, {**common, **(headers or {})}, body))

    def call(self, method, path, document=None, *, query="", **headers):
        named = {name.replace("_", "-").lower(): value for name, value in headers.items()}
        bearer = {
            "authorization": f"Bearer {self.tokens.get('access_token', '')}",
            "xero-tenant-id": self.tenant_id,
        }
        body = b"" if document is None else json.dumps(document).encode()
        path = path if path.startswith("/") else f"/api.xro/2.0/{path}"
        return self.send(method, path, query=query, body=body, headers=bearer | named)

    def get(self, path, **more):
        return self.call("GET", path, **more)

    def put(self, path, document, **more):
        return self.call("PUT", path, document, **more)

    def connections(self, query=""):
        return json.loads(self.get("/connections", query=query).body)
