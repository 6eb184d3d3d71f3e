"""`manage.py second_factor NAME`: a second factor for a member of staff, for the first administrator or after a lost phone."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError

from oauthbridge import second_factor
from oauthbridge.management.teaching import TeachingCommand
from oauthbridge.models import SecondFactor, StaffSession, User


class Command(TeachingCommand):
    help = "Give a member of staff a new second factor, in place of any before, and end their sessions."
    examples = """
It prints a set-up key: type it into an authenticator app (or make a QR code of the address), and hand it to nobody else.
From then on signing in as NAME asks for the app's code.

Examples:
  manage.py createsuperuser                 make the first administrator, then
  manage.py second_factor olena             print the key for their app
  manage.py second_factor olena --remove    their phone is lost: they set up a new one at their next sign-in
"""

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", help="their name for signing in")
        parser.add_argument("--remove", action="store_true", help="only take the old one away")

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(username=options["name"], is_staff=True).first()
        if user is None:
            raise CommandError(f"There is no member of staff {options['name']!r}.")
        StaffSession.objects.filter(user=user).delete()
        if options["remove"]:
            removed, _models = SecondFactor.objects.filter(user=user).delete()
            self.stdout.write("Taken away." if removed else "There was none.")
            return
        factor = second_factor.replace(user)
        self.stdout.write(f"Set-up key: {second_factor.setup_key(factor)}")
        self.stdout.write(f"Address:    {second_factor.setup_address(factor)}")
