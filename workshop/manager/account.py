"""Signing in and out, and one's own password."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm
from django.contrib.auth.views import LoginView
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from workshop import sign_in
from workshop.manager.access import GarageRequest, edits


class SignInForm(AuthenticationForm):
    """Django's own, which stops checking passwords after too many failures."""

    request: HttpRequest
    throttled = False

    def clean(self) -> dict[str, Any]:
        name, address = self.cleaned_data.get("username") or "", sign_in.address_of(self.request)
        if sign_in.closed(name, address):
            self.throttled = True
            raise ValidationError("Too many attempts. Wait a quarter of an hour, or ask an owner for a new password.")
        try:
            cleaned = super().clean()
        except ValidationError:
            sign_in.note_failure(name, address)
            raise
        sign_in.forget(name, address)
        return cleaned


class SignIn(LoginView):
    form_class = SignInForm
    redirect_authenticated_user = True

    def form_invalid(self, form: AuthenticationForm) -> HttpResponse:
        response = super().form_invalid(form)
        response.status_code = 429 if isinstance(form, SignInForm) and form.throttled else 422
        return response


@edits()
def password(request: GarageRequest) -> HttpResponse:
    form = PasswordChangeForm(request.user, request.POST or None)
    if request.method != "POST" or not form.is_valid():
        return render(request, "workshop/password.html", {"form": form}, status=422 if form.errors else 200)
    update_session_auth_hash(request, form.save())
    messages.success(request, "Your password is changed.")
    return redirect("workboard")
