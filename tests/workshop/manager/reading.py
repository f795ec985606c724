"""Reading a page the way a person does: its text, its messages, its errors."""

import re
from html import unescape

from django.contrib.messages import get_messages


def text(response):
    """The page's words, with single spaces."""
    words = re.sub(r"<(head|script)\b.*?</\1>", " ", response.content.decode(), flags=re.S)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", words)).split())


def said(response):
    """What the next page will say."""
    return [str(message) for message in get_messages(response.wsgi_request)]


def errors(response, form="form"):
    return {field: list(sentences) for field, sentences in response.context[form].errors.items()}
