"""Filters, search and order of a list, kept under a name by whoever uses them every day."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.urls import path, reverse

from accounting_sync.models import SavedView
from workshop.admin.theme import ModelAdmin

NOT_KEPT = {"p", "e", "_popup"}  # the page one is on, and the admin's own


class SavedViewForm(forms.Form):
    name = forms.CharField(max_length=60, error_messages={"required": "Give it a name."})
    query = forms.CharField(max_length=1000, error_messages={"required": "Filter, search or sort the list first."})

    def clean_query(self) -> str:
        """Read and written anew: an address is made of it."""
        return tidy(QueryDict(self.cleaned_data["query"]))


def tidy(parameters: QueryDict) -> str:
    kept = parameters.copy()
    for name in NOT_KEPT & set(kept):
        del kept[name]
    return kept.urlencode()


class SavedViews(ModelAdmin):
    """On top of a list: the views its reader has kept, and a form to keep the present one."""

    list_before_template = "admin/accounting_sync/saved_views.html"

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        query = tidy(request.GET)
        kept = SavedView.objects.filter(owner_id=request.user.pk, listed=self.opts.model_name)
        rows = [{"view": view, "url": f"?{view.query}", "present": view.query == query} for view in kept]
        told = {"saved_views": rows, "query": query, "save_view_url": self._address("save_view")}
        return super().changelist_view(request, {**told, **(extra_context or {})})

    def _name(self, view: str) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}_{view}"

    def _address(self, view: str) -> str:
        return reverse(f"admin:{self._name(view)}")

    def get_urls(self) -> list[Any]:
        let_in = self.admin_site.admin_view
        own = [
            path("views/save/", let_in(self.save_view), name=self._name("save_view")),
            path("views/<int:pk>/forget/", let_in(self.forget_view), name=self._name("forget_view")),
        ]
        return [*own, *super().get_urls()]

    def save_view(self, request: HttpRequest) -> HttpResponse:
        """One name, one view: saving under a name again changes it."""
        form = SavedViewForm(request.POST)
        self._let_in(request)
        if form.is_valid():
            values = {"query": form.cleaned_data["query"]}
            SavedView.objects.update_or_create(
                owner=_person(request), listed=self.opts.model_name, name=form.cleaned_data["name"], defaults=values
            )
            messages.success(request, f"“{form.cleaned_data['name']}” is kept.")
        for sentences in form.errors.values():
            messages.error(request, " ".join(map(str, sentences)))
        return self._back(tidy(QueryDict(request.POST.get("query", "")[:1000])))

    def forget_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        self._let_in(request)
        view = get_object_or_404(SavedView, pk=pk, owner=_person(request), listed=self.opts.model_name)
        view.delete()
        messages.success(request, f"“{view}” is no longer kept.")
        return self._back("")

    def _let_in(self, request: HttpRequest) -> None:
        if request.method != "POST" or not self.has_view_permission(request):
            raise Http404

    def _back(self, query: str) -> HttpResponse:
        return redirect(f"{self._address('changelist')}{'?' if query else ''}{query}")


def _person(request: HttpRequest) -> User:
    user = request.user
    assert isinstance(user, User)  # noqa: S101 (admin_view lets nobody else in)
    return user
