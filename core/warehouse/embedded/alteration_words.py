"""The words of an ALTER TABLE, from behind the table's name, as changes to be applied to its definition."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from core.warehouse.embedded import alterations as change
from core.warehouse.embedded.clauses import Clauses, parsed_type
from core.warehouse.embedded.delta import Field
from core.warehouse.embedded.properties import ForeignKey
from core.warehouse.embedded.reader import Limits, Reader
from core.warehouse.embedded.refusals import unsupported
from core.warehouse.embedded.types import DeltaType, delta_type, sql_type

_ONE = Limits(row_limit=1)
_COLUMN_WORDS = ("COMMENT", "FIRST", "AFTER", "NOT", "DEFAULT", "GENERATED", "CONSTRAINT", "MASK", "COLLATE")


@dataclass(frozen=True)
class Alteration:
    """One change, and what DESCRIBE HISTORY calls it."""

    operation: str
    apply: Callable[[change.TableState], None]


class TableWords:
    """Reads what an ALTER TABLE asks for; raises StatementInvalid or StatementRefused by name."""

    def __init__(self, clauses: Clauses, reader: Reader) -> None:
        self._words = clauses
        self._reader = reader

    def read(self) -> list[Alteration]:
        """The changes in order; nothing may follow them."""
        words = self._words
        if words.take("ADD"):
            found = self._added()
        elif words.take("DROP"):
            found = [self._dropped()]
        elif words.take("RENAME", "COLUMN"):
            found = [self._renamed()]
        elif words.take("ALTER") or words.take("CHANGE"):
            words.take("COLUMN")
            found = self._altered()
        elif words.take("SET", "TBLPROPERTIES"):
            found = [Alteration("SET TBLPROPERTIES", partial(change.set_properties, properties=words.properties()))]
        elif words.take("UNSET", "TBLPROPERTIES"):
            missing_ok = words.take("IF", "EXISTS")
            unset = partial(change.unset_properties, names=words.property_keys(), missing_ok=missing_ok)
            found = [Alteration("UNSET TBLPROPERTIES", unset)]
        elif words.take("CLUSTER", "BY"):
            found = [self._clustered()]
        else:
            raise unsupported(f"ALTER TABLE {' '.join(words.rest().upper().split()[:3])}")
        words.end()
        return found

    def _added(self) -> list[Alteration]:
        words = self._words
        if words.take("CONSTRAINT"):
            return [self._constraint(words.part())]
        if words.peek() in ("PRIMARY", "FOREIGN", "CHECK"):
            return [self._constraint("")]
        if words.peek() in ("PARTITION", "IF"):
            raise unsupported(f"ALTER TABLE ADD {words.peek()}")
        several = words.take("COLUMNS") or words.take("COLUMN")
        if not several and words.peek() != "(":
            raise unsupported(f"ALTER TABLE ADD {words.peek()}")
        if not words.take("("):
            return [self._new_column()]
        found = [self._new_column()]
        while words.take(","):
            found.append(self._new_column())
        words.need(")")
        return found

    def _new_column(self) -> Alteration:
        words = self._words
        name = words.name()
        if len(name) > 1:
            raise unsupported(f"ALTER TABLE ADD COLUMN of a field of a STRUCT ({'.'.join(name)})")
        kind, comment, after = self._type(), None, None
        while not words.done and words.peek() not in (",", ")"):
            if words.take("COMMENT"):
                comment = words.literal()
            elif words.take("FIRST"):
                after = change.FIRST
            elif words.take("AFTER"):
                after = words.part()
            elif words.peek() in _COLUMN_WORDS:
                raise unsupported(f"{words.peek()} in ALTER TABLE ADD COLUMN")
            else:
                raise words.unexpected("expected COMMENT, FIRST or AFTER")
        column = Field(name[0], kind, True, comment)
        return Alteration("ADD COLUMNS", partial(change.add_column, column=column, after=after))

    def _type(self) -> DeltaType:
        return delta_type(parsed_type(self._words.until(*_COLUMN_WORDS)))

    def _constraint(self, name: str) -> Alteration:
        words = self._words
        if words.take("CHECK"):
            if not name:
                raise unsupported("A CHECK constraint without a name")
            check = partial(change.add_check, name=name, condition=words.in_parentheses())
            words.take("ENFORCED")
            return Alteration("ADD CONSTRAINT", check)
        if words.take("PRIMARY", "KEY"):
            columns = words.names()
            self._options()
            return Alteration("ADD CONSTRAINT", partial(change.add_primary_key, name=name, columns=columns))
        words.need("FOREIGN", "KEY")
        columns = words.names()
        words.need("REFERENCES")
        table = words.name()
        references = words.names() if words.peek() == "(" else []
        self._options()
        key = ForeignKey(name, tuple(columns), ".".join(table), tuple(references))
        return Alteration("ADD CONSTRAINT", partial(change.add_foreign_key, key=key))

    def _options(self) -> None:
        """What a key that is information only may be said to be."""
        words = self._words
        options = (
            ("NOT", "ENFORCED"), ("RELY",), ("NORELY",), ("MATCH", "FULL"), ("ON", "UPDATE", "NO", "ACTION"),
            ("ON", "DELETE", "NO", "ACTION"), ("DEFERRABLE",), ("NOT", "DEFERRABLE"), ("INITIALLY", "DEFERRED"),
        )  # fmt: skip
        while any(words.take(*option) for option in options):
            continue

    def _dropped(self) -> Alteration:
        words = self._words
        if words.take("CONSTRAINT"):
            missing_ok = words.take("IF", "EXISTS")
            name = words.part()
            _ = words.take("RESTRICT") or words.take("CASCADE")
            drop = partial(change.drop_constraint, name=name, missing_ok=missing_ok)
            return Alteration("DROP CONSTRAINT", drop)
        if words.take("PRIMARY", "KEY"):
            missing_ok = words.take("IF", "EXISTS")
            _ = words.take("RESTRICT") or words.take("CASCADE")
            return Alteration("DROP CONSTRAINT", partial(change.drop_primary_key, missing_ok=missing_ok))
        if words.take("FOREIGN", "KEY"):
            missing_ok = words.take("IF", "EXISTS")
            drop_key = partial(change.drop_foreign_key, columns=words.names(), missing_ok=missing_ok)
            return Alteration("DROP CONSTRAINT", drop_key)
        if not (words.take("COLUMNS") or words.take("COLUMN")):
            raise unsupported(f"ALTER TABLE DROP {words.peek()}")
        missing_ok = words.take("IF", "EXISTS")
        names = words.names() if words.peek() == "(" else [".".join(words.name())]
        return Alteration("DROP COLUMNS", partial(change.drop_columns, names=names, missing_ok=missing_ok))

    def _renamed(self) -> Alteration:
        old = self._words.name()
        self._words.need("TO")
        if len(old) > 1:
            raise unsupported(f"ALTER TABLE RENAME COLUMN of a field of a STRUCT ({'.'.join(old)})")
        return Alteration("RENAME COLUMN", partial(change.rename_column, name=old[0], new=self._words.part()))

    def _altered(self) -> list[Alteration]:
        found = [self._altered_column()]
        while self._words.take(","):
            found.append(self._altered_column())
        return found

    def _altered_column(self) -> Alteration:
        words = self._words
        name = words.name()
        if len(name) > 1:
            raise unsupported(f"ALTER COLUMN of a field of a STRUCT ({'.'.join(name)})")
        column = name[0]
        if words.take("TYPE"):
            changed: Callable[[change.TableState], None] = partial(change.change_type, name=column, kind=self._type())
        elif words.take("COMMENT"):
            changed = partial(change.set_column_comment, name=column, comment=words.literal())
        elif words.take("SET", "NOT", "NULL"):
            changed = partial(change.set_nullable, name=column, nullable=False)
        elif words.take("DROP", "NOT", "NULL"):
            changed = partial(change.set_nullable, name=column, nullable=True)
        elif words.take("SET", "DEFAULT"):
            changed = partial(self._set_default, name=column, text=words.until())
        elif words.take("DROP", "DEFAULT"):
            changed = partial(change.set_default, name=column, default=None)
        elif words.take("FIRST"):
            changed = partial(change.place, name=column, after=change.FIRST)
        elif words.take("AFTER"):
            changed = partial(change.place, name=column, after=words.part())
        else:
            raise unsupported(f"ALTER COLUMN {' '.join(words.rest().upper().split()[:2])}")
        return Alteration("CHANGE COLUMN", changed)

    def _set_default(self, state: change.TableState, name: str, text: str) -> None:
        kind = sql_type(state.fields[state.index(name)].type)
        check_default(self._reader, text, kind)
        change.set_default(state, name, text)

    def _clustered(self) -> Alteration:
        words = self._words
        columns = [] if words.take("AUTO") or words.take("NONE") else words.names()

        def known(state: change.TableState) -> None:
            for column in columns:
                state.index(column)

        return Alteration("CLUSTER BY", known)


def check_default(reader: Reader, text: str, kind: str) -> None:
    """Raises when a default is no constant of the column's type: a column's name or a subquery does not resolve."""
    if "SELECT" in text.upper():
        raise unsupported("A subquery as DEFAULT")
    reader.rows(f"SELECT CAST(({text}) AS {kind}) AS found", {}, _ONE)
