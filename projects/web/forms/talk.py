"""What is said in threads."""

from collections.abc import Iterable
from typing import Any

from django import forms

from projects.models import Project
from projects.web.forms.text import Line, Text


class AnswerForm(forms.Form):
    """One message."""

    text = Text(label="Your message", max_length=5000, error_messages={"required": "Write a message."})


class TicketForm(forms.Form):
    """A new thread about one of the visitor's projects."""

    project = forms.ChoiceField(label="Project", error_messages={"required": "Choose a project."})
    title = Line(
        label="In a few words", max_length=200, error_messages={"required": "Say in a few words what it is about."}
    )
    text = Text(label="Your message", max_length=5000, error_messages={"required": "Write a message."})

    def __init__(self, projects: Iterable[Project], *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["project"].choices = [(one.slug, one.name) for one in projects]  # type: ignore[attr-defined]


class KeysForm(forms.Form):
    """Public SSH keys, one a line; each is parsed by the service."""

    text = forms.CharField(
        label="Public SSH keys",
        max_length=50_000,
        widget=forms.Textarea(attrs={"rows": 3, "class": "keys", "spellcheck": "false", "autocomplete": "off"}),
        help_text="One key on each line, from the file that ends in .pub. Never paste a private key.",
        error_messages={"required": "Paste a public key."},
    )
