"""Suppliers: who they are and how one orders from them."""

from __future__ import annotations

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from workshop import marks, people
from workshop.manager.access import GarageRequest, changes, edits, reads
from workshop.manager.forms.purchasing import SupplierForm
from workshop.manager.pages import page_of, words_of
from workshop.manager.refusals import refusals_on, refusals_told
from workshop.models import Supplier

RECENT = 10
CLOSED = ["closed", "cancelled"]


@reads("view_supplier")
def supplier_list(request: GarageRequest) -> HttpResponse:
    words, archived = words_of(request), request.GET.get("show") == "archived"
    suppliers = Supplier.objects.exclude(archived_at=None) if archived else Supplier.objects.active()
    if words:
        suppliers = suppliers.filter(name__icontains=words)
    open_orders = Count("purchase_orders", filter=~Q(purchase_orders__status__in=CLOSED))
    rows = suppliers.annotate(open_orders=open_orders).prefetch_related("phones").order_by("name", "id")
    page = page_of(request, rows)
    marks.put_on(page.object_list, marks.for_user(Supplier, request.user))
    context = {"page": page, "words": words, "archived": archived}
    return render(request, "workshop/supplier_list.html", context)


@reads("view_supplier")
def supplier(request: GarageRequest, pk: int) -> HttpResponse:
    supplier = get_object_or_404(Supplier.objects.select_related("purchase_tax_rate"), pk=pk)
    marks.put_on([supplier], marks.for_user(Supplier, request.user))
    context = {
        "supplier": supplier,
        "phones": supplier.phones.all(),
        "addresses": supplier.addresses.all(),
        "orders": supplier.purchase_orders.select_related("supplier")[:RECENT],
        "bills": supplier.bills.select_related("supplier", "order")[:RECENT],
    }
    return render(request, "workshop/supplier.html", context)


@edits("add_supplier")
def supplier_new(request: GarageRequest) -> HttpResponse:
    form = SupplierForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with refusals_on(form):
            supplier = people.add_supplier(**form.verb_fields())
            messages.success(request, f"{supplier} is added.")
            return redirect("supplier", supplier.pk)
    return render(request, "workshop/supplier_edit.html", {"form": form}, status=422 if form.errors else 200)


@edits("change_supplier")
def supplier_edit(request: GarageRequest, pk: int) -> HttpResponse:
    supplier = get_object_or_404(Supplier, pk=pk)
    form = SupplierForm(request.POST or None, supplier=supplier)
    if request.method == "POST" and form.is_valid():
        with refusals_on(form):
            people.edit_supplier(supplier, as_of=form.as_of(), **form.verb_fields())
            messages.success(request, "Saved.")
            return redirect("supplier", pk)
    context = {"form": form, "supplier": supplier}
    return render(request, "workshop/supplier_edit.html", context, status=422 if form.errors else 200)


@changes("change_supplier")
def supplier_archive(request: GarageRequest, pk: int) -> HttpResponse:
    supplier = get_object_or_404(Supplier, pk=pk)
    with refusals_told(request):
        people.archive_supplier(supplier)
        messages.success(
            request, f"{supplier} is archived here. The history stays; the accounts keep the contact as it is."
        )
    return redirect("supplier", pk)


@changes("change_supplier")
def supplier_restore(request: GarageRequest, pk: int) -> HttpResponse:
    supplier = get_object_or_404(Supplier, pk=pk)
    with refusals_told(request):
        people.restore_supplier(supplier)
        messages.success(request, f"{supplier} is back.")
    return redirect("supplier", pk)
