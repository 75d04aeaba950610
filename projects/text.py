"""What people type, made safe to keep: Unicode normalised, spaces tidied, what cannot be seen refused.

Dates are said here too, in one form everywhere.
"""

import re
import unicodedata
from datetime import UTC, date, datetime
from typing import Final

from projects.errors import Invalid

LINE_BREAKS: Final = re.compile(r"\r\n?|[\u2028\u2029\x85]")
# Marks that turn the direction of text make one thing look like another; joiners that scripts need stay allowed.
BIDI: Final = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
INVISIBLE: Final = frozenset("\u200b\u2060\ufeff\u00ad\u180e")
NOT_SHOWN: Final = frozenset({"Cc", "Cs", "Co", "Cn"})
ACCOUNT_LENGTH: Final = 32


def clean_line(value: str, *, field: str, longest: int = 200) -> str:
    """One line without leading, trailing or doubled spaces. Raises Invalid for what cannot be seen or is too long."""
    text = unicodedata.normalize("NFC", value)
    if any(character in text for character in "\n\r\u2028\u2029\x85"):
        raise Invalid("This must be one line; remove the line breaks.", field=field)
    text = " ".join(text.replace("\t", " ").split())
    return _checked(text, field, longest)


def clean_text(value: str, *, field: str, longest: int = 5000) -> str:
    """Text of several lines, each ended by a newline alone. Raises Invalid for what cannot be seen or is too long."""
    text = LINE_BREAKS.sub("\n", unicodedata.normalize("NFC", value))
    text = "\n".join(line.rstrip() for line in text.replace("\t", "    ").split("\n")).strip()
    return _checked(text, field, longest)


def clean_name(value: str, *, field: str = "name", longest: int = 80) -> str:
    """A project's name: one line in the compatibility form, so that look-alike letters become the plain ones."""
    text = clean_line(unicodedata.normalize("NFKC", value), field=field, longest=longest)
    if text and not any(character.isalnum() for character in text):
        raise Invalid("A name needs at least one letter or digit.", field=field)
    return text


def name_key(name: str) -> str:
    """What two names that count as the same have in common: case and compatibility forms folded away."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
    return " ".join(folded.split())


def account_name(login: str) -> str:
    """The Linux account of a GitHub login: lower case, begins with a letter, at most 32 characters."""
    name = re.sub(r"[^a-z0-9_-]", "-", login.lower()).strip("-")
    return (name if name[:1].isalpha() else f"u{name}")[:ACCOUNT_LENGTH]


def day_words(day: date) -> str:
    """`25 November 2026`."""
    return f"{day.day} {day:%B %Y}"


def moment_words(moment: datetime) -> str:
    """`25 November 2026, 16:20 UTC`."""
    moment = moment.astimezone(UTC)
    return f"{day_words(moment)}, {moment:%H:%M} UTC"


def _checked(text: str, field: str, longest: int) -> str:
    for character in text:
        if character != "\n" and _hidden(character):
            raise Invalid(
                f"This holds a character that cannot be seen (U+{ord(character):04X}); type it again without it.",
                field=field,
            )
    if len(text) > longest:
        raise Invalid(f"This is {len(text):,} characters long; shorten it to {longest:,}.", field=field)
    return text


def _hidden(character: str) -> bool:
    if "\U000e0000" <= character <= "\U000e0fff":  # tags and variation selectors: text that rides along unseen
        return True
    return character in BIDI or character in INVISIBLE or unicodedata.category(character) in NOT_SHOWN
