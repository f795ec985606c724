"""Every kind that goes to Xero. A new kind is a module here and a line below; the engine does not change."""

from accounting_sync.documents.allocation import AllocationDocument, BillAllocationDocument
from accounting_sync.documents.bill import BillDocument
from accounting_sync.documents.contact import ContactDocument
from accounting_sync.documents.credit_note import CreditNoteDocument
from accounting_sync.documents.deposit import DepositDocument
from accounting_sync.documents.document import Books, Call, Document, Facts, Item
from accounting_sync.documents.invoice import InvoiceDocument
from accounting_sync.documents.item import ItemDocument
from accounting_sync.documents.journal import JournalDocument
from accounting_sync.documents.payment import PaymentDocument, RefundDocument
from accounting_sync.documents.purchase_order import PurchaseOrderDocument
from accounting_sync.documents.supplier_credit import SupplierCreditDocument

DOCUMENTS: dict[str, Document] = {
    document.kind: document
    for document in (
        ContactDocument(),
        InvoiceDocument(),
        BillDocument(),
        SupplierCreditDocument(),
        CreditNoteDocument(),
        DepositDocument(),
        PaymentDocument(),
        AllocationDocument(),
        BillAllocationDocument(),
        RefundDocument(),
        JournalDocument(),
        PurchaseOrderDocument(),
        ItemDocument(),
    )
}

__all__ = ["DOCUMENTS", "Books", "Call", "Document", "Facts", "Item"]
