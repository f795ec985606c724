"""``manage.py demo``: an empty database becomes a garage with customers, cars, jobs and invoices."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from workshop import demo
from workshop.models import Organisation


class Command(BaseCommand):
    help = "Make the demo garage in an empty database. Does nothing where a garage is already."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--country", choices=list(demo.PLACES), help="NZ (default), AU or GB")

    def handle(self, *args: Any, country: str | None = None, **options: Any) -> None:
        made = demo.furnish(country or "NZ")
        garage = made or Organisation.current()
        if country and garage.country != country:
            raise CommandError(f"{garage}, {garage.get_country_display()}, is here already. Use an empty database.")
        self.stdout.write(f"{garage}, {garage.get_country_display()}: {'new' if made else 'as you left it'}")
        if names := demo.logins():
            self.stdout.write(f"Sign in as {', '.join(names)}; the password of each is {demo.PASSWORD}")
