"""What the simulated GitHub remembers: accounts, repositories, codes and tokens, in one dict that is saved as JSON."""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Callable
from copy import deepcopy
from typing import Any, Final

from simulators.github.demo import ACCOUNTS, REPOSITORIES, account

CODE_SECONDS: Final = 600
Data = dict[str, Any]


def fresh_state() -> Data:
    """The demo accounts and repositories, nobody signed in, no case on."""
    return {
        "accounts": {str(one["id"]): deepcopy(one) for one in ACCOUNTS},
        "repositories": {str(one["id"]): deepcopy(one) for one in REPOSITORIES},
        "codes": {},
        "tokens": {},
        "budgets": {},
        "case": {"case": "none", "times": None},
    }


class Store:
    """Reads and changes that dict; `now` gives the simulated time in seconds since 1970."""

    def __init__(self, data: Data, now: Callable[[], float]) -> None:
        self.data, self.now = data, now

    def account(self, login: str) -> Data | None:
        """The account that has this login now, whatever the case of its letters."""
        wanted = login.casefold()
        return next((one for one in self.data["accounts"].values() if one["login"].casefold() == wanted), None)

    def known(self, login: str) -> Data:
        """The account of this login; raises KeyError where there is none."""
        found = self.account(login)
        if found is None:
            raise KeyError(login)
        return found

    def account_of(self, token: str) -> Data | None:
        """Whose token this is, or None where the token is unknown or revoked."""
        known = self.data["tokens"].get(token)
        return self.data["accounts"].get(str(known["account"])) if known else None

    def scopes_of(self, token: str) -> list[str]:
        """What a token may do, in GitHub's words, sorted."""
        return sorted(self.data["tokens"].get(token, {}).get("scopes", []))

    def add_account(self, login: str, number: int | None = None) -> Data:
        """A further account; raises ValueError where the login or the number is taken."""
        number = number or max(map(int, self.data["accounts"])) + 1
        if self.account(login) or str(number) in self.data["accounts"]:
            raise ValueError(f"{login} or {number} is taken")
        made: Data = account(number, login, login, "Further accounts", "Added to the simulator by hand.")
        self.data["accounts"][str(number)] = made
        return made

    def rename(self, login: str, new: str) -> Data:
        """Give an account another login, same id; raises KeyError (no such login) or ValueError (new one taken)."""
        found, other = self.known(login), self.account(new)
        if other not in (None, found):
            raise ValueError(f"{new} is taken")
        found["login"] = new
        return found

    def set_emails(self, login: str, emails: list[Data]) -> Data:
        """Replace an account's addresses, in GitHub's shape; raises KeyError where there is no such login."""
        found = self.known(login)
        found["emails"] = emails
        return found

    def repository(self, owner: str, name: str) -> tuple[Data | None, bool]:
        """The repository of this full name, and whether the name is one that it had before."""
        wanted = f"{owner}/{name}".casefold()
        for one in self.data["repositories"].values():
            if self.full_name(one).casefold() == wanted:
                return one, False
            if wanted in (old.casefold() for old in one.get("was", [])):
                return one, True
        return None, False

    def full_name(self, repository: Data) -> str:
        """Owner's login of today, slash, name."""
        return f"{self.data['accounts'][str(repository['owner'])]['login']}/{repository['name']}"

    def new_code(self, account_id: int, asked: Data) -> str:
        """A code for one sign-in, good once and for ten minutes; `asked` is what the authorize page was asked with."""
        code = secrets.token_hex(10)
        self.data["codes"][code] = {**asked, "account": account_id, "at": self.now()}
        return code

    def redeem(self, code: str, form: Data) -> Data | None:
        """What the code stands for, or None where it is unknown, used, old, or the verifier is not its own."""
        known: Data | None = self.data["codes"].pop(code, None)
        if known is None or self.now() - known["at"] > CODE_SECONDS or known["client_id"] != form.get("client_id"):
            return None
        return known if _verified(known.get("code_challenge", ""), form.get("code_verifier", "")) else None

    def new_token(self, account_id: int, scopes: list[str]) -> str:
        """A token that acts for an account until it is revoked."""
        token = f"gho_{secrets.token_urlsafe(27)}"
        self.data["tokens"][token] = {"account": account_id, "scopes": scopes}
        return token

    def revoke(self, login: str) -> int:
        """Make every token of an account worthless; returns how many there were."""
        found = self.account(login)
        gone = [token for token, known in self.data["tokens"].items() if found and known["account"] == found["id"]]
        for token in gone:
            del self.data["tokens"][token]
        return len(gone)


def _verified(challenge: str, verifier: str) -> bool:
    """RFC 7636, S256: without a challenge at the start no verifier is needed, with one it must match."""
    if not challenge:
        return True
    digest = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
    return hmac.compare_digest(digest.encode(), challenge.encode())
