"""An order by e-mail to its supplier."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from workshop import mailing
from workshop.errors import InvalidInput, NotAllowedNow, NotSent
from workshop.models import PurchaseOrder
from workshop.purchasing.order_pdf import order_pdf
from workshop.purchasing.ordering import locked, place_order, save

S = PurchaseOrder.Status


def email_order(order: PurchaseOrder) -> PurchaseOrder:
    """Send the order as a PDF to the supplier's address for orders; a draft is placed by it.

    Not one transaction: a mail cannot be taken back, so the order is placed first and the time noted after. Raises
    InvalidInput without an address, NotSent where the mail server refuses.
    """
    order = PurchaseOrder.objects.select_related("supplier", "deliver_to").get(pk=order.pk)
    address = order.supplier.order_email or order.supplier.email
    if not address:
        raise InvalidInput(f"{order.supplier} has no e-mail address for orders.", field="order_email")
    if order.status in {S.CANCELLED, S.CLOSED}:
        raise NotAllowedNow(f"{order} is {order.get_status_display().lower()}.")
    if order.status == S.DRAFT:
        place_order(order)
    _send(order, address)
    return _note_sent(order)


def _send(order: PurchaseOrder, address: str) -> None:
    wanted = f" by {order.expected_on:%d %B %Y}" if order.expected_on else ""
    body = f"Please supply what is on the attached order {order.number}{wanted}."
    try:
        mailing.send(address, f"Order {order.number}", body, order.number, order_pdf(order))
    except NotSent as error:
        raise NotSent(f"The order is placed, but the e-mail to {address} did not go out. Send it again.") from error


@transaction.atomic
def _note_sent(order: PurchaseOrder) -> PurchaseOrder:
    order = locked(order)
    order.sent_at = timezone.now()
    return save(order, "sent_at")
