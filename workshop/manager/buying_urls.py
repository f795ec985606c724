"""The addresses of buying."""

from __future__ import annotations

from django.urls import URLPattern, path

from workshop.manager import deliveries, job_goods, orders, supplier_credits, suppliers

urlpatterns: list[URLPattern] = [
    path("purchase-list/", orders.purchase_list, name="purchase-list"),
    path("lines/<int:pk>/need/", job_goods.line_need, name="line-need"),
    path("lines/<int:pk>/not-needed/", job_goods.line_not_needed, name="line-not-needed"),
    path("lines/<int:pk>/order/", job_goods.line_order, name="line-order"),
    path("orders/", orders.order_list, name="order-list"),
    path("orders/new/", orders.order_new, name="order-new"),
    path("orders/<int:pk>/", orders.order, name="order"),
    path("orders/<int:pk>/edit/", orders.order_edit, name="order-edit"),
    path("orders/<int:pk>/paper/", orders.order_paper, name="order-paper"),
    path("orders/<int:pk>/place/", orders.order_place, name="order-place"),
    path("orders/<int:pk>/email/", orders.order_email, name="order-email"),
    path("orders/<int:pk>/cancel/", orders.order_cancel, name="order-cancel"),
    path("orders/<int:pk>/close/", orders.order_close, name="order-close"),
    path("orders/<int:pk>/reopen/", orders.order_reopen, name="order-reopen"),
    path("orders/<int:pk>/receive/", deliveries.order_receive, name="order-receive"),
    path("orders/<int:pk>/credit/", supplier_credits.credit_new, name="supplier-credit-new"),
    path("receipts/<int:pk>/undo/", deliveries.receipt_undo, name="receipt-undo"),
    path("receipts/<int:pk>/bill/", deliveries.receipt_bill, name="receipt-bill"),
    path("receipts/<int:pk>/freight/", deliveries.receipt_late_cost, name="receipt-late-cost"),
    path("bills/", deliveries.bill_list, name="bill-list"),
    path("bills/<int:pk>/", deliveries.bill, name="bill"),
    path("bills/<int:pk>/correct/", deliveries.bill_correct, name="bill-correct"),
    path("bills/<int:pk>/void/", deliveries.bill_void, name="bill-void"),
    path("supplier-credits/", supplier_credits.credit_list, name="supplier-credit-list"),
    path("supplier-credits/cores/", supplier_credits.cores, name="cores"),
    path("supplier-credits/<int:pk>/", supplier_credits.credit, name="supplier-credit"),
    path("supplier-credits/<int:pk>/finalise/", supplier_credits.credit_finalise, name="supplier-credit-finalise"),
    path("supplier-credits/<int:pk>/cancel/", supplier_credits.credit_cancel, name="supplier-credit-cancel"),
    path("supplier-credits/<int:pk>/void/", supplier_credits.credit_void, name="supplier-credit-void"),
    path("supplier-credits/<int:pk>/use/", supplier_credits.credit_use, name="supplier-credit-use"),
    path("supplier-credits/used/<int:pk>/take-off/", supplier_credits.credit_take_off, name="supplier-credit-take-off"),
    path("suppliers/", suppliers.supplier_list, name="supplier-list"),
    path("suppliers/new/", suppliers.supplier_new, name="supplier-new"),
    path("suppliers/<int:pk>/", suppliers.supplier, name="supplier"),
    path("suppliers/<int:pk>/edit/", suppliers.supplier_edit, name="supplier-edit"),
    path("suppliers/<int:pk>/archive/", suppliers.supplier_archive, name="supplier-archive"),
    path("suppliers/<int:pk>/restore/", suppliers.supplier_restore, name="supplier-restore"),
]
