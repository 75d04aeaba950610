"""`manage.py github_id LOGIN`: the entry for PORTAL_OPERATORS or PORTAL_STAFF, asked of GitHub now."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from portal.github import NoAnswer, login_facts


class Command(BaseCommand):
    """Prints `login:id`: the numeric id is the identity, the login only its label."""

    help = "Prints login:id of a GitHub account, as PORTAL_OPERATORS and PORTAL_STAFF take it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("login")

    def handle(self, *_: Any, login: str, **__: Any) -> None:
        """Raises CommandError where there is no such account, or GitHub does not tell."""
        try:
            account = login_facts(login.removeprefix("@")).facts
        except NoAnswer as error:
            raise CommandError(str(error)) from error
        if account is None:
            raise CommandError(f"GitHub has no account {login}.")
        self.stdout.write(f"{account['login']}:{account['id']}")
