"""The office as a person meets it: a form is what it shows, with some of it changed."""

import re
from html import unescape


def address(model, pk="", action="change"):
    place = f"/admin/workshop/{model}/"
    return place + (f"{pk}/{action}/" if pk else "add/" if action == "add" else "")


def form_of(answer):
    """What the browser would send back if nothing were changed."""
    form = answer.context["adminform"].form
    sent = _values(form)
    for inline in answer.context["inline_admin_formsets"]:
        formset = inline.formset
        sent |= _values(formset.management_form)
        for row in formset.forms:
            sent |= _values(row)
    return sent


def _values(form):
    sent = {}
    for field in form:
        value = field.value()
        if value is None or value is False:
            continue
        parts = field.field.widget.decompress(value) if hasattr(field.field.widget, "decompress") else None
        if parts is not None:
            sent |= {f"{field.html_name}_{n}": part or "" for n, part in enumerate(parts)}
        else:
            sent[field.html_name] = "on" if value is True else value
    return sent


def save(client, url, **changes):
    """Open the form, change what is given, press Save."""
    opened = client.get(url)
    assert opened.status_code == 200, opened
    return client.post(url, form_of(opened) | changes, follow=True)


def errors_of(answer):
    return {name: list(sentences) for name, sentences in answer.context["adminform"].form.errors.items()}


def text(answer):
    body = re.sub(r"<(script|style)\b.*?</\1>", "", answer.content.decode(), flags=re.S)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())


def told(answer):
    return [re.sub(r"<[^>]+>", "", unescape(str(message))) for message in answer.context["messages"]]
