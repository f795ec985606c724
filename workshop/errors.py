"""What a verb says when it will not: one sentence for the person at the counter, a code for programs."""

from __future__ import annotations


class WorkshopError(Exception):
    """The base of every refusal. ``field`` names the input to mend, where there is one."""

    code = "refused"

    def __init__(self, sentence: str, *, field: str = "") -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.field = field


class NotAllowedNow(WorkshopError):
    """The record's state does not permit this move."""

    code = "not_allowed_now"


class InvalidInput(WorkshopError):
    code = "invalid_input"


class ChangedMeanwhile(WorkshopError):
    """Somebody else saved the record after this person opened it."""

    code = "changed_meanwhile"


class OverCredit(WorkshopError):
    """More would be credited than was invoiced or is left."""

    code = "over_credit"


class Overpayment(WorkshopError):
    """More would be paid than is due."""

    code = "overpayment"


class OverRefund(WorkshopError):
    """More would be given back than is left."""

    code = "over_refund"


class DepositHeld(WorkshopError):
    """Money is held on the job; somebody must say what becomes of it."""

    code = "deposit_held"


class InvoiceLocked(WorkshopError):
    """A payment or credit rests on the invoice, or it was changed in the accounts."""

    code = "invoice_locked"


class OutOfStock(WorkshopError):
    """More would leave than is there, and the garage refuses that."""

    code = "out_of_stock"


class PeriodLocked(WorkshopError):
    """The books of that day are closed."""

    code = "period_locked"


class OverReceipt(WorkshopError):
    """More came than was ordered: received once somebody confirms it."""

    code = "over_receipt"


class PriceQuery(WorkshopError):
    """The supplier's total is too far from ours to be rounding."""

    code = "price_query"


class NotSent(WorkshopError):
    """The message did not go out; nothing else happened."""

    code = "not_sent"
