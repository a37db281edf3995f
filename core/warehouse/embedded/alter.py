"""ALTER TABLE, VIEW and SCHEMA, and COMMENT ON, read from their words and carried out in one step each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial

import pyarrow as pa

from core.errors import StatementInvalid, StatementRefused
from core.warehouse.embedded import alterations as change
from core.warehouse.embedded.alteration_words import Alteration, TableWords
from core.warehouse.embedded.catalog import Entry
from core.warehouse.embedded.clauses import Clauses
from core.warehouse.embedded.constraints import Constraints
from core.warehouse.embedded.delta import DeltaFolder, Snapshot, described_schema
from core.warehouse.embedded.inserts import require
from core.warehouse.embedded.names import TableName
from core.warehouse.embedded.properties import checks
from core.warehouse.embedded.reader import Reader
from core.warehouse.embedded.refusals import unsupported
from core.warehouse.embedded.replacement import Revision
from core.warehouse.embedded.rows import fitted
from core.warehouse.embedded.space import TableSpace
from core.warehouse.embedded.types import sql_type
from core.warehouse.embedded.view_definitions import ViewDefiner
from core.warehouse.embedded.views import View
from core.warehouse.embedded.writer import Revised


class Alterer:
    """Changes what exists: definitions, comments, properties, names."""

    def __init__(self, space: TableSpace, reader: Reader) -> None:
        self._space = space
        self._reader = reader
        self._constraints = Constraints(reader)
        self._views = ViewDefiner(space, reader)

    def alter(self, clauses: Clauses) -> tuple[str, ...]:
        """Runs an ALTER, from behind that word; gives the full name of the table or view."""
        if clauses.take("TABLE"):
            entry = self._space.entry(clauses.name())
            if entry.kind == "view":
                raise StatementInvalid(f"{entry.name.full_name} is a view.", error_class="EXPECT_TABLE_NOT_VIEW")
            if clauses.take("RENAME", "TO"):
                self._rename(entry, clauses)
            else:
                self._table(self._space.folder(entry), TableWords(clauses, self._reader).read())
            return (entry.name.full_name,)
        if clauses.take("VIEW"):
            return (self._view(clauses),)
        if clauses.take("SCHEMA") or clauses.take("DATABASE"):
            self._schema(clauses)
            return ()
        raise unsupported(f"ALTER {clauses.peek()}")

    def comment(self, clauses: Clauses) -> tuple[str, ...]:
        """Runs a COMMENT ON, from behind those words; gives the full name of the table or view."""
        kind = next((word for word in ("TABLE", "VIEW", "COLUMN", "SCHEMA", "DATABASE") if clauses.take(word)), None)
        if kind is None:
            raise unsupported(f"COMMENT ON {clauses.peek()}")
        name = clauses.name()
        clauses.need("IS")
        comment = None if clauses.take("NULL") else clauses.literal()
        clauses.end()
        if kind in ("SCHEMA", "DATABASE"):
            catalog, schema = self._space.catalog.schema_name(name)
            facts = self._space.catalog.schema_facts(catalog, schema)
            self._space.catalog.write_schema_facts(catalog, schema, replace(facts, comment=comment))
            return ()
        entry = self._space.entry(name[:-1] if kind == "COLUMN" else name)
        if kind == "COLUMN":
            self._comment_column(entry, name[-1], comment)
        else:
            self._comment_relation(entry, comment)
        return (entry.name.full_name,)

    def _comment_relation(self, entry: Entry, comment: str | None) -> None:
        if entry.kind == "view":
            self._rewrite_view(entry, lambda view: replace(view, comment=comment))
            return

        def note(state: change.TableState) -> None:
            state.comment = comment

        self._table(self._space.folder(entry), [Alteration("SET TBLPROPERTIES", note)])

    def _comment_column(self, entry: Entry, column: str, comment: str | None) -> None:
        if entry.kind == "table":
            note = partial(change.set_column_comment, name=column, comment=comment)
            self._table(self._space.folder(entry), [Alteration("CHANGE COLUMN", note)])
            return
        view = self._space.catalog.view(entry)
        if column.casefold() not in [known.name.casefold() for known in view.columns]:
            raise StatementInvalid(
                f"The view {entry.name.full_name} has no column {column}.", error_class="UNRESOLVED_COLUMN"
            )
        columns = tuple(
            replace(known, comment=comment) if known.name.casefold() == column.casefold() else known
            for known in view.columns
        )
        self._rewrite_view(entry, lambda found: replace(found, columns=columns))

    def _table(self, folder: DeltaFolder, found: list[Alteration]) -> None:
        self._space.writer.revise(folder, partial(self._revised, folder, found))
        folder.forget()

    def _revised(self, folder: DeltaFolder, found: list[Alteration], snapshot: Snapshot) -> Revised:
        if not snapshot.plain or any(column.foreign for column in snapshot.fields):
            raise unsupported(
                f"ALTER of {folder.name.full_name}, to which another engine gave partitions, deletion vectors, column"
                " mapping, or generated columns,"
            )
        state = change.state_of(snapshot, folder.name.name)
        for alteration in found:
            alteration.apply(state)
        schema = described_schema(state.fields)
        if state.rewritten:
            state.fields = [replace(column, added=False) for column in state.fields]
            schema = described_schema(state.fields)
            rows = self._rewritten(folder, snapshot, state)
        else:
            rows = schema.empty_table()
            self._hold(folder, snapshot, state)
        revision = Revision(found[0].operation, {}, snapshot.version, keeps_rows=not state.rewritten)
        return Revised(rows.cast(schema), state.properties, state.comment, revision)

    def _rewritten(self, folder: DeltaFolder, snapshot: Snapshot, state: change.TableState) -> pa.Table:
        rows = self._reader.version_rows(folder, snapshot)
        kept = [column for column in state.fields if column.name in state.sources]
        rows = rows.select([state.sources[column.name] for column in kept])
        rows = rows.rename_columns([column.name for column in kept])
        rows = self._reader.cast(rows, {column.name: sql_type(column.type) for column in kept})
        return fitted(rows, described_schema(state.fields), folder.name.full_name)

    def _hold(self, folder: DeltaFolder, snapshot: Snapshot, state: change.TableState) -> None:
        """The rows that there are meet what is new: NOT NULL and CHECK."""
        old = dict(snapshot.properties)
        new = [(key, text) for key, text in checks(state.properties) if (key, text) not in checks(old)]
        loose = {column.name for column in snapshot.fields if column.nullable}
        strict = [column for column in state.fields if not column.nullable and column.name in loose]
        if not new and not strict:
            return
        rows = self._reader.version_rows(folder, snapshot)
        require(rows, described_schema(strict), folder.name.full_name)
        for name, condition in new:
            self._constraints.hold(name, condition, rows, folder.name.full_name)

    def _rename(self, entry: Entry, clauses: Clauses) -> None:
        new = self._space.catalog.name(clauses.name())
        clauses.end()
        home = (entry.name.catalog.casefold(), entry.name.schema.casefold())
        if (new.catalog.casefold(), new.schema.casefold()) != home:
            raise StatementRefused(
                f"{entry.name.full_name} can be renamed within its schema only.",
                error_class="UNSUPPORTED_FEATURE.RENAME_ACROSS_SCHEMAS",
            )
        wanted = TableName(entry.name.catalog, entry.name.schema, new.name)
        if entry.kind == "table":
            with self._space.writer.exclusive(self._space.folder(entry)):
                self._space.catalog.rename(entry, wanted)
        else:
            self._space.catalog.rename(entry, wanted)
        self._space.forget(entry.name)

    def _view(self, clauses: Clauses) -> str:
        entry = self._space.entry(clauses.name())
        if entry.kind == "table":
            raise StatementInvalid(f"{entry.name.full_name} is a table.", error_class="EXPECT_VIEW_NOT_TABLE")
        if clauses.take("RENAME", "TO"):
            self._rename(entry, clauses)
        elif clauses.take("AS"):
            self._views.redefine(entry, clauses.rest())
        elif clauses.take("SET", "TBLPROPERTIES"):
            properties = clauses.properties()
            clauses.end()
            self._rewrite_view(entry, lambda view: replace(view, properties={**view.properties, **properties}))
        elif clauses.take("UNSET", "TBLPROPERTIES"):
            clauses.take("IF", "EXISTS")
            names = clauses.property_keys()
            clauses.end()
            self._rewrite_view(entry, lambda view: replace(view, properties=_without(view.properties, names)))
        else:
            raise unsupported(f"ALTER VIEW {clauses.rest().upper()[:40]}")
        return entry.name.full_name

    def _rewrite_view(self, entry: Entry, changed: Callable[[View], View]) -> None:
        self._space.catalog.write_view(entry.name, changed(self._space.catalog.view(entry)))

    def _schema(self, clauses: Clauses) -> None:
        catalog, schema = self._space.catalog.schema_name(clauses.name())
        if not (clauses.take("SET", "DBPROPERTIES") or clauses.take("SET", "PROPERTIES")):
            raise unsupported(f"ALTER SCHEMA {clauses.rest().upper()[:40]}")
        properties = clauses.properties()
        clauses.end()
        facts = self._space.catalog.schema_facts(catalog, schema)
        changed = replace(facts, properties={**facts.properties, **properties})
        self._space.catalog.write_schema_facts(catalog, schema, changed)


def _without(properties: Mapping[str, str], names: list[str]) -> dict[str, str]:
    return {key: text for key, text in properties.items() if key not in names}
