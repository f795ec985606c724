"""Stock and work in progress, here against Xero, with the difference explained down to the document."""

from accounting_sync.reconciliation.compare import correct, nightly, reconcile

__all__ = ["correct", "nightly", "reconcile"]
