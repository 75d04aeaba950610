"""Which rules of use are in force; each version is a page of its own that stays as it was accepted."""

from typing import Final

RULES_VERSION: Final = "2026-01"
RULES_VERSIONS: Final = (RULES_VERSION,)
