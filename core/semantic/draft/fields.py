"""Dimensions, labels, times and measures of one table."""

from __future__ import annotations

from dataclasses import dataclass

from core.semantic.draft.naming import Naming
from core.semantic.draft.profile import ColumnProfile, TableProfile, quote
from core.semantic.model import FieldType, Measure
from core.semantic.names import stem

_LABEL_WORDS = ("name", "title", "label", "description", "subject", "keyword", "headline")
_NOT_DEFAULT = frozenset(
    [
        "birth",
        "death",
        "expiry",
        "expiration",
        "end",
        "due",
        "required",
        "promised",
        "deadline",
        "modified",
        "updated",
        "update",
        "last",
        "delivered",
        "shipped",
        "return",
        "returned",
        "closed",
        "resolved",
        "response",
        "responded",
        "discharge",
        "discharged",
        "termination",
        "terminated",
        "completed",
        "finished",
        "cancelled",
        "paid",
    ]
)
_HANDLES = ("username", "handle", "nickname", "login")
_YES = ({"yes", "no"}, {"y", "n"}, {"true", "false"}, {"t", "f"})
_QUANTITY = ("quantity", "units", "unit")
_MEASURED_IN = (
    "minutes", "seconds", "hours", "km", "kg", "miles", "meters", "metres", "grams", "usd", "eur", "gbp", "mio",
    "days", "weeks", "months", "years", "sqm", "sqft", "hectares", "tons", "tonnes", "litres", "liters", "cm", "mm",
)  # fmt: skip
_PRIVATE = (
    "password",
    "email",
    "phone",
    "telephone",
    "fax",
    "ssn",
    "url",
    "homepage",
    "website",
    "photo",
    "image",
    "hash",
    "token",
)


@dataclass(frozen=True)
class FieldDraft:
    """One field of a table, to be placed into every model that reaches the table."""

    column: str | None
    words: tuple[str, ...]
    expr: str
    """With `{alias}` for the table."""
    type: FieldType
    indexed: bool
    synonyms: tuple[str, ...]
    comment: str | None


def draft_fields(table: TableProfile, naming: Naming) -> list[FieldDraft]:
    """Fields of the table in column order; a full name made of first and last name comes last."""
    fields = [_field(column, naming) for column in table.columns.values() if column.type != "other"]
    full = _full_name(table, naming)
    return fields + ([full] if full is not None else [])


def _field(column: ColumnProfile, naming: Naming) -> FieldDraft:
    words = naming.words(column.name)
    expr, kind = "{alias}." + quote(column.name), column.type
    truth = _truth_expression(column, words)
    if truth is not None:
        expr, kind = truth, "boolean"
        words = words[1:] if words[0] in ("is", "has") and len(words) > 1 else words
    elif kind == "boolean" and words[0] in ("is", "has") and len(words) > 1:
        words = words[1:]
    indexed = kind == "string" and column.values is not None and not _private(words)
    return FieldDraft(column.name, words, expr, kind, indexed, _synonyms(words, kind, naming), column.comment)


def _private(words: tuple[str, ...]) -> bool:
    return any(word in _PRIVATE for word in words)


def _truth_expression(column: ColumnProfile, words: tuple[str, ...]) -> str | None:
    """A text or number that only says yes or no, as a condition."""
    name = "{alias}." + quote(column.name)
    if column.type == "string" and column.values:
        values = {value.strip().lower() for value in column.values}
        for pair in _YES:
            if values <= pair and (len(values) == 2 or next(iter(values)) in ("yes", "no", "true", "false")):
                truthy = sorted(pair & {"yes", "y", "true", "t"})[0]
                return f"LOWER({name}) = '{truthy}'"
        flag = words[0] in ("is", "has") or words[-1].endswith("ed")
        return f"{name} = '1'" if flag and values <= {"0", "1"} else None
    flag = words[0] in ("is", "has") or (len(words) == 1 and words[0].endswith("ed"))
    if column.type == "integer" and flag and column.distinct <= 2 and column.low in (0, 1) and column.high in (0, 1):
        return f"{name} = 1"
    return None


_KINDS = {
    "integer": ("amount", "quantity", "number", "value", "id", "percent"),
    "number": ("amount", "quantity", "value", "percent"),
    "boolean": ("flag", "indicator"),
    "string": ("name", "code", "type", "description"),
}
"""Last words that only say what kind of column it is: 'salary amount', 'remote flag', 'manager number'."""


def _synonyms(words: tuple[str, ...], kind: str, naming: Naming) -> tuple[str, ...]:
    found = list(naming.synonyms(words))
    if (
        kind in ("date", "timestamp")
        and len(words) > 1
        and words[-1] in ("date", "time", "on", "at", "day", "datetime", "timestamp")
    ):
        spoken = " ".join(words[:-1])
        found += [spoken] if spoken not in naming.taken else []
    if kind == "integer" and len(words) > 1 and words[-1] == "year" and words[-2].endswith("ed"):
        spoken = " ".join(words[:-1])
        found += [spoken] if spoken not in naming.taken else []
    if kind in ("integer", "number") and len(words) > 1 and words[-1] in _MEASURED_IN:
        spoken = " ".join(words[:-1])
        found += [spoken] if spoken not in naming.taken else []
    if kind in ("integer", "number") and len(words) > 1 and words[-1] in ("number", "count", "num"):
        rest = " ".join(words[:-1])
        found += [f"number of {rest}", rest] if rest not in naming.taken else []
    if kind in ("integer", "number") and len(words) > 1 and words[0] in ("number", "count", "total"):
        rest = " ".join(words[1:])
        found += [f"{words[0]} of {rest}", rest, f"number of {rest}"]
    if len(words) > 1 and words[-1] in _KINDS.get(kind, ()) and not naming.names_a_table(words[:-1]):
        found += [" ".join(words[:-1]), *naming.synonyms(words[:-1])]
    if kind == "boolean" and len(words) == 2 and words[1].endswith("ed"):
        found.append(f"{words[1]} {words[0]}")
    if len(words) == 2 and words[1] == "of":
        found.append(words[0])
    return tuple(dict.fromkeys(found))


def _full_name(table: TableProfile, naming: Naming) -> FieldDraft | None:
    """'first name' + 'last name' as one field."""
    by_words = {naming.words(column): column for column in table.columns}
    first = by_words.get(("first", "name")) or by_words.get(("given", "name"))
    last = by_words.get(("last", "name")) or by_words.get(("family", "name")) or by_words.get(("surname",))
    if first is None or last is None or ("name",) in by_words or ("full", "name") in by_words:
        return None
    expr = f"CONCAT_WS(' ', {{alias}}.{quote(first)}, {{alias}}.{quote(last)})"
    return FieldDraft(None, ("full", "name"), expr, "string", False, ("name",), "first and last name")


def label_of(table: TableProfile, fields: list[FieldDraft], key: tuple[str, ...], naming: Naming) -> FieldDraft | None:
    """The field that names one row for a person: a name or title, else a unique short text, else the key."""
    entity = naming.entity_words(table.name)
    best: tuple[float, FieldDraft] | None = None
    for position, item in enumerate(fields):
        score = _label_score(item, entity, table)
        if score > 0 and (best is None or score - 0.01 * position > best[0]):
            best = (score - 0.01 * position, item)
    if best is not None:
        return best[1]
    return next((item for item in fields if (item.column,) == key), None)


def _label_score(item: FieldDraft, entity: tuple[str, ...], table: TableProfile) -> float:
    if item.type != "string":
        return 0.0
    words = item.words
    if item.column is None:
        return 2.6
    if words == ("name",) or words == (*entity, "name") or words == entity:
        return 3.0
    if words == ("title",) or words == (*entity, "title"):
        return (
            2.9
            if not {"first", "last"} & {word for f in [item] for word in f.words}
            and table.columns[item.column].distinct * 2 > table.rows
            else 0.5
        )
    ratio = table.columns[item.column].distinct / table.rows if table.rows else 1.0
    if words[-1] in _HANDLES and ratio > 0.9:
        return 1.5
    if words in (("user", "name"), ("login", "name")) and ratio > 0.9:
        return 1.5
    if words[-1] == "name" and words[0] not in (
        "first",
        "last",
        "middle",
        "user",
        "contact",
        "country",
        "state",
        "city",
        "street",
    ):
        return 2.0 * ratio if ratio >= 0.6 else 0.0
    if words[-1] in _LABEL_WORDS and len(words) <= 2 and ratio > 0.9 and (table.columns[item.column].high or 0) <= 40:
        return 1.2
    return 0.0


def time_of(table: TableProfile, fields: list[FieldDraft], naming: Naming) -> FieldDraft | None:
    """The date that 'in 2024' means for rows of this table, or None when it is unclear."""
    dated = [item for item in fields if item.type in ("date", "timestamp") and item.column is not None]
    usual = [item for item in dated if not _NOT_DEFAULT & set(item.words)]
    entity = {stem(word) for word in naming.entity_words(table.name)}
    named = [item for item in usual if entity & {stem(word) for word in item.words}]
    plain = [
        item
        for item in usual
        if item.words
        in (("date",), ("timestamp",), ("datetime",), ("time",), ("created", "at"), ("created",), ("created", "date"))
    ]
    if not usual:
        named = [item for item in dated if entity & {stem(word) for word in item.words}]
    for group in (named, plain, usual):
        if len(group) == 1:
            return group[0]
    return None


def _quantity(table: TableProfile, naming: Naming) -> ColumnProfile | None:
    by_words = {naming.words(name): column for name, column in table.columns.items()}
    return next((c for w, c in by_words.items() if w[-1:] in (("quantity",),) or w == ("units",)), None)


def units_measure(table: TableProfile, naming: Naming) -> Measure | None:
    """The quantity of line items that have an amount as 'units sold'."""
    quantity = _quantity(table, naming)
    if quantity is None or amount_measure(table, naming) is None:
        return None
    synonyms = (
        "quantity sold",
        "items sold",
        "pieces sold",
        "number of units sold",
        "units ordered",
        "quantity ordered",
    )
    free = tuple(text for text in synonyms if text not in naming.taken)
    return Measure(name="units sold", expr=f"SUM(source.{quote(quantity.name)})", synonyms=free)


def amount_measure(table: TableProfile, naming: Naming) -> Measure | None:
    """quantity × price × (1 − discount) of a line item as 'sales'."""
    by_words = {naming.words(name): column for name, column in table.columns.items()}
    quantity = _quantity(table, naming)
    price = (
        by_words.get(("unit", "price"))
        or by_words.get(("price",))
        or by_words.get(("price", "each"))
        or by_words.get(("sale", "price"))
    )
    if quantity is None or price is None or quantity.type not in ("integer", "number"):
        return None
    if any(
        w[-1] in ("amount", "revenue", "sales", "subtotal") or w == ("total",) or w == ("line", "total")
        for w in by_words
    ):
        return None
    lines = any(
        word in naming.entity_words(table.name)
        for word in ("order", "sales", "sale", "invoice", "purchase", "line", "detail", "transaction", "basket", "cart")
    )
    if not lines:
        return None
    expr = f"source.{quote(quantity.name)} * source.{quote(price.name)}"
    discount = by_words.get(("discount",))
    if discount is not None and discount.type in ("integer", "number"):
        if discount.high is not None and float(discount.high) > 1:
            return None
        expr += f" * (1 - COALESCE(source.{quote(discount.name)}, 0))"
    synonyms = (
        "revenue",
        "turnover",
        "sales amount",
        "total sales",
        "total revenue",
        "sales revenue",
        "order value",
        "sales value",
        "total amount",
    )
    free = tuple(text for text in synonyms if text not in naming.taken)
    return Measure(
        name="sales",
        expr=f"SUM({expr})",
        synonyms=free,
        note="quantity × unit price" + (" less discount" if discount is not None else ""),
    )
