"""A table of a server dump while it is being put together: columns from CREATE TABLE, rows, keys, comments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import pyarrow as pa
from sqlglot import exp

from core.warehouse.loading.declared import Cell, DeclaredType, convert, parse_type
from core.warehouse.loading.dump_statements import Dialect
from core.warehouse.loading.plan import Contents, ForeignKey, LoadedTable, column_names
from core.warehouse.loading.table_names import BETWEEN


@dataclass
class TableDraft:
    """Names are spelled as in the dump and compared without regard to case; `parts` are the schema's and its own."""

    parts: list[str]
    columns: list[str]
    types: list[DeclaredType]
    values: list[list[Cell]] = field(default_factory=list)
    primary_key: tuple[str, ...] = ()
    foreign_keys: list[ForeignKey] = field(default_factory=list)
    """Their `table` is a name's parts as one text until all tables of the dump are known."""
    comment: str | None = None
    column_comments: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.values = [[] for _ in self.columns]

    @property
    def name(self) -> str:
        """Its own name, without the schema's."""
        return self.parts[-1]

    @property
    def rows(self) -> int:
        return len(self.values[0]) if self.values else 0

    def clear(self) -> None:
        """Forget all rows."""
        self.values = [[] for _ in self.columns]

    def positions(self, named: Sequence[str] | None) -> list[int] | None:
        """Where each named column stands (all in order when none are named); None when one does not exist."""
        if named is None:
            return list(range(len(self.columns)))
        places = {column.casefold(): place for place, column in enumerate(self.columns)}
        found = [places.get(name.casefold(), -1) for name in named]
        return None if -1 in found else found

    def add_row(self, positions: Sequence[int], cells: Sequence[Cell]) -> None:
        """One row; columns that are not named are null."""
        if len(positions) == len(self.columns):
            for place, cell in zip(positions, cells, strict=True):
                self.values[place].append(cell)
            return
        given = dict(zip(positions, cells, strict=True))
        for place, column in enumerate(self.values):
            column.append(given.get(place))

    def spelled(self, names: Sequence[str]) -> tuple[str, ...]:
        """The names as the table spells them."""
        known = {column.casefold(): column for column in self.columns}
        return tuple(known.get(name.casefold(), name) for name in names)

    def finished(self, where: str, contents: Contents) -> LoadedTable:
        """The typed table."""
        arrays, kept = [], []
        for name, kind, cells in zip(self.columns, self.types, self.values, strict=True):
            typed = convert(cells, kind)
            if typed is None:
                contents.skip(f"{where} column {name!r}", "binary data", "cannot be asked about")
                continue
            if typed.remark:
                contents.adjust(f"{where} column {name!r}", typed.remark, f"the column is {typed.sql_type}")
            arrays.append(typed.values)
            kept.append(name)
        names = column_names(kept, where, contents)
        return LoadedTable(
            pa.table(arrays, names=names),
            self.spelled(self.primary_key),
            tuple(self.foreign_keys),
            self.comment,
            self.column_comments,
        )


def from_create(create: exp.Create, parts: list[str], dialect: Dialect) -> TableDraft:
    """A draft from a parsed CREATE TABLE with its columns, keys and comments."""
    items = create.this.expressions
    columns = [item for item in items if isinstance(item, exp.ColumnDef)]
    draft = TableDraft(parts, [column.name for column in columns], [_declared(column, dialect) for column in columns])
    for column in columns:
        for constraint in column.args.get("constraints") or ():
            _column_constraint(draft, column.name, constraint.kind)
    for item in items:
        for part in item.expressions if isinstance(item, exp.Constraint) else (item,):
            if isinstance(part, exp.PrimaryKey):
                draft.primary_key = tuple(_column_name(key) for key in part.expressions)
            elif isinstance(part, exp.ForeignKey):
                draft.foreign_keys.append(_reference([key.name for key in part.expressions], part.args["reference"]))
    for item in (create.args.get("properties") or exp.Properties()).expressions:
        if isinstance(item, exp.SchemaCommentProperty):
            draft.comment = item.this.name
    return draft


def _declared(column: exp.ColumnDef, dialect: Dialect) -> DeclaredType:
    kind = column.args.get("kind")
    return parse_type(kind.sql(dialect) if kind is not None else "")


def _column_constraint(draft: TableDraft, name: str, kind: exp.Expr) -> None:
    if isinstance(kind, exp.PrimaryKeyColumnConstraint):
        draft.primary_key = (name,)
    elif isinstance(kind, exp.Reference):
        draft.foreign_keys.append(_reference([name], kind))
    elif isinstance(kind, exp.CommentColumnConstraint):
        draft.column_comments[name] = kind.this.name


def _column_name(key: exp.Expr) -> str:
    """The column of a key part, which may be wrapped in an order or a prefix length."""
    found = key.find(exp.Identifier)
    return found.name if found is not None else key.name


def _reference(columns: list[str], reference: exp.Expr) -> ForeignKey:
    target = reference.this
    table = target.this if isinstance(target, exp.Schema) else target
    named = [column.name for column in target.expressions] if isinstance(target, exp.Schema) else []
    return ForeignKey(tuple(columns), BETWEEN.join(part.name for part in table.parts), tuple(named))
