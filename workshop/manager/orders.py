"""The purchase list and orders to suppliers."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from workshop.manager.access import GarageRequest, changes, edits, may, reads, require
from workshop.manager.forms.order_lines import OrderLineFormSet
from workshop.manager.forms.purchasing import NeedsForm, OrderForm
from workshop.manager.pages import page_of, pdf_answer, words_of
from workshop.manager.refusals import refusals_on, refusals_told
from workshop.models import Location, PurchaseOrder, Supplier
from workshop.purchasing import needs, ordering, sending
from workshop.purchasing.order_pdf import order_pdf

FILTERS = {"open": "Open", "draft": "Drafts", "closed": "Closed", "all": "All"}


@edits("view_purchaseorder")
def purchase_list(request: GarageRequest) -> HttpResponse:
    wanted = needs.purchase_list()
    suppliers = list(Supplier.objects.active().order_by("name"))
    form = NeedsForm(request.POST or None, needs=wanted, suppliers=suppliers)
    if request.method == "POST":
        require(request, "add_purchaseorder")
        if form.is_valid():
            with refusals_on(form):
                orders = needs.order_from_list(form.wanted())
                numbers = ", ".join(order.number for order in orders)
                messages.success(request, f"On {numbers}. Look it over, then send it.")
                return redirect("order", orders[0].pk) if len(orders) == 1 else redirect("order-list")
    context = {"form": form, "rows": form.rows(), "suppliers": suppliers}
    return render(request, "workshop/purchase_list.html", context, status=422 if form.errors else 200)


@reads("view_purchaseorder")
def order_list(request: GarageRequest) -> HttpResponse:
    words = words_of(request)
    chosen = request.GET.get("show", "")
    chosen = chosen if chosen in FILTERS else "all" if words else "open"
    orders = PurchaseOrder.objects.select_related("supplier")
    if chosen == "open":
        orders = orders.open()
    elif chosen != "all":
        orders = orders.filter(status=chosen)
    if words:
        orders = orders.search(words)
    context = {"page": page_of(request, orders), "filters": FILTERS, "chosen": chosen, "words": words}
    return render(request, "workshop/order_list.html", context)


def found_order(pk: int) -> PurchaseOrder:
    return get_object_or_404(PurchaseOrder.objects.select_related("supplier", "deliver_to"), pk=pk)


@reads("view_purchaseorder")
def order(request: GarageRequest, pk: int) -> HttpResponse:
    order = found_order(pk)
    context = {
        "order": order,
        "lines": order.lines.select_related("part", "job", "tax_rate"),
        "receipts": order.receipts.select_related("bill").prefetch_related("lines__order_line").order_by("pk"),
        "bills": order.bills.select_related("supplier").order_by("pk"),
    }
    return render(request, "workshop/order.html", context)


@edits("add_purchaseorder")
def order_new(request: GarageRequest) -> HttpResponse:
    sees_costs = may(request.user, "see_costs")
    first = {"date": request.garage.today(), "deliver_to": Location.usual(), "supplier": request.GET.get("supplier")}
    form = OrderForm(request.POST or None, sees_costs=sees_costs, initial=first)
    lines = OrderLineFormSet.of(None, request.POST or None, sees_costs=sees_costs)
    if request.method == "POST" and form.is_valid() and lines.is_valid():
        with refusals_on(form):
            fields = form.verb_fields()
            order = ordering.draft_order(fields.pop("supplier"), lines.rows(), **fields)
            messages.success(request, f"{order} is drafted.")
            return redirect("order", order.pk)
    return _show_form(request, {"form": form, "lines": lines})


@edits("change_purchaseorder")
def order_edit(request: GarageRequest, pk: int) -> HttpResponse:
    order, sees_costs = found_order(pk), may(request.user, "see_costs")
    if order.status != PurchaseOrder.Status.DRAFT:
        messages.error(request, f"{order} is {order.get_status_display().lower()} and can no longer be changed.")
        return redirect("order", pk)
    form = OrderForm(request.POST or None, sees_costs=sees_costs, order=order)
    lines = OrderLineFormSet.of(order, request.POST or None, sees_costs=sees_costs)
    if request.method == "POST" and form.is_valid() and lines.is_valid():
        with refusals_on(form):
            ordering.edit_order(order, lines.rows(), **form.verb_fields())
            messages.success(request, f"{order} is saved.")
            return redirect("order", pk)
    return _show_form(request, {"form": form, "lines": lines, "order": order})


def _show_form(request: GarageRequest, context: dict[str, object]) -> HttpResponse:
    form, lines = context["form"], context["lines"]
    refused = form.errors or (lines.is_bound and not lines.is_valid())  # type: ignore[attr-defined]
    return render(request, "workshop/order_edit.html", context, status=422 if refused else 200)


@reads("view_purchaseorder")
def order_paper(request: GarageRequest, pk: int) -> HttpResponse:
    order = found_order(pk)
    return pdf_answer(order.number, order_pdf(order))


def _button(verb: Callable[[PurchaseOrder], PurchaseOrder], done: str) -> Callable[..., HttpResponse]:
    @changes("change_purchaseorder")
    def press(request: GarageRequest, pk: int) -> HttpResponse:
        order = found_order(pk)
        with refusals_told(request):
            verb(order)
            messages.success(request, done.format(order=order))
        return redirect("order", pk)

    return press


order_place = _button(ordering.place_order, "{order} is placed.")
order_email = _button(sending.email_order, "{order} is on its way to {order.supplier}.")
order_cancel = _button(ordering.cancel_order, "{order} is cancelled.")
order_close = _button(ordering.close_order, "{order} is closed: nothing more comes.")
order_reopen = _button(ordering.reopen_order, "{order} is open again.")
