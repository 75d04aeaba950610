"""Which role a login began with, so that losing it can end the login."""

from typing import Any, Final

SESSION_KEY: Final = "signed_in_as"


def role_of(user: Any) -> str:
    """The highest role that the settings give this person now; empty for anybody else."""
    if getattr(user, "is_staff", False):
        return "staff"
    return "operator" if getattr(user, "is_operator", False) else ""


def has_lost(role: str, user: Any) -> bool:
    """Whether somebody who had this role when signing in has less now."""
    now = role_of(user)
    return now not in (role, "staff")
