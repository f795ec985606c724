from django.urls import path
from rest_framework.routers import SimpleRouter

from workshop.api.views import (
    credit_notes,
    customers,
    deposits,
    devices,
    documentation,
    invoices,
    jobs,
    parts,
    purchasing,
    quotes,
    reports,
    settings,
    stock,
    stocktakes,
    suppliers,
    transfers,
    vehicles,
)

app_name = "api"  # the pages have names of their own
router = SimpleRouter(use_regex_path=False)
router.register("devices", devices.DeviceViewSet, "device")
router.register("staff", devices.StaffViewSet, "staff")
router.register("customers", customers.CustomerViewSet, "customer")
router.register("vehicles", vehicles.VehicleViewSet, "vehicle")
router.register("odometer-readings", vehicles.OdometerReadingViewSet, "odometer-reading")
router.register("parts", parts.PartViewSet, "part")
router.register("price-rules", parts.PriceRuleViewSet, "price-rule")
router.register("locations", stock.LocationViewSet, "location")
router.register("stock-adjustments", stock.AdjustmentViewSet, "stock-adjustment")
router.register("stock-movements", stock.MovementViewSet, "stock-movement")
router.register("job-lots", stock.JobLotViewSet, "job-lot")
router.register("stocktakes", stocktakes.StocktakeViewSet, "stocktake")
router.register("stocktake-lines", stocktakes.StocktakeLineViewSet, "stocktake-line")
router.register("stock-transfers", transfers.TransferViewSet, "stock-transfer")
router.register("work-orders", transfers.WorkOrderViewSet, "work-order")
router.register("tax-rates", settings.TaxRateViewSet, "tax-rate")
router.register("payment-methods", settings.PaymentMethodViewSet, "payment-method")
router.register("jobs", jobs.JobViewSet, "job")
router.register("quotes", quotes.QuoteViewSet, "quote")
router.register("invoices", invoices.InvoiceViewSet, "invoice")
router.register("payments", invoices.PaymentViewSet, "payment")
router.register("deposits", deposits.DepositViewSet, "deposit")
router.register("refunds", deposits.RefundViewSet, "refund")
router.register("credit-notes", credit_notes.CreditNoteViewSet, "credit-note")
router.register("credit-allocations", credit_notes.CreditAllocationViewSet, "credit-allocation")
router.register("suppliers", suppliers.SupplierViewSet, "supplier")
router.register("purchase-list", purchasing.PurchaseListViewSet, "purchase-list")
router.register("purchase-orders", purchasing.PurchaseOrderViewSet, "purchase-order")
router.register("receipts", purchasing.ReceiptViewSet, "receipt")
router.register("bills", purchasing.BillViewSet, "bill")
router.register("supplier-credits", purchasing.SupplierCreditViewSet, "supplier-credit")
router.register("supplier-credit-allocations", purchasing.SupplierCreditAllocationViewSet, "supplier-credit-allocation")

REPORTS = ["valuation", "work_in_progress", "not_received", "not_billed", "on_no_invoice", "slow_movers", "reorder"]

urlpatterns = [
    path("me/", devices.MeViewSet.as_view({"get": "mine"}), name="me"),
    path("organisation/", settings.OrganisationViewSet.as_view({"get": "current"}), name="organisation-current"),
    *router.urls,
    *(
        path(f"reports/{name.replace('_', '-')}/", reports.ReportViewSet.as_view({"get": name}), name=f"report-{name}")
        for name in REPORTS
    ),
    path("schema/", documentation.SchemaView.as_view(), name="schema"),
    path("docs/", documentation.DocumentationView.as_view(), name="docs"),
]
