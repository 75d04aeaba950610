"""What a reviewer says about each part: as asked, something else, or not at all."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from itertools import count
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError

from projects.grants import Grant, ServerLine
from projects.models import Part
from projects.states import Kind
from projects.web.forms.fields import CiFields, shown_ci
from projects.web.forms.leaving import Leaving
from projects.web.forms.need import AccessRow, Row, Rows, ServerRow
from projects.web.forms.text import Text
from projects.web.offer import GIB, Offer

AS_ASKED, OTHER, NONE = "asked", "other", "none"
HELD: Final = "held"  # the choice of what stands already
FATES: Final = [(AS_ASKED, "Grant what is asked"), (OTHER, "Grant something else"), (NONE, "Decline this part")]


class GrantRow(Leaving, ServerRow):
    """A server line that keeps its key, so that what is granted is compared with what was asked line by line.

    `standing` are the lines that are held already. Their servers keep their image, and their flavor also where it is
    no longer offered; what is to be is checked by the service.
    """

    key = forms.RegexField(r"^[a-z][a-z0-9-]{0,19}$", required=False, widget=forms.HiddenInput)
    field_order = ("flavor", "image", "count", "leaving")

    def __init__(self, *args: Any, standing: Mapping[str, ServerLine], **options: Any) -> None:
        super().__init__(*args, **options)
        self.stand(standing.get(str(self["key"].value() or "")))
        if self.held:
            self._keep(self.held)

    def _keep(self, held: ServerLine) -> None:
        flavor, image = (self.fields[name] for name in ("flavor", "image"))
        image.choices, image.disabled = [(HELD, held.image)], True  # type: ignore[attr-defined]
        self.initial["image"] = HELD
        if held.flavor not in {row.name for row in self.offer.flavors.values()}:
            flavor.choices = [*flavor.choices, (HELD, f"{held.flavor}, as it stands")]  # type: ignore[attr-defined]

    def _check_pair(self, flavor_key: str, image_key: str) -> None:
        if self.held is None:
            super()._check_pair(flavor_key, image_key)

    def _name(self, field: str) -> str:
        kept = self.held and self.cleaned_data[field] == HELD
        return str(getattr(self.held, field)) if kept else super()._name(field)

    def as_line(self, key: str) -> ServerLine:
        """The row as a server line, without those that leave it."""
        return replace(super().as_line(key), gone=self.gone)


class GrantAccess(AccessRow):
    """An amount for a generation that is given."""

    blank = False  # its figures are granted as they are
    pool = None  # type: ignore[assignment]  # Django's way to take a field out of a subclass

    def fill(self) -> None:
        """Nothing to choose from."""


class GrantCi(Row, CiFields):
    """CI on a generation that is given."""

    blank = False  # type: ignore[assignment]  # what it holds is granted as it is


class GrantJobs(GrantCi):
    """CI that stands, open to the project's members."""

    logins = None  # type: ignore[assignment]


ROWS: Final = {Kind.CLOUD: GrantAccess, Kind.CI: GrantCi}


class PartForm(forms.Form):
    """One part: its fate, and why where it is not what was asked."""

    fate = forms.ChoiceField(
        label="Decision",
        choices=FATES,
        widget=forms.RadioSelect,
        initial=AS_ASKED,
        error_messages={"required": "Choose what becomes of this part."},
    )
    reason = Text(
        label="Why not as asked", max_length=2000, required=False, rows=2, help_text="The requester reads this."
    )

    def __init__(self, part: Part, offer: Offer, data: Mapping[str, Any] | None = None) -> None:
        super().__init__(data, prefix=f"part-{part.pk}", use_required_attribute=False)
        self.part = part
        held = part.request.allocation
        self.standing = {line.key: line for line in Grant.from_json(held.grant).lines} if held else {}
        rows = {**ROWS, Kind.CI: GrantJobs} if held else ROWS
        row = rows.get(Kind(part.kind)) or partial(GrantRow, standing=self.standing)
        self.rows = Rows(row, f"lines-{part.pk}", offer.only(part.cloud_id, part.generation), data)
        self.asked = Grant.from_json(part.asked)
        if not self.rows.forms:
            self.rows.show(self._asked_rows())

    @property
    def title(self) -> str:
        """How messages name it."""
        return f"{self.part.get_kind_display()}, {self.part.generation.title}"

    def _asked_rows(self) -> list[dict[str, Any]]:
        offer = self.rows.offer
        if self.part.kind == Kind.CLOUD:
            amount = self.asked.access
            figures = {name: getattr(amount, name) for name in ("instances", "vcpus", "volumes", "volume_gib")}
            return [{**figures, "ram_gib": amount.ram_mib // GIB}]
        if self.part.kind == Kind.CI:
            return [shown_ci(self.asked.ci)]
        return [
            {
                "key": line.key,
                "flavor": offer.flavor_key(self.part.cloud_id, line.flavor) or self._kept(line),
                "image": offer.image_key(self.part.cloud_id, line.image),
                "count": line.count,
                "leaving": sorted({*line.gone} - {*self._gone(line.key)}),
                "volume_gib": line.volume_gib,
                "ports": ", ".join(map(str, line.ports)),
                "floating_ip": line.floating_ip,
            }
            for line in self.asked.lines
        ]

    def _kept(self, line: ServerLine) -> str:
        """The choice of the flavor that a line has already; empty where another is asked for."""
        return HELD if line.key in self.standing and self.standing[line.key].flavor == line.flavor else ""

    def _gone(self, key: str) -> tuple[int, ...]:
        """What had left a line before."""
        return self.standing[key].gone if key in self.standing else ()

    def clean(self) -> dict[str, Any]:
        """The rows count only where something else is granted."""
        data = super().clean() or self.cleaned_data
        if data.get("fate") == OTHER and not (self.rows.filled and self.rows.is_valid()):
            raise ValidationError("Put the rows of this part right.")
        return data

    @property
    def grant(self) -> Grant | None:
        """What a valid form grants; None declines the part."""
        fate = self.cleaned_data["fate"]
        if fate == NONE:
            return None
        if fate == AS_ASKED:
            return self.asked
        if self.part.kind == Kind.CLOUD:
            row = self.rows.filled[0]
            return Grant(access=replace(row.amount, gpus=self.asked.access.gpus))  # type: ignore[attr-defined]
        if self.part.kind == Kind.CI:
            return Grant(ci=self.rows.filled[0].ci)  # type: ignore[attr-defined]
        fresh = self._fresh_keys()
        lines = (row.as_line(row.cleaned_data.get("key") or next(fresh)) for row in self.rows.filled)  # type: ignore[attr-defined]
        return Grant(lines=tuple(lines))

    def _fresh_keys(self) -> Iterator[str]:
        """Keys for added rows: none that a row has, or that a line had which is taken away here."""
        taken = {line.key for line in self.asked.lines} | set(self.standing)
        taken |= {str(row.cleaned_data.get("key") or "") for row in self.rows.filled}
        return (key for number in count(1) if (key := f"s{number}") not in taken)


class DecisionForm(forms.Form):
    """What goes with an approval as a whole."""

    seen = forms.CharField(widget=forms.HiddenInput, max_length=40)
    note = Text(label="Note to the requester", max_length=5000, required=False, rows=2)
    override_reason = Text(
        label="Reason to approve in spite of a doubt",
        max_length=2000,
        required=False,
        rows=2,
        help_text="Needed where a check is bad or not made, or the figures are old. It is kept with the decision.",
    )


class WordsForm(forms.Form):
    """A question, or the reason of a refusal."""

    seen = forms.CharField(widget=forms.HiddenInput, max_length=40)
    words = Text(
        label="Your words", max_length=5000, error_messages={"required": "Write what the requester is to read."}
    )
