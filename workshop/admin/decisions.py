"""Buttons on a record's page that need a word from the person first: a page asks, its POST does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse

from workshop.admin.base import OfficeAdmin
from workshop.admin.theme import (
    UnfoldAdminSelectWidget,
    UnfoldAdminSingleDateWidget,
    UnfoldAdminTextInputWidget,
    action,
)
from workshop.errors import WorkshopError
from workshop.jobs import KEEP


class NothingToSay(forms.Form):
    """The question is answered by pressing the button."""


class Reason(forms.Form):
    reason = forms.CharField(label="Why", max_length=200, widget=UnfoldAdminTextInputWidget())


class Cancellation(Reason):
    deposits = forms.ChoiceField(
        label="A deposit, if one is held",
        required=False,
        choices=[("", "None is held"), (KEEP, "Keep it for the customer's next job")],
        widget=UnfoldAdminSelectWidget(),
    )


class NewDate(forms.Form):
    date = forms.DateField(label="New date", widget=UnfoldAdminSingleDateWidget())


def asking(
    name: str,
    words: str,
    question: str,
    permission: str,
    help_text: str,
    done: str,
    form_class: type[forms.Form] = NothingToSay,
    *,
    danger: bool = False,
) -> Callable[[Callable[..., Any]], Any]:
    """Make a detail action of ``verb(record, **fields)``: GET shows the form, POST calls the verb.

    ``question`` is the page's title and ``done`` the sentence afterwards, both with ``{record}`` in them.
    """

    def decorate(verb: Callable[..., Any]) -> Any:
        def view(self: OfficeAdmin, request: Any, object_id: str) -> HttpResponse:
            if not request.user.has_perm(permission):
                raise PermissionDenied
            record = self.get_object(request, object_id)
            if record is None:
                raise Http404
            form = form_class(request.POST if request.method == "POST" else None)
            if request.method == "POST" and form.is_valid() and _done(request, form, verb, record, done):
                return redirect(self.address_of(record))
            texts = {"title": question.format(record=record), "help_text": help_text, "words": words, "danger": danger}
            return _page(self, request, record, form, texts)

        view.__name__ = view.__qualname__ = name
        # not the theme's own ``permissions``: it looks them up in the database while checking an empty one
        view.needs = permission  # type: ignore[attr-defined]
        return action(description=words, url_path=name)(view)

    return decorate


def _done(request: Any, form: forms.Form, verb: Callable[..., Any], record: Any, done: str) -> bool:
    try:
        changed = verb(record, **form.cleaned_data)
    except WorkshopError as refusal:
        form.add_error(refusal.field if refusal.field in form.fields else None, refusal.sentence)
        return False
    except ValidationError as error:
        form.add_error(None, error.messages)
        return False
    messages.success(request, done.format(record=changed))
    return True


def _page(self: OfficeAdmin, request: Any, record: Any, form: forms.Form, texts: dict[str, Any]) -> HttpResponse:
    context = {
        **self.admin_site.each_context(request),
        **texts,
        "opts": self.opts,
        "record": record,
        "back": self.address_of(record),
        "form": form,
        "media": self.media + form.media,
    }
    request.current_app = self.admin_site.name
    return TemplateResponse(request, "admin/decision.html", context)
