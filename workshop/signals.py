"""What Django's own signals do not tell."""

from django.dispatch import Signal

#: Rows written in one statement send no post_save. ``sender`` is their model, ``ids`` their keys; in the transaction.
saved_in_bulk = Signal()

#: Asked before an invoice is edited. A receiver answers with the sentence that says why it cannot be, or with nothing.
locks_invoice = Signal()
