"""Customers: who they are, what they drive, what they owe."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.db.models import Count, Q, QuerySet, Sum
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from workshop import marks, money, people
from workshop.manager.access import GarageRequest, changes, edits, may, reads
from workshop.manager.forms.people import CustomerForm
from workshop.manager.pages import page_of, words_of
from workshop.manager.refusals import refusals_on, refusals_told
from workshop.marks import Mark
from workshop.models import Customer, Job, Ownership, Supplier

RECENT = 10


@reads("view_customer")
def customer_list(request: GarageRequest) -> HttpResponse:
    words, show, known = words_of(request), request.GET.get("show", ""), marks.for_user(Customer, request.user)
    mark = next((mark for mark in known if mark.name == show), None)
    customers, archived = _shown(show, mark), show == "archived"
    if words:
        customers = found_customers(request, customers, words)
    cars = Count("ownerships", filter=Q(ownerships__until=None))
    rows = customers.annotate(cars=cars).prefetch_related("phones").order_by("name", "id")
    page = page_of(request, rows)
    marks.put_on(page.object_list, known)
    context = {"page": page, "words": words, "archived": archived, "marks": known, "mark": mark}
    return render(request, "workshop/customer_list.html", context)


def _shown(show: str, mark: Mark | None) -> Any:
    """Who is active, who is archived, or everybody who carries the mark."""
    if mark:
        return Customer.objects.filter(pk__in=mark.carriers())
    return Customer.objects.exclude(archived_at=None) if show == "archived" else Customer.objects.active()


def found_customers(request: GarageRequest, customers: Any, words: str) -> Any:
    """By name for everybody; by phone and e-mail for those who may see these: a hit would give them away."""
    if may(request.user, "see_contact_details"):
        return customers.search(words)
    return customers.filter(name__icontains=words)


@reads("view_customer")
def customer(request: GarageRequest, pk: int) -> HttpResponse:
    customer = Customer.objects.select_related("tax_rate").filter(pk=pk).first()
    if customer is None:  # the accounts know customers and suppliers as one kind of contact
        return redirect("supplier", get_object_or_404(Supplier, pk=pk).pk)
    marks.put_on([customer], marks.for_user(Customer, request.user))
    jobs = Job.objects.visible_to(request.user).filter(customer=customer)
    context: dict[str, Any] = {
        "customer": customer,
        "cars": _cars(customer),
        "jobs": jobs.select_related("vehicle", "technician")[:RECENT],
    }
    if may(request.user, "see_contact_details"):
        context |= {"phones": customer.phones.all(), "addresses": customer.addresses.all()}
    if may(request.user, "view_invoice"):
        context |= _money(customer)
    return render(request, "workshop/customer.html", context)


def _cars(customer: Customer) -> QuerySet[Ownership]:
    return customer.ownerships.select_related("vehicle").order_by("-until", "-since")


def _money(customer: Customer) -> dict[str, Any]:
    notes = customer.credit_notes.filter(remaining__gt=0)
    deposits = list(customer.deposits.held().select_related("job"))
    due = customer.invoices.unpaid().aggregate(due=Sum("amount_due"))["due"] or money.ZERO
    credit: Decimal = sum((deposit.remaining for deposit in deposits), money.ZERO)
    credit = sum((note.remaining for note in notes), credit)
    invoices = customer.invoices.select_related("vehicle")[:RECENT]
    held = {"credit_notes": notes, "deposits": deposits}
    return {"invoices": invoices, **held, "due": due, "credit": credit, "balance": due - credit}


@edits("add_customer")
def customer_new(request: GarageRequest) -> HttpResponse:
    form = CustomerForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with refusals_on(form):
            customer = people.add_customer(**form.verb_fields())
            messages.success(request, f"{customer} is added.")
            return redirect("customer", customer.pk)
    return render(request, "workshop/customer_edit.html", {"form": form}, status=422 if form.errors else 200)


@edits("change_customer")
def customer_edit(request: GarageRequest, pk: int) -> HttpResponse:
    customer = get_object_or_404(Customer, pk=pk)
    form = CustomerForm(request.POST or None, customer=customer)
    if request.method == "POST" and form.is_valid():
        with refusals_on(form):
            people.edit_customer(customer, as_of=form.as_of(), **form.verb_fields())
            messages.success(request, "Saved.")
            return redirect("customer", pk)
    context = {"form": form, "customer": customer}
    return render(request, "workshop/customer_edit.html", context, status=422 if form.errors else 200)


@changes("change_customer")
def customer_archive(request: GarageRequest, pk: int) -> HttpResponse:
    customer = get_object_or_404(Customer, pk=pk)
    with refusals_told(request):
        people.archive_customer(customer)
        messages.success(
            request, f"{customer} is archived here. The history stays; the accounts keep the contact as it is."
        )
    return redirect("customer", pk)


@changes("change_customer")
def customer_restore(request: GarageRequest, pk: int) -> HttpResponse:
    customer = get_object_or_404(Customer, pk=pk)
    with refusals_told(request):
        people.restore_customer(customer)
        messages.success(request, f"{customer} is back.")
    return redirect("customer", pk)
