"""Who sits before the screen, and what they do there: by the words they read, never by the page's insides."""

import itertools
import re
import time

PASSWORD = "workshop-demo"
A_MINUTE = 75  # seconds: Xero allows 60 calls a minute, and the tests before this one may have used them
AT_XERO = {"Email address": "accountant@kauri.example", "Password": "accountant"}
USUAL_LINES = [
    ("Labour", {"Description": "Brake service", "Hours": "1.5", "Rate": "120"}),
    ("Outwork", {"Description": "Disc machining", "Quantity": "1", "Price": "95.50"}),
]
regos = (f"BRW{number}" for number in itertools.count(100))


class Person:
    def __init__(self, page, address):
        self.page, self.address = page, address

    def go(self, path):
        self.page.goto(f"{self.address}{path}")

    def press(self, words):
        self.page.get_by_role("button", name=words, exact=True).click()

    def follow(self, words, **options):
        self.page.get_by_role("link", name=words, **options).click()

    def fill(self, fields):
        for label, value in fields.items():
            self.page.get_by_label(label, exact=True).fill(value)

    def sees(self, words, **options):
        self.page.get_by_text(words, **options).first.wait_for()

    def sees_it_in_xero(self, words="In Xero", place=None):
        """By itself: nobody reloads."""
        (place or self.page).get_by_text(words, exact=True).first.wait_for(timeout=1000 * A_MINUTE)

    def tab_to(self, words, limit=80):
        """With the keyboard alone, to the link or button of these words; it must show that it has the focus."""
        for _ in range(limit):
            self.page.keyboard.press("Tab")
            here = self.page.locator("*:focus")
            if here.count() and here.inner_text().strip() == words:
                assert here.evaluate("it => it.matches(':focus-visible')")
                return
        raise AssertionError(f"Tab does not lead to “{words}”.")


class Manager(Person):
    def sign_in(self, name="owner"):
        self.go("/login/")
        self.fill({"Username": name, "Password": PASSWORD})
        self.press("Sign in")
        self.page.get_by_role("heading", name="Workboard").wait_for()

    def connect_xero(self, organisation="Kauri Motors"):
        """There, sign in, allow, and back. Returns the page's text."""
        self.go("/accounting/")
        self.press("Connect to Xero")
        self.fill(AT_XERO)
        self.press("Sign in")
        self.page.get_by_label(organisation).check()
        self.press("Allow access")
        self.page.get_by_role("heading", name=organisation).wait_for()
        return self.page.inner_text("body")

    def book(self, rego, name, **details):
        """A car and a customer nobody has seen before."""
        self.follow("New booking")
        self.fill({"Rego": rego})
        self.press("Look up")
        self.sees("A car we have not seen before.")
        self.fill({"Make": "Toyota", "Model": "Aqua"})
        self.page.get_by_label("A new customer").check()
        self.fill({"First name": name.split()[0], "Last name": name.split()[1], **details})
        self.press("Book it")
        self.page.get_by_role("heading", name="Booked").wait_for()

    def move_to(self, button, heading):
        self.page.get_by_role("main").get_by_role("button", name=button, exact=True).click()
        self.page.get_by_role("heading", name=heading).wait_for()

    def add(self, kind, fields, tax=""):
        self.page.get_by_role("main").get_by_role("link", name=kind, exact=True).click()
        self.page.locator("form:focus-within").get_by_label("Description", exact=True).wait_for()
        self.fill(fields)
        if tax:
            self.page.get_by_label("Tax", exact=True).select_option(label=tax)
        self.press("Add")
        self.page.get_by_role("cell", name=fields["Description"], exact=True).wait_for()
        self.follow("Done", exact=True)

    def book_again(self, rego):
        """A car that was here before brings its owner along."""
        self.follow("New booking")
        self.fill({"Rego": rego})
        self.press("Look up")
        self.sees("Toyota Aqua")
        self.press("Book it")
        self.page.get_by_role("heading", name="Booked").wait_for()

    def invoice_a_job(self, name, rego="", lines=(), **details):
        """The main job, from the booking to the invoice. Returns the car's rego and the invoice's number.

        With a rego the car and its owner are those of before; ``lines`` take the place of the usual two, ``details``
        are the customer's.
        """
        again, rego = bool(rego), rego or next(regos)
        self.go("/")
        self.book_again(rego) if again else self.book(rego, name, **details)
        self.move_to("Arrived", "Arrived")
        self.move_to("Start work", "In progress")
        for line in lines or USUAL_LINES:
            self.add(*line)
        self.move_to("Complete", "Completed")
        self.page.get_by_role("main").get_by_role("link", name="Invoice", exact=True).click()
        self.press("Issue the invoice")
        self.page.get_by_role("heading", name="Awaiting payment").wait_for()
        return rego, self.page.title().removesuffix(f" {rego}")

    def next_number(self):
        self.go("/invoices/?show=all")
        taken = re.findall(r"INV (\d+)", self.page.inner_text("main"))
        return f"INV {max(map(int, taken)) + 1}"

    def reload_until(self, role, name, seconds=A_MINUTE):
        """As a person who waits for news: look again until it is there."""
        until = time.monotonic() + seconds
        while not (found := self.page.get_by_role(role, name=name)).count():
            assert time.monotonic() < until, self.page.inner_text("body")
            self.page.wait_for_timeout(250)
            self.page.reload()
        return found


class Accountant(Person):
    def sign_in(self, organisation="Kauri Motors"):
        self.go("/sign-in")
        self.fill(AT_XERO)
        self.press("Sign in")
        self.follow(organisation)
        self.books = self.page.url

    def breaks(self, kind, method, path, times=1):
        """From now on so many calls go wrong."""
        self.go("/faults")
        self.page.locator("select[name=kind]").select_option(kind)
        self.page.locator("select[name=method]").select_option(method)
        self.page.locator("input[name=path]").fill(path)
        self.page.locator("input[name=times]").fill(str(times))
        self.press("Add fault")

    def holds_news_back(self, seconds):
        """Nobody hears at once of what happens in Xero."""
        self.go("/faults")
        self.page.locator("input[name=delay]").fill(str(seconds))
        self.press("Save")

    def mends_everything(self):
        self.go("/faults")
        self.press("Clear all")

    def look(self, section):
        self.page.goto(f"{self.books}/{section}")

    def rows(self, section, words):
        self.page.goto(f"{self.books}/{section}?q={words}")
        return [row.inner_text().split("\t") for row in self.page.locator("tbody tr").all()]

    def add_a_contact(self, name, **details):
        self.look("contacts/new")
        self.fill({"Name": name, **details})
        self.press("Add contact")
        self.page.get_by_role("heading", name=name).wait_for()

    def archive_the_contact(self):
        """That is open."""
        self.page.get_by_text("Archive", exact=True).first.click()
        self.press("Archive")
        self.sees("Restore")

    def open(self, section, words):
        self.look(f"{section}?q={words.replace(' ', '+')}")
        self.page.locator("tbody tr a").first.click()
        self.page.get_by_role("main").wait_for()

    def type_an_invoice(self, number, contact):
        self.look("invoices/new")
        self.fill({"Contact": contact, "Number": number})
        self.page.get_by_label("Description").first.fill("Typed by hand")
        self.page.get_by_label("Price").first.fill("10.00")
        self.press("Approve")
        self.page.get_by_role("heading", name=number).wait_for()

    def pay(self):
        """In full, on the invoice that is open."""
        self.press("Record payment")
        self.page.get_by_role("heading", name="Payments and credits").wait_for()

    def add_a_line(self, description, price):
        """To the invoice that is open."""
        self.page.get_by_text("Add a line", exact=True).click()
        act = self.page.locator("form[action$='/add-line']")
        act.get_by_label("Description").fill(description)
        act.get_by_role("textbox", name="Price").fill(price)
        act.get_by_role("button", name="Add line").click()
        self.page.get_by_role("cell", name=description).wait_for()
