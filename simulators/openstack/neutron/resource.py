"""What all resources of neutron share: list, show, create (one or many), change, delete, tags."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from simulators.openstack.call import Call, Routes
from simulators.openstack.errors import Refused
from simulators.openstack.store import Row, Table, stamp

routes = Routes("/network/v2.0")
NOT_FILTERS = {"limit", "marker", "page_reverse", "sort_key", "sort_dir", "fields"}


@dataclass(frozen=True)
class Kind:
    """One kind of resource and what is its own about it."""

    plural: str
    singular: str
    missing: tuple[str, str]  # neutron's exception and its text
    make: Callable[[Call, Row], Row]
    change: Callable[[Call, Row, Row], None]
    drop: Callable[[Call, Row], None]
    visible: Callable[[Call, Row], bool] = Call.owns
    changes_by_admin: bool = False

    def table(self, call: Call) -> Table:
        """Its rows."""
        return call.world.tables[self.plural]

    def find(self, call: Call, id: str) -> Row:
        """A row the caller may see. Raises 404."""
        row = self.table(call).get(id)
        if row is None or not self.visible(call, row):
            name, text = self.missing
            raise Refused(404, text.format(id), name)
        return row


def view(row: Row) -> Row:
    """The row without what is ours alone."""
    shown = {name: value for name, value in row.items() if name[0] != "_"}
    if "project_id" in shown:
        shown["tenant_id"] = shown["project_id"]
    return shown


def standard(call: Call, asked: Row, **more: Any) -> Row:
    """The fields that each resource begins with. Only the admin makes things for another project."""
    project = asked.get("project_id") or asked.get("tenant_id") or call.project_id
    if project != call.who.project_id:
        call.admin("rule:create")
    when = stamp(call.now)
    return {
        "name": asked.get("name") or "",
        "description": asked.get("description") or "",
        "project_id": project,
        "tags": [],
        "created_at": when,
        "updated_at": when,
        "revision_number": 1,
    } | more


def touched(call: Call, row: Row) -> None:
    """Note a change."""
    row["updated_at"] = stamp(call.now)
    row["revision_number"] += 1


def same(value: Any, wanted: list[str], name: str) -> bool:
    """Whether a field has one of the asked values, as neutron compares them."""
    if name == "fixed_ips":
        pairs = [part.partition("=") for text in wanted for part in text.split(",")]
        return any(all(ip.get(key) == what for key, _, what in pairs) for ip in value)
    if isinstance(value, bool):
        return any(text.lower() in ("true", "1") for text in wanted) == value
    if isinstance(value, list):
        return bool(set(value) & {part for text in wanted for part in text.split(",")})
    return str("" if value is None else value) in wanted


def filters(call: Call) -> dict[str, list[str]]:
    """The query's filters."""
    asked = {name: values for name, values in call.args.lists() if name not in NOT_FILTERS}
    if "tenant_id" in asked:
        asked["project_id"] = asked.pop("tenant_id")
    return asked


def chosen(call: Call, kind: Kind) -> Iterator[Row]:
    """Visible rows that pass the filters, behind the marker."""
    asked = filters(call)
    ids = asked.get("id")
    try:
        rows = kind.table(call).after(call.args.get("marker"), newest_first=False)
    except KeyError:
        name, text = kind.missing
        raise Refused(404, text.format(call.args["marker"]), name) from None
    if ids and "marker" not in call.args:
        table = kind.table(call)
        rows = (table[id] for id in ids if id in table)
    for row in rows:
        if kind.visible(call, row) and all(same(row.get(name), values, name) for name, values in asked.items()):
            yield row


def listing(call: Call, kind: Kind) -> Row:
    """A page of a listing, with a link to the next where a limit was given."""
    limit = call.args.get("limit", type=int)
    fields = set(call.args.getlist("fields"))
    page: list[Row] = []
    for row in chosen(call, kind):
        page.append(view(row))
        if limit and len(page) == limit:
            break
    if fields:
        page = [{name: value for name, value in row.items() if name in fields} for row in page]
    body: Row = {kind.plural: page}
    if limit and len(page) == limit:
        href = f"{call.request.base_url}?limit={limit}&marker={page[-1]['id']}"
        extra = "".join(f"&{name}={value}" for name, values in filters(call).items() for value in values)
        body[f"{kind.plural}_links"] = [{"rel": "next", "href": href + extra}]
    return body


def create(call: Call, kind: Kind) -> tuple[Row, int]:
    """One, or many in one call: then all or none."""
    body = call.body
    many = body.get(kind.plural)
    if many is None:
        return {kind.singular: view(kind.make(call, call.part(kind.singular)))}, 201
    rows: list[Row] = []
    try:
        for asked in many:
            rows.append(kind.make(call, asked))  # noqa: PERF401 - what was made is undone when one is refused
    except Refused:
        for row in rows:
            kind.drop(call, row)
        raise
    return {kind.plural: [view(row) for row in rows]}, 201


def change(call: Call, kind: Kind, id: str) -> Row:
    """Change what may be changed."""
    row = kind.find(call, id)
    if not call.owns(row):
        call.admin(f"(rule:update_{kind.singular})")
    kind.change(call, row, call.part(kind.singular))
    touched(call, row)
    return {kind.singular: view(row)}


def delete(call: Call, kind: Kind, id: str) -> None:
    """Delete, where nothing needs it any more."""
    row = kind.find(call, id)
    if not call.owns(row):
        call.admin(f"(rule:delete_{kind.singular})")
    kind.drop(call, row)


def serve(kind: Kind, **instead: Callable[..., Any]) -> None:
    """Register the routes of a kind; `list` or `create` may be given `instead`."""
    path = "/" + kind.plural.replace("_", "-")
    for suffix in ("", ".json"):
        routes.get(path + suffix)(instead.get("list") or (lambda call: listing(call, kind)))
        routes.post(path + suffix)(instead.get("create") or (lambda call: create(call, kind)))
        routes.get(path + f"/<id>{suffix}")(lambda call, id: {kind.singular: view(kind.find(call, id))})
        routes.put(path + f"/<id>{suffix}")(lambda call, id: change(call, kind, id))
        routes.delete(path + f"/<id>{suffix}")(lambda call, id: delete(call, kind, id))
    routes.route(path + "/<id>/tags", ["GET", "PUT", "DELETE"])(lambda call, id: tags(call, kind, id))


def tags(call: Call, kind: Kind, id: str) -> Row | None:
    """All tags of a resource at once."""
    row = kind.find(call, id)
    if call.request.method != "GET":
        row["tags"] = list(call.body["tags"]) if call.request.method == "PUT" else []
        touched(call, row)
    return None if call.request.method == "DELETE" else {"tags": row["tags"]}


def updater(*names: str) -> Callable[[Call, Row, Row], None]:
    """A `change` that takes over these fields alone. Raises 400 for others."""

    def update(call: Call, row: Row, asked: Row) -> None:
        for name in asked:
            if name not in names:
                raise Refused(400, f"Cannot update read-only attribute {name}", "HTTPBadRequest")
        row.update(asked)

    return update
