"""What is said in threads."""

from django import forms

from projects.web.forms.text import Text


class AnswerForm(forms.Form):
    """One message."""

    text = Text(label="Your message", max_length=5000, error_messages={"required": "Write a message."})


class KeysForm(forms.Form):
    """Public SSH keys, one a line; each is parsed by the service."""

    text = forms.CharField(
        label="Public SSH keys",
        max_length=50_000,
        widget=forms.Textarea(attrs={"rows": 3, "class": "keys", "spellcheck": "false", "autocomplete": "off"}),
        help_text="One key on each line, from the file that ends in .pub. Never paste a private key.",
        error_messages={"required": "Paste a public key."},
    )
