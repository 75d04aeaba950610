"""The forms of project pages: shape only; what is allowed is decided by the services."""

from typing import Any

from django import forms
from django.db.models import Q

from projects.grants import ServerLine
from projects.models import Flavor, Generation, Image
from projects.states import MemberRole
from projects.web.forms.ask import parse_ports
from projects.web.forms.leaving import Leaving

LOGIN = r"^[A-Za-z0-9](?:[A-Za-z0-9-]{0,37}[A-Za-z0-9])?$"


class MemberForm(forms.Form):
    """A person to add, by GitHub login."""

    login = forms.RegexField(
        LOGIN,
        label="GitHub login",
        max_length=39,
        error_messages={"invalid": "A GitHub login has letters, digits and single hyphens, such as ada-porter."},
    )
    role = forms.ChoiceField(choices=MemberRole.choices(), initial=MemberRole.MEMBER)


class RoleForm(forms.Form):
    """Another role for a member."""

    role = forms.ChoiceField(choices=MemberRole.choices())


class ReleaseForm(forms.Form):
    """Giving back: after the grace time, or now, for which the project's name is typed."""

    when = forms.ChoiceField(choices=[("grace", "After the grace time"), ("now", "Now")], initial="grace")
    typed_name = forms.CharField(required=False, max_length=80, label="Project name")


class EndingsForm(forms.Form):
    """So many allocations are to end, of those that the page showed."""

    typed = forms.IntegerField(min_value=1, label="How many end")
    seen = forms.CharField(max_length=16, widget=forms.HiddenInput)


class RenewForm(forms.Form):
    """Until when it is needed."""

    until = forms.DateField(
        label="Needed until",
        widget=forms.DateInput(attrs={"type": "date"}),
        error_messages={"invalid": "Give the date as year-month-day, such as 2027-06-30."},
    )


class ReinstallForm(forms.Form):
    """A server put back to a fresh image: everything on its system disk is lost, so its name is typed."""

    image = forms.ModelChoiceField(Image.objects.none(), to_field_name="name")
    typed_name = forms.CharField(max_length=80, label="Server name")

    def __init__(self, *args: Any, name: str, cloud_id: int, generation: Generation, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.server = name
        rows = Image.objects.offered().filter(cloud=cloud_id, architecture=generation.architecture)
        rows = rows.filter(Q(generation=None) | Q(generation__order__lte=generation.order))
        choice = self.fields["image"]
        assert isinstance(choice, forms.ModelChoiceField)  # noqa: S101  # narrows the type
        choice.queryset = rows.order_by("name")

    def clean_typed_name(self) -> str:
        """The server's name, as typed."""
        typed = str(self.cleaned_data["typed_name"]).strip()
        if typed != self.server:
            raise forms.ValidationError(f"Type {self.server} to confirm that its system disk may be overwritten.")
        return typed


class LineForm(Leaving):
    """One server line of a changed grant; `held` is the line as it stands."""

    field_order = ("key", "flavor", "image", "count", "leaving")

    key = forms.SlugField(max_length=30, label="Name")
    flavor = forms.ChoiceField()
    image = forms.ChoiceField()
    count = forms.IntegerField(
        min_value=0,
        max_value=50,
        help_text="0 takes this line away, and deletes its servers with their volumes.",
    )
    volume_gib = forms.IntegerField(min_value=0, max_value=100_000, label="Volume (GiB)")
    ports = forms.CharField(required=False, max_length=200, help_text="TCP ports besides SSH, such as 80, 443.")
    floating_ip = forms.BooleanField(required=False, label="A public IP address")

    def __init__(
        self, *args: Any, held: ServerLine | None, flavors: list[Flavor], images: list[Image], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.stand(held)
        self._offer("flavor", [row.name for row in flavors])
        self._offer("image", [row.name for row in images])
        # a line that stands keeps its name: under another, its servers would be taken away
        self.fields["key"].disabled = bool(self.initial.get("key"))

    def _offer(self, field: str, names: list[str]) -> None:
        """What may be chosen; on a new line, and where what stands is gone, nothing is chosen unasked."""
        held = self.initial.get(field, "")
        unchosen = f"{held} is no longer offered: choose another" if held else f"Choose the {field}"
        none = [] if held in names else [("", unchosen)]
        self.fields[field].choices = [*none, *((name, name) for name in names)]  # type: ignore[attr-defined]

    def clean_ports(self) -> tuple[int, ...]:
        """The ports as numbers."""
        return parse_ports(str(self.cleaned_data["ports"]))

    @property
    def line(self) -> ServerLine:
        """A valid form as a server line."""
        figures = {name: value for name, value in self.cleaned_data.items() if name != "leaving"}
        return ServerLine(**figures, gone=self.gone)


class AccessForm(forms.Form):
    """The amount of a changed cloud access."""

    vcpus = forms.IntegerField(min_value=1, max_value=10_000, label="vCPUs")
    ram_gib = forms.IntegerField(min_value=1, max_value=100_000, label="RAM (GiB)")
    instances = forms.IntegerField(min_value=1, max_value=1_000, label="Servers")
    volumes = forms.IntegerField(min_value=0, max_value=1_000)
    volume_gib = forms.IntegerField(min_value=0, max_value=1_000_000, label="Volume space (GiB)")


class NoteForm(forms.Form):
    """Why."""

    note = forms.CharField(max_length=2000, widget=forms.Textarea(attrs={"rows": 3}), label="Why is this needed?")
