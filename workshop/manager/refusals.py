"""A verb's refusal, shown where the person is looking."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.contrib import messages
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.forms import BaseForm
from django.http import HttpRequest

from workshop.errors import WorkshopError


@contextmanager
def refusals_on(form: BaseForm) -> Iterator[None]:
    """Put a refusal at its field, or on top where the form has no such field. What was typed stays."""
    try:
        yield
    except WorkshopError as refusal:
        form.add_error(refusal.field if refusal.field in form.fields else None, refusal.sentence)
    except ValidationError as error:
        for field, sentences in _by_field(error).items():
            form.add_error(field if field in form.fields else None, sentences)


@contextmanager
def refusals_told(request: HttpRequest) -> Iterator[None]:
    """For buttons without a form: the sentence is shown on the page that comes next."""
    try:
        yield
    except WorkshopError as refusal:
        messages.error(request, refusal.sentence)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))


def _by_field(error: ValidationError) -> dict[str, list[str]]:
    if hasattr(error, "error_dict"):
        return {field: list(sentences) for field, sentences in error.message_dict.items()}
    return {NON_FIELD_ERRORS: error.messages}


def sentences_of(form: BaseForm) -> str:
    """What is wrong with a form that has no page of its own."""
    return " ".join(str(sentence) for said in form.errors.values() for sentence in said)
