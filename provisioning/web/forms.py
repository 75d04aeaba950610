"""The forms of project pages: shape only; what is allowed is decided by the services."""

from typing import Any

from django import forms

from projects.grants import ServerLine
from projects.models import Flavor, Generation, Image
from projects.services.requests.parts import MOST_SERVERS
from projects.states import MemberRole
from projects.web.forms.fields import ServerFields, whole
from projects.web.forms.leaving import Leaving
from projects.web.forms.text import Text
from projects.web.offer import flavor_words

CHOOSE_ROLE = "Choose a role."
LOGIN = r"^[A-Za-z0-9](?:[A-Za-z0-9-]{0,37}[A-Za-z0-9])?$"


class MemberForm(forms.Form):
    """A person to add, by GitHub login."""

    login = forms.RegexField(
        LOGIN,
        label="GitHub login",
        max_length=39,
        error_messages={
            "required": "Give a GitHub login, such as ada-porter.",
            "invalid": "A GitHub login has letters, digits and single hyphens, such as ada-porter.",
        },
    )
    role = forms.ChoiceField(
        choices=MemberRole.choices(), initial=MemberRole.MEMBER, error_messages={"required": CHOOSE_ROLE}
    )


class RoleForm(forms.Form):
    """Another role for a member."""

    role = forms.ChoiceField(choices=MemberRole.choices(), error_messages={"required": CHOOSE_ROLE})


class ReleaseForm(forms.Form):
    """Giving back: after the grace time, or now, for which the project's name is typed."""

    when = forms.ChoiceField(
        choices=[("grace", "After the grace time"), ("now", "Now")],
        initial="grace",
        error_messages={"required": "Choose when it ends."},
    )
    typed_name = forms.CharField(required=False, max_length=80, label="Project name")


class EndingsForm(forms.Form):
    """So many allocations are to end, of those that the page showed."""

    typed = forms.IntegerField(
        min_value=1, label="How many end", error_messages=dict.fromkeys(("required", "invalid"), "Type their number.")
    )
    seen = forms.CharField(max_length=16, widget=forms.HiddenInput)


class RenewForm(forms.Form):
    """Until when it is needed."""

    until = forms.DateField(
        label="Needed until",
        widget=forms.DateInput(attrs={"type": "date"}),
        error_messages=dict.fromkeys(("required", "invalid"), "Give the date as year-month-day, such as 2027-06-30."),
    )


class ReinstallForm(forms.Form):
    """A server put back to a fresh image: everything on its system disk is lost, so its name is typed."""

    image = forms.ChoiceField(error_messages={"required": "Choose an image."})
    typed_name = forms.CharField(
        max_length=80, label="Server name", error_messages={"required": "Type the server's name to confirm."}
    )

    def __init__(self, *args: Any, name: str, cloud_id: int, generation: Generation, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.server = name
        lent = Image.objects.offered().filter(cloud=cloud_id).running_on(generation)
        self.images = {image.name: image for image in lent}
        names = [("", "Choose an image"), *((name, name) for name in self.images)]
        self.fields["image"].choices = names  # type: ignore[attr-defined]

    def clean_image(self) -> Image:
        """The image of that name."""
        return self.images[self.cleaned_data["image"]]

    def clean_typed_name(self) -> str:
        """The server's name, as typed."""
        typed = str(self.cleaned_data["typed_name"]).strip()
        if typed != self.server:
            raise forms.ValidationError(f"Type {self.server} to confirm that its system disk may be overwritten.")
        return typed


class LineForm(Leaving, ServerFields):
    """One server line of a changed grant; `held` is the line as it stands, `images` are words by name."""

    field_order = ("key", "flavor", "image", "count", "leaving")

    key = forms.SlugField(
        max_length=30,
        label="Name",
        help_text="A short one: the servers are called by it.",
        error_messages=dict.fromkeys(
            ("required", "invalid"), "Give the line a name of letters, digits and hyphens, such as web."
        ),
    )

    def __init__(
        self, *args: Any, held: ServerLine | None, flavors: list[Flavor], images: dict[str, str], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.stand(held)
        sizes = {row.name: flavor_words(row) for row in flavors}
        if held:
            self._keep()
            self._offer("flavor", {held.flavor: f"{held.flavor}, as it stands: no longer offered", **sizes})
            self._offer("image", {held.image: images.get(held.image, held.image)})
        else:
            self._offer("flavor", {"": "Choose a flavor", **sizes})
            self._offer("image", {"": "Choose an image", **images})

    def _keep(self) -> None:
        """A line that stands keeps its name, or its servers would be taken away, and its image, which they run."""
        self.fields["key"].disabled = self.fields["image"].disabled = True
        self.fields["image"].help_text = "A line keeps its image; to have another on a server, reinstall that."
        away = "0 takes this line away, with its servers and their volumes."
        self.fields["count"] = whole("How many", MOST_SERVERS, help_text=away)

    def _offer(self, field: str, words: dict[str, str]) -> None:
        """What may be chosen, by name."""
        self.fields[field].choices = list(words.items())  # type: ignore[attr-defined]

    @property
    def title(self) -> str:
        """How messages name it."""
        return f"Line {self.held.key}" if self.held else "New line"

    @property
    def blank(self) -> bool:
        """Whether this is the line to be added and nobody touched it; browsers send the figures that it shows."""
        return self.held is None and not any(self.add_prefix(name) in self.data for name in self.changed_data)

    def has_changed(self) -> bool:
        """What Django passes over is what is blank."""
        return not self.blank

    @property
    def line(self) -> ServerLine:
        """A valid form as a server line."""
        figures = {name: value for name, value in self.cleaned_data.items() if name != "leaving"}
        return ServerLine(**figures, gone=self.gone)


class NoteForm(forms.Form):
    """Why."""

    note = Text(
        label="Why is this needed?", max_length=2000, rows=3, error_messages={"required": "Say why; the lab reads it."}
    )
