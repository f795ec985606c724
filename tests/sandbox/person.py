"""A person at the web face, and a program beside them at the API: what one does the other sees."""

import html
import re
from dataclasses import dataclass

import requests

from tests.sandbox.running import SIGN_IN, hidden_fields

SCOPES = (
    "offline_access accounting.contacts accounting.invoices accounting.payments accounting.manualjournals "
    "accounting.banktransactions accounting.settings"
)


@dataclass
class Person:
    """The accountant, signed in, in one organisation."""

    url: str
    session: requests.Session
    organisation: str

    @classmethod
    def sign_in(cls, url, session, organisation):
        page = session.get(f"{url}/sign-in").text
        home = session.post(f"{url}/sign-in", hidden_fields(page) | SIGN_IN).text
        cards = re.findall(r'href="(/organisations/[^"]+)"><strong>([^<]+)', home)
        return cls(url, session, next(path for path, name in cards if name == organisation))

    def see(self, path="", **query):
        """The page as text: tags gone, spaces folded."""
        answer = self.session.get(self.address(path), params=query)
        assert answer.status_code == 200, answer.text[:500]
        return words(answer.text)

    def do(self, path, /, **fields):
        """Fill in a form and send it; the page that follows."""
        token = self.session.cookies["xero_sandbox_csrf"]
        return self.session.post(self.address(path), {"csrfmiddlewaretoken": token, **fields})

    def address(self, path):
        return f"{self.url}{path if path.startswith('/') else f'{self.organisation}/{path}'.rstrip('/')}"


@dataclass
class Api:
    """Kauri Motors' books over the API."""

    url: str
    token: str
    tenant_id: str

    def call(self, method, path, document=None, **query):
        headers = {
            "Accept": "application/json",
            "Authorization": f"Bearer {self.token}",
            "xero-tenant-id": self.tenant_id,
        }
        return requests.request(
            method, f"{self.url}/api.xro/2.0/{path}", params=query, json=document, headers=headers, timeout=10
        )

    def make(self, path, document):
        answer = self.call("PUT", path, document)
        assert answer.status_code == 200, answer.text
        return answer.json()[path.split("/")[-1]][0]

    def get(self, path, **query):
        answer = self.call("GET", path, **query)
        assert answer.status_code == 200, answer.text
        return answer.json()[path.split("/")[0]]


def words(page):
    text = re.sub(r"(?s)<(title|datalist|select).*?</\1>", " ", page)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", text)).split())


def said(answer):
    """What the page says after an act: (status, sentence)."""
    found = re.search(r'(?s)class="(?:said|alert)" role="\w+">(.*?)</(?:p|div)>', answer.text)
    return answer.status_code, words(found[1]) if found else ""
