"""Rows of the constraint relations of `information_schema`, from the keys that tables declare as information."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from core.warehouse.embedded.names import parse_name
from core.warehouse.embedded.properties import ForeignKey, Keys, keys
from core.warehouse.port import TableInfo, Value

Row = dict[str, Value]


def constraint_rows(relation: str, tables: Iterable[TableInfo], default_catalog: str) -> Iterator[Row]:
    """The rows of `relation` for the constraints of `tables`."""
    found = [_Constrained(info, keys(info.name, info.properties), default_catalog) for info in tables]
    primary = {table.key: table for table in found}
    for table in found:
        if relation == "table_constraints":
            yield from table.constraints()
        elif relation == "key_column_usage":
            yield from table.key_columns(primary)
        elif relation == "referential_constraints":
            yield from table.references(primary)
        elif relation in ("constraint_column_usage", "constraint_table_usage"):
            yield from table.usage(primary, columns=relation == "constraint_column_usage")


class _Constrained:
    """A table with the constraints it declares."""

    def __init__(self, info: TableInfo, found: Keys, default_catalog: str) -> None:
        self.info = info
        self.found = found
        self._catalog = default_catalog
        self.key = (info.catalog.casefold(), info.schema.casefold(), info.name.casefold())

    def constraints(self) -> Iterator[Row]:
        kinds = [(name, "CHECK", "YES") for name, _ in self.found.checks]
        if self.found.primary:
            kinds.append((self.found.primary_name, "PRIMARY KEY", "NO"))
        kinds += [(key.name, "FOREIGN KEY", "NO") for key in self.found.foreign]
        for name, kind, enforced in kinds:
            yield {
                **self._constraint(name), **self._table(), "constraint_type": kind, "is_deferrable": "NO",
                "initially_deferred": "NO", "enforced": enforced,
            }  # fmt: skip

    def key_columns(self, others: dict[tuple[str, str, str], _Constrained]) -> Iterator[Row]:
        for position, column in enumerate(self.found.primary, start=1):
            yield {
                **self._constraint(self.found.primary_name), **self._table(), "column_name": column,
                "ordinal_position": position,
            }  # fmt: skip
        for key in self.found.foreign:
            referenced = self._referenced(key, others)
            primary = [column.casefold() for column in referenced.found.primary] if referenced else []
            targets = self._target_columns(key, referenced)
            for position, column in enumerate(key.columns, start=1):
                target = targets[position - 1].casefold() if position <= len(targets) else None
                yield {
                    **self._constraint(key.name), **self._table(), "column_name": column,
                    "ordinal_position": position,
                    "position_in_unique_constraint": primary.index(target) + 1 if target in primary else None,
                }  # fmt: skip

    def references(self, others: dict[tuple[str, str, str], _Constrained]) -> Iterator[Row]:
        for key in self.found.foreign:
            catalog, schema, name = self._target(key)
            referenced = self._referenced(key, others)
            yield {
                **self._constraint(key.name),
                "unique_constraint_catalog": catalog,
                "unique_constraint_schema": schema,
                "unique_constraint_name": referenced.found.primary_name if referenced else f"{name}_pk",
                "match_option": "FULL",
                "update_rule": "NO ACTION",
                "delete_rule": "NO ACTION",
            }

    def usage(self, others: dict[tuple[str, str, str], _Constrained], *, columns: bool) -> Iterator[Row]:
        """What each constraint relies on: a primary key on its own table, a foreign key on the referenced one."""
        used: list[tuple[str, Row, tuple[str, ...]]] = []
        if self.found.primary:
            used.append((self.found.primary_name, self._table(), self.found.primary))
        for key in self.found.foreign:
            catalog, schema, name = self._target(key)
            table: Row = {"table_catalog": catalog, "table_schema": schema, "table_name": name}
            used.append((key.name, table, self._target_columns(key, self._referenced(key, others))))
        for constraint, table, names in used:
            if not columns:
                yield {**self._constraint(constraint), **table}
            for column in names if columns else ():
                yield {**self._constraint(constraint), **table, "column_name": column}

    def _target(self, key: ForeignKey) -> tuple[str, str, str]:
        parts = parse_name(key.table)
        home = (self._catalog, self.info.schema)
        catalog, schema, name = (*home[: 3 - len(parts)], *parts)
        return catalog, schema, name

    def _referenced(self, key: ForeignKey, others: dict[tuple[str, str, str], _Constrained]) -> _Constrained | None:
        catalog, schema, name = self._target(key)
        return others.get((catalog.casefold(), schema.casefold(), name.casefold()))

    def _target_columns(self, key: ForeignKey, referenced: _Constrained | None) -> tuple[str, ...]:
        return key.references or (referenced.found.primary if referenced else ())

    def _constraint(self, name: str) -> Row:
        return {
            "constraint_catalog": self.info.catalog, "constraint_schema": self.info.schema, "constraint_name": name
        }  # fmt: skip

    def _table(self) -> Row:
        return {
            "table_catalog": self.info.catalog, "table_schema": self.info.schema, "table_name": self.info.name
        }  # fmt: skip
