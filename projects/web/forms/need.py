"""The step that asks what is needed: rows of servers, of cloud access and of CI, put together into parts."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar

from django import forms
from django.conf import settings

from projects.amounts import Amount
from projects.grants import Grant, ServerLine
from projects.models import Flavor, Image, Part, Pool
from projects.services.requests.parts import PartAsked
from projects.states import Kind
from projects.web.forms.fields import AccessFields, CiFields, ServerFields, choice, shown_ci
from projects.web.offer import GIB, Offer

MOST_ROWS = 20


class Row(forms.Form):
    """One row; `blank` ones are passed over."""

    what: ClassVar[str] = ""
    title = ""  # how messages name it, such as `Row 2 of servers`
    fresh = False  # just added: the page puts the focus here

    def __init__(self, *args: Any, offer: Offer, **options: Any) -> None:
        self.offer = offer
        super().__init__(*args, **options)
        self.use_required_attribute, self.empty_permitted = False, True  # a blank row is passed over
        self.fill()

    def fill(self) -> None:
        """Put the offer's choices into the fields."""

    @property
    def blank(self) -> bool:
        """Whether nobody touched this row: it says nothing, or what a fresh one shows, which browsers send."""
        return all(self.data.get(self.add_prefix(name), "") in _untouched(field) for name, field in self.fields.items())

    def has_changed(self) -> bool:
        """What Django passes over is what is blank."""
        return not self.blank


def _untouched(field: forms.Field) -> set[str]:
    return {"", "" if field.initial is None else str(field.initial)}


class ServerRow(Row, ServerFields):
    """One row of servers."""

    what = "servers"

    def fill(self) -> None:
        self.fields["flavor"].choices = [("", "Choose a flavor"), *self.offer.flavor_choices]  # type: ignore[attr-defined]
        self.fields["image"].choices = [("", "Choose an image"), *self.offer.image_choices]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """The image must be of the flavor's architecture, and on its cloud."""
        data = super().clean() or self.cleaned_data
        flavor, image = (data.get(name) for name in ("flavor", "image"))
        if flavor and image:
            self._check_pair(flavor, image)
        return data

    def _check_pair(self, flavor_key: str, image_key: str) -> None:
        flavor, image = self.offer.flavors[flavor_key], self.offer.images[image_key]
        if image.architecture != flavor.architecture:
            self.add_error(
                "image",
                f"{image.name} is for {image.architecture}, but {flavor.name} is {flavor.architecture}; choose an "
                f"image for {flavor.architecture}.",
            )
        elif flavor.generation and not image.runs_on(flavor.generation):
            words = f"{image.name} needs {image.generation} or later, {flavor.name} is {flavor.generation}."
            self.add_error("image", f"{words} Choose another image or flavor.")
        elif image.cloud_id != flavor.cloud_id:
            self.add_error(
                "image", f"{image.name} is on another cloud than {flavor.name}; choose one of its own cloud."
            )
        elif image.min_disk_gib > flavor.disk_gib:
            self.add_error("flavor", f"{image.name} needs {image.min_disk_gib} GiB of disk; choose a larger flavor.")

    @property
    def chosen(self) -> Flavor:
        """The flavor of a valid row."""
        return self.offer.flavors[self.cleaned_data["flavor"]]

    def as_line(self, key: str) -> ServerLine:
        """The row as a server line."""
        figures = {name: self.cleaned_data[name] for name in ("count", "volume_gib", "ports", "floating_ip")}
        return ServerLine(key=key, flavor=self._name("flavor"), image=self._name("image"), **figures)

    def _name(self, field: str) -> str:
        offered: Mapping[str, Flavor | Image] = getattr(self.offer, f"{field}s")
        return offered[self.cleaned_data[field]].name


class PoolRow(Row):
    """One row about one generation of one cloud."""

    pool = choice("Generation", "a generation")

    def fill(self) -> None:
        self.fields["pool"].choices = [("", "Choose a generation"), *self.offer.pool_choices]  # type: ignore[attr-defined]

    @property
    def chosen(self) -> Pool:
        """The generation of a valid row."""
        return self.offer.pools[self.cleaned_data["pool"]]

    def as_part(self, kind: Kind, grant: Grant) -> PartAsked:
        """A valid row as a part."""
        return PartAsked(kind, self.chosen.cloud, self.chosen.generation, grant)


class AccessRow(PoolRow, AccessFields):
    """One row of cloud access."""

    what = "cloud access"

    @property
    def amount(self) -> Amount:
        """What a valid row asks for."""
        data = self.cleaned_data
        figures = {name: data[name] for name in ("instances", "vcpus", "volumes", "volume_gib")}
        return Amount(ram_mib=data["ram_gib"] * GIB, **figures)


class CiRow(PoolRow, CiFields):
    """One row of CI."""

    what = "CI"


class Rows:
    """All rows of one kind on a page, numbered by a hidden count; typed values survive adding and removing."""

    def __init__(
        self, form: Callable[..., Row], prefix: str, offer: Offer, data: Mapping[str, Any] | None = None
    ) -> None:
        self.form, self.prefix, self.offer, self.data = form, prefix, offer, data
        self.forms = [self._row(number, data) for number in range(self._count())] if data is not None else []

    def _count(self) -> int:
        typed = str((self.data or {}).get(f"{self.prefix}-count", ""))
        return min(int(typed), MOST_ROWS) if typed.isascii() and typed.isdigit() and len(typed) < 4 else 0

    def _row(self, number: int, data: Mapping[str, Any] | None, **options: Any) -> Row:
        row = self.form(data, prefix=f"{self.prefix}-{number}", offer=self.offer, **options)
        row.title = f"Row {number + 1} of {row.what}"
        return row

    def show(self, values: Iterable[Mapping[str, Any]]) -> None:
        """Unbound rows with these values, none of them complained about."""
        self.forms = [self._row(number, None, initial=dict(value)) for number, value in enumerate(values)]

    def typed(self, *, without: int | None = None) -> list[dict[str, Any]]:
        """What was typed, row by row, as it came."""
        return [
            {name: row[name].data for name in row.fields} for number, row in enumerate(self.forms) if number != without
        ]

    @property
    def filled(self) -> list[Row]:
        """The rows that somebody filled in."""
        return [row for row in self.forms if not row.blank]

    def is_valid(self) -> bool:
        """Whether each row that is filled in is right; looks at all of them."""
        return not [row for row in self.filled if not row.is_valid()]


class NeedStep:
    """Server rows, access rows and CI rows together; no CI where the lab has no Jenkins."""

    def __init__(self, offer: Offer, data: Mapping[str, Any] | None = None, repository: str = "") -> None:
        self.offer, self.repository = offer, repository
        self.servers = Rows(ServerRow, "servers", offer, data)
        self.access = Rows(AccessRow, "access", offer, data)
        self.ci = Rows(CiRow, "ci", offer, data)
        self.rows = {rows.prefix: rows for rows in (self.servers, self.access, self.ci)}
        self.problem = ""

    @property
    def offers_ci(self) -> bool:
        """Whether CI can be asked for here."""
        return bool(settings.JENKINS_URL)

    @property
    def wrong(self) -> list[Row]:
        """The rows of a bound form that must be changed."""
        return [row for rows in self.rows.values() for row in rows.filled if row.errors]

    def show(self, parts: Iterable[Part]) -> None:
        """What the draft asks for so far; one empty server row where that is nothing."""
        stored = list(parts)
        self.servers.show(row for part in stored if part.kind == Kind.MANAGED for row in self._server_values(part))
        self.access.show(self._access_values(part) for part in stored if part.kind == Kind.CLOUD)
        self.ci.show(self._ci_values(part) for part in stored if part.kind == Kind.CI)
        if not any(rows.forms for rows in self.rows.values()):
            self.servers.show([{}])

    def edit(self, asked: str) -> bool:
        """Carry out a button that adds or removes a row: `add-servers`, `remove-access-1`; False for other words."""
        verb, _, rest = asked.partition("-")
        name, _, number = rest.partition("-")
        if verb not in {"add", "remove"} or name not in self.rows:
            return False
        taken = int(number) if verb == "remove" and number.isascii() and number.isdigit() and len(number) < 4 else None
        fresh = {"repositories": self.repository} if name == "ci" else {}
        for prefix, rows in self.rows.items():
            values = rows.typed(without=taken if prefix == name else None)
            added = [fresh] if verb == "add" and prefix == name and len(values) < MOST_ROWS else []
            rows.show([*values, *added])
            if added:
                rows.forms[-1].fresh = True
        return True

    def is_valid(self) -> bool:
        """Whether all rows are right and there is one at least."""
        wrong = [rows for rows in self.rows.values() if not rows.is_valid()]  # looks at all of them
        self.problem = "" if wrong else self._whole_problem()
        return not (wrong or self.problem)

    def _whole_problem(self) -> str:
        if not any(rows.filled for rows in self.rows.values()):
            return (
                f"Ask for a server{', for CI' if self.offers_ci else ''} or for cloud access: fill in one row at least."
            )
        for rows in (self.access, self.ci):
            pools = [row.cleaned_data["pool"] for row in rows.filled]
            if len(pools) != len(set(pools)):
                what = rows.filled[0].what
                return f"{what[0].upper()}{what[1:]} is asked for twice for one generation; put the two rows together."
        return ""

    def parts(self) -> list[PartAsked]:
        """The rows of a valid form as parts: one for each kind, cloud and generation."""
        grouped: dict[tuple[int, int], list[ServerRow]] = defaultdict(list)
        for row in self.servers.filled:
            assert isinstance(row, ServerRow)  # noqa: S101 - the type that __init__ gave
            grouped[row.chosen.cloud_id, row.chosen.generation_id or 0].append(row)
        managed = [self._managed(rows) for rows in grouped.values()]
        return [*managed, *map(self._access, self.access.filled), *map(self._ci, self.ci.filled)]

    @staticmethod
    def _managed(rows: list[ServerRow]) -> PartAsked:
        flavor = rows[0].chosen
        lines = tuple(row.as_line(f"s{number}") for number, row in enumerate(rows, start=1))
        assert flavor.generation is not None  # noqa: S101 - what has none is not offered
        return PartAsked(Kind.MANAGED, flavor.cloud, flavor.generation, Grant(lines=lines))

    @staticmethod
    def _access(row: Row) -> PartAsked:
        assert isinstance(row, AccessRow)  # noqa: S101 - the type that __init__ gave
        return row.as_part(Kind.CLOUD, Grant(access=row.amount))

    @staticmethod
    def _ci(row: Row) -> PartAsked:
        assert isinstance(row, CiRow)  # noqa: S101 - the type that __init__ gave
        return row.as_part(Kind.CI, Grant(ci=row.ci))

    def _server_values(self, part: Part) -> list[dict[str, Any]]:
        return [
            {
                "flavor": self.offer.flavor_key(part.cloud_id, line.flavor),
                "image": self.offer.image_key(part.cloud_id, line.image),
                "count": line.count,
                "volume_gib": line.volume_gib,
                "ports": ", ".join(map(str, line.ports)),
                "floating_ip": line.floating_ip,
            }
            for line in Grant.from_json(part.asked).lines
        ]

    def _access_values(self, part: Part) -> dict[str, Any]:
        amount = Grant.from_json(part.asked).access
        figures = {name: getattr(amount, name) for name in ("instances", "vcpus", "volumes", "volume_gib")}
        pool = self.offer.pool_key(part.cloud_id, part.generation_id)
        return {"pool": pool, "ram_gib": amount.ram_mib // GIB, **figures}

    def _ci_values(self, part: Part) -> dict[str, Any]:
        pool = self.offer.pool_key(part.cloud_id, part.generation_id)
        return {"pool": pool, **shown_ci(Grant.from_json(part.asked).ci)}
