"""The steps of the request form that ask about the project, the purpose and the people."""

from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils import timezone

from projects.errors import Invalid
from projects.keys import parse_keys
from projects.licences import known_licence
from projects.policies import NO_BENCHMARKS, NOT_OPEN, PURPOSES
from projects.repositories import github_repository, is_login
from projects.web.days import business_days_after
from projects.web.forms.text import Line, Name, Text, WebAddress

HURRIES = [
    ("", "Without hurry"),
    ("3", "Within 3 business days"),
    ("7", "Within 7 business days"),
    ("date", "By a date"),
]
DURATIONS = [(90, "3 months"), (180, "6 months"), (365, "1 year"), (730, "2 years")]
CONTACTS = 3
ROBOT = (
    "Nothing was saved, because a field that people do not see was filled in, as programs that send spam do. If your "
    "browser filled it in by itself, press the button again: the field is empty now."
)
MOST_KEYS = 20


class Trap(forms.Form):
    """A field that people do not see and leave empty."""

    website = forms.CharField(
        required=False,
        label="Leave this empty",
        widget=forms.TextInput(attrs={"autocomplete": "off", "tabindex": "-1"}),
    )

    @property
    def sprung(self) -> bool:
        """Whether a robot filled it in."""
        return bool(self.data.get("website"))

    def disarm(self) -> None:
        """Say so, and empty the field: a person whose browser filled it in can send the page again as it is."""
        self.data = {**dict(self.data.items()), "website": ""}
        self.add_error(None, ROBOT)


class ProjectStep(Trap):
    """Which project asks."""

    name = Name(label="Project name", max_length=80, error_messages={"required": "Give the project’s name."})
    repository_url = WebAddress(
        label="Repository",
        help_text="Where the source code is. If it is on GitHub, the portal looks up licence, description and web page "
        "and fills in what you leave empty.",
        error_messages={"required": "Give the address of the repository."},
    )
    web_page = WebAddress(label="Web page", required=False)
    licence = Line(
        label="Licence",
        max_length=80,
        required=False,
        help_text="An SPDX identifier that the Open Source Initiative approved, such as MIT or GPL-2.0-or-later; or "
        "“education”.",
        widget=forms.TextInput(attrs={"list": "licences", "autocomplete": "off"}),
    )
    mission = Text(label="What the project is for", max_length=2000, required=False, help_text="A few sentences.")
    community = Line(
        label="Who uses it",
        max_length=200,
        required=False,
        help_text="The size of its community, roughly: “in Debian, about 3,000 users”.",
    )

    def clean_licence(self) -> str:
        """The identifier as SPDX spells it."""
        typed = str(self.cleaned_data["licence"])
        if not typed and (self.on_github or "repository_url" in self.errors):
            return ""  # GitHub may know, or be asked once the address is right
        if not typed:
            raise ValidationError("Give the licence. Only for repositories on GitHub can the portal look it up.")
        if not (known := known_licence(typed)):
            raise ValidationError(NOT_OPEN)
        return known

    @property
    def on_github(self) -> bool:
        """Whether GitHub can be asked about the repository."""
        url = self.cleaned_data.get("repository_url", "")
        return github_repository(url, settings.GITHUB_URL, *settings.GITHUB_ALIASES) is not None


class PurposeStep(Trap):
    """What it is wanted for, how long, and when."""

    purpose = forms.ChoiceField(
        label="Mainly for",
        choices=list(PURPOSES.items()),
        widget=forms.RadioSelect,
        error_messages={"required": "Choose what you will use it for."},
    )
    usage = Text(
        label="What you will do with it",
        max_length=3000,
        error_messages={"required": "Say what you will do with it."},
        help_text="What you will build or test, and what you have tried so far.",
    )
    duration_days = forms.TypedChoiceField(
        label="For how long",
        choices=DURATIONS,
        coerce=int,
        initial=365,
        help_text="It can be renewed with one click.",
        error_messages={"required": "Choose for how long."},
    )
    hurry = forms.ChoiceField(label="Needed", choices=HURRIES, required=False)
    needed_by = forms.DateField(
        label="That date",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text="Only where you chose a date.",
        error_messages={"invalid": "Give a date such as 2026-03-31, or leave it empty."},
    )
    advocate = Line(
        label="Your advocate at a sponsor",
        max_length=120,
        required=False,
        help_text="If somebody at a hardware vendor supports the project: name or e-mail.",
    )

    def clean_purpose(self) -> str:
        """A purpose that shared machines can serve."""
        if (purpose := str(self.cleaned_data["purpose"])) == "benchmarking":
            raise ValidationError(NO_BENCHMARKS)
        return purpose

    def clean(self) -> dict[str, Any]:
        """The day by which it is needed: a date, so many business days from now, or none."""
        data = super().clean() or self.cleaned_data
        hurry, day = data.pop("hurry", ""), data.get("needed_by")
        if hurry in {"3", "7"}:
            data["needed_by"] = business_days_after(timezone.localdate(), int(hurry))
        elif day and day < timezone.localdate():
            self.add_error("needed_by", "This day is past; choose a later one, or leave it empty.")
        elif hurry == "date" and not day and "needed_by" not in self.errors:
            self.add_error("needed_by", "Give the date by which you need it.")
        return data


class PeopleStep(Trap):
    """Who connects, and whom the lab may ask."""

    ssh_keys = forms.CharField(
        label="Public SSH keys",
        required=False,
        widget=forms.Textarea(attrs={"rows": 5, "class": "keys", "spellcheck": "false", "autocomplete": "off"}),
        help_text="One key on each line, from the file that ends in .pub. Never paste a private key.",
    )
    import_login = Line(
        label="Or take the keys of a GitHub account",
        max_length=39,
        required=False,
        widget=forms.TextInput(attrs={"autocapitalize": "off", "spellcheck": "false"}),
        help_text="A login; its public keys are fetched and shown here before anything is sent.",
    )
    notes = Text(
        label="Notes",
        max_length=3000,
        required=False,
        help_text="Dates of release freezes, and anything else that the lab should know.",
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for number in range(1, CONTACTS + 1):
            self.fields[f"contact_name_{number}"] = Line(label=f"Contact {number}: name", max_length=80, required=False)
            self.fields[f"contact_email_{number}"] = forms.EmailField(
                label=f"Contact {number}: e-mail",
                max_length=254,
                required=False,
                error_messages={"invalid": "Give an e-mail address such as ada@example.org."},
            )

    def clean_ssh_keys(self) -> list[str]:
        """The keys, each checked, as they go into authorized_keys."""
        try:
            keys = parse_keys(str(self.cleaned_data["ssh_keys"]))
        except Invalid as error:
            raise ValidationError(str(error)) from error
        if len(keys) > MOST_KEYS:
            raise ValidationError(f"These are {len(keys)} keys; {MOST_KEYS} are the most. Leave some out.")
        return [key.line for key in keys]

    def clean_import_login(self) -> str:
        """A login that GitHub could have."""
        login = str(self.cleaned_data["import_login"]).removeprefix("@")
        if login and not is_login(login):
            raise ValidationError("This is no GitHub login: letters, digits and single hyphens only.")
        return login

    def clean(self) -> dict[str, Any]:
        """Gathers the contacts; a name without an address is told at the address."""
        data = super().clean() or self.cleaned_data
        contacts = []
        for number in range(1, CONTACTS + 1):
            name, email = (data.pop(f"contact_{part}_{number}", "") for part in ("name", "email"))
            if name and not email and not self.errors.get(f"contact_email_{number}"):
                self.add_error(f"contact_email_{number}", "Give this contact's e-mail address, or empty the name.")
            if email:
                contacts.append({"name": name, "email": email})
        data["contacts"] = contacts
        return data

    @staticmethod
    def initial_of(contacts: list[dict[str, str]]) -> dict[str, str]:
        """The stored contacts as this form's fields."""
        pairs = enumerate(contacts[:CONTACTS], start=1)
        return {
            f"contact_{part}_{number}": contact.get(part, "") for number, contact in pairs for part in ("name", "email")
        }

    @property
    def contact_pairs(self) -> list[tuple[forms.BoundField, forms.BoundField]]:
        """Name and e-mail of each contact, for the page."""
        return [(self[f"contact_name_{n}"], self[f"contact_email_{n}"]) for n in range(1, CONTACTS + 1)]
