"""Whoever follows every link meets no error, no complaint of the browser's, and no other host (see ``visit``)."""

import re
from urllib.parse import urlsplit

ENDS = re.compile(r"/(logout|sign-out|api/|organisationlogin)")
FILES = re.compile(r"\.(csv|json)$|/paper/|/export/")


def shape(address):
    """/jobs/7/ and /jobs/8/ are one page."""
    return re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}|\d+", "#", urlsplit(address).path)


def walk(page, start):
    """One page of every shape that links lead to, and what was found there: {shape: status}."""
    seen, ahead = {}, [start]
    while ahead:
        address = ahead.pop(0)
        if shape(address) in seen or ENDS.search(address):
            continue
        if FILES.search(urlsplit(address).path):
            seen[shape(address)] = page.request.get(address).status
            continue
        seen[shape(address)] = page.goto(address).status
        links = page.eval_on_selector_all("a[href]", "links => links.map(link => link.href)")
        ahead += [link.split("#")[0] for link in links if urlsplit(link).netloc == urlsplit(start).netloc]
    return seen


def failed(seen):
    return {path: status for path, status in seen.items() if status != 200}


def test_every_page_of_the_workshop_opens_without_a_complaint(owner):
    owner.invoice_a_job("Ana Silva")
    owner.sees_it_in_xero()

    seen = walk(owner.page, owner.address + "/")

    assert failed(seen) == {}
    assert {"/", "/jobs/#/", "/invoices/#/", "/customers/#/", "/vehicles/#/", "/accounting/mappings/"} <= set(seen)
    assert {"/admin/", "/admin/workshop/invoice/#/change/", "/admin/accounting_sync/attempt/#/change/"} <= set(seen)


def test_every_page_of_the_pretended_xero_opens_without_a_complaint(accountant):
    accountant.type_an_invoice("BY HAND 1", "Somebody Else")

    seen = walk(accountant.page, accountant.books)

    assert failed(seen) == {}
    assert {"/organisations/#/invoices/#", "/organisations/#/contacts/#", "/organisations/#/trial-balance"} <= set(seen)
