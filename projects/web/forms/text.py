"""Fields whose text is cleaned like everything that people type: one sentence names what is wrong and the cure."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from projects.errors import Invalid
from projects.keys import is_private
from projects.text import clean_line, clean_name, clean_text


class Line(forms.CharField):
    """One line of text."""

    def clean(self, value: Any) -> str:
        """Raises ValidationError for what cannot be seen or is too long."""
        text = _told(clean_line, value, self.max_length)
        return str(super().clean(text))


class Name(forms.CharField):
    """A project's name, in the form in which it is compared."""

    def clean(self, value: Any) -> str:
        """Raises ValidationError for what is no name."""
        text = _told(clean_name, value, self.max_length)
        return str(super().clean(text))


class Text(forms.CharField):
    """Several lines of text."""

    def __init__(self, *, rows: int = 4, **options: Any) -> None:
        super().__init__(widget=forms.Textarea(attrs={"rows": rows}), **options)

    def clean(self, value: Any) -> str:
        """Raises ValidationError for what cannot be seen or is too long."""
        text = _told(clean_text, value, self.max_length)
        return str(super().clean(text))


class WebAddress(forms.URLField):
    """An http or https address; shown as a link, never fetched."""

    default_error_messages = {"invalid": "Give the whole address, such as https://example.org/project."}

    def __init__(self, **options: Any) -> None:
        super().__init__(assume_scheme="https", max_length=200, **options)

    def clean(self, value: Any) -> str:
        """Raises ValidationError for other schemes and for addresses that carry a password."""
        text = str(super().clean(_told(clean_line, value, self.max_length)))
        if text and not text.lower().startswith(("http://", "https://")):
            raise ValidationError("Give an address that begins with https://.")
        if "@" in text.split("?", 1)[0].split("/", 3)[2 if "//" in text else 0]:
            raise ValidationError("Take the name or password before the @ out of the address.")
        return text


def forget_private_key(form: forms.Form, name: str) -> None:
    """Take a private key that somebody pasted by mistake out of what a bound form shows again."""
    if is_private(str(form.data.get(name, ""))):
        form.data = {**dict(form.data.items()), name: ""}
        form.forgot_key = True  # type: ignore[attr-defined]  # for the summary of what is wrong


def _told(cleaner: Any, value: Any, longest: int | None) -> str:
    """The cleaner's answer, its refusal as a form error."""
    try:
        return str(cleaner(value or "", field="", longest=longest or 5000))
    except Invalid as error:
        raise ValidationError(str(error)) from error
