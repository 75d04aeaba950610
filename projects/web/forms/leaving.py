"""The choice of the servers that leave a line, by name and with what is lost with each."""

from dataclasses import replace
from typing import Any

from django import forms

from projects.grants import ServerLine
from projects.losses import misnamed, with_volume


class Leaving(forms.Form):
    """A server line that may stand already, in the hands of who changes it; to be used beside a field `count`."""

    leaving = forms.TypedMultipleChoiceField(
        label="Servers that leave",
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="To have fewer servers, choose those to be deleted, with all that is on them. The others stay.",
        error_messages={"invalid_choice": "Server %(value)s is none of this line; choose among those named here."},
    )
    held: ServerLine | None = None

    def stand(self, held: ServerLine | None) -> None:
        """Offer the servers of the line that stands; none where it is new."""
        self.held = held
        names = [(number, with_volume(held, number)) for number in held.numbers] if held else []
        self.fields["leaving"].choices = names  # type: ignore[attr-defined]
        if not names:
            del self.fields["leaving"]

    def clean(self) -> dict[str, Any]:
        """As many are named as are to be fewer; a line that is taken away as a whole needs no names."""
        data = super().clean() or self.cleaned_data
        if words := self._misnamed(data):
            self.add_error("leaving", words)
        return data

    def _misnamed(self, data: dict[str, Any]) -> str:
        if self.held is None or not {"count", "leaving"} <= data.keys() or not (data["count"] or data["leaving"]):
            return ""
        return misnamed(self.held, replace(self.held, count=data["count"], gone=self.gone))

    @property
    def gone(self) -> tuple[int, ...]:
        """The numbers that the line has used up, those leaving now among them."""
        return tuple(sorted({*(self.held.gone if self.held else ()), *self.cleaned_data.get("leaving", ())}))
