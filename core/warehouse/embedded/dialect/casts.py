"""CAST as ANSI Databricks does it: text must be the number it says, fractions are cut, moments print without zone."""

from __future__ import annotations

from sqlglot import exp

from core.warehouse.embedded.dialect.decimals import OF_INTEGERS, of_literal
from core.warehouse.embedded.dialect.parameters import BOUND
from core.warehouse.embedded.dialect.refusal import refused
from core.warehouse.embedded.dialect.typed import is_typed

INTEGERS = frozenset({"TINYINT", "SMALLINT", "INT", "BIGINT"})
FLOATS = frozenset({"DOUBLE", "FLOAT"})
TEXT = frozenset({"TEXT", "VARCHAR", "CHAR"})
_DATES = (
    (r"([0-9]{4})", "-01-01"),
    (r"([0-9]{4}-[0-9]{1,2})", "-01"),
    (r"([0-9]{4}-[0-9]{1,2}-[0-9]{1,2})([ T].*)?", ""),
)
"""What text can be a date, the part that says which, and what completes it."""
MOMENTS = frozenset({"TIMESTAMP", "TIMESTAMPTZ", "TIMESTAMPLTZ"})


def kind(node: exp.Expr | None) -> str:
    """The annotated type's name (INT, DECIMAL, TEXT, ...), or '' when it is not known."""
    found = node.type if node is not None else None
    if not isinstance(found, exp.DataType) or not isinstance(found.this, exp.DataType.Type):
        return ""
    name = str(found.this.name)
    return "" if name in ("UNKNOWN", "NULL") else name


def decimal_of(node: exp.Expr | None) -> tuple[int, int] | None:
    """Precision and scale of a decimal (or of the decimal an integer column is taken as); None for anything else."""
    name = kind(node)
    if node is None or name not in ("DECIMAL", *INTEGERS):
        return None
    bare = node
    while isinstance(bare, exp.Paren | exp.Neg):
        bare = bare.this
    if isinstance(bare, exp.Literal) and not bare.is_string:
        return of_literal(bare.name)
    if name != "DECIMAL":
        return OF_INTEGERS[name]
    numbers = [int(part.name) for part in node.type.expressions] if node.type is not None else []
    return (numbers[0], numbers[1] if len(numbers) > 1 else 0) if numbers else (10, 0)


def to(node: exp.Expr, duck: str) -> exp.Cast:
    """CAST(node AS duck), `duck` in DuckDB's words."""
    return exp.Cast(this=node, to=exp.DataType.build(duck, dialect="duckdb"))


def call(name: str, *arguments: exp.Expr) -> exp.Anonymous:
    return exp.Anonymous(this=name, expressions=list(arguments))


def text(value: str) -> exp.Literal:
    return exp.Literal.string(value)


def fail(error_class: str, sentence: str, value: exp.Expr | None = None) -> exp.Anonymous:
    """An expression that raises the error when it is evaluated."""
    message: exp.Expr = text(f"[{error_class}] {sentence}")
    if value is not None:
        message = call("CONCAT", message, call("COALESCE", to(value.copy(), "VARCHAR"), text("NULL")))
    return call("ERROR", message)


def cast_rule(node: exp.Cast) -> exp.Expr:
    """The DuckDB form of a CAST or TRY_CAST."""
    target = node.to.this.name if isinstance(node.to.this, exp.DataType.Type) else ""
    attempt = isinstance(node, exp.TryCast)
    if is_typed(node):
        inner: exp.Expr = node.this
        return inner
    if node.meta.get(BOUND) and target not in MOMENTS:
        return node
    if target in _NESTED:
        return _to_nested(node, attempt)
    if target in INTEGERS:
        return _to_integer(node.this, target, attempt)
    if target == "DATE" and kind(node.this) in TEXT:
        return _text_to_date(node.this, attempt)
    if target in TEXT:
        return _to_text(node)
    if target == "BOOLEAN" and kind(node.this) in TEXT:
        return call("AIOPS_TRY_BOOLEAN" if attempt else "AIOPS_BOOLEAN", node.this)
    if target in ("BINARY", "VARBINARY") and kind(node.this) in TEXT:
        return call("ENCODE", node.this)
    if target in (*MOMENTS, "TIMESTAMPNTZ") and kind(node.this) in TEXT and not node.meta.get(BOUND):
        read = call("AIOPS_TRY_MOMENT" if attempt else "AIOPS_MOMENT", node.this)
        return to(read, "TIMESTAMP") if target == "TIMESTAMPNTZ" else read
    if target in MOMENTS and kind(node.this) in INTEGERS | FLOATS | {"DECIMAL"} and not node.meta.get(BOUND):
        return call("TO_TIMESTAMP", node.this)
    if target in MOMENTS:
        node.set("to", exp.DataType.build("TIMESTAMPTZ", dialect="duckdb"))
    return node


_NESTED = ("ARRAY", "LIST", "MAP", "STRUCT")


def _to_nested(node: exp.Cast, attempt: bool) -> exp.Expr:
    """An array is cast by its members; other nested types only where every part keeps its value."""
    source = node.this.type if isinstance(node.this.type, exp.DataType) else None
    if isinstance(node.this, exp.Null) or not kind(node.this) or source is None or _widens(source, node.to):
        return node
    if kind(node.this) in ("ARRAY", "LIST") and node.to.this.name in ("ARRAY", "LIST") and not attempt:
        member = exp.to_identifier("aiops_member")
        member.type = source.expressions[0]
        changed = cast_rule(exp.Cast(this=member, to=node.to.expressions[0].copy()))
        variable = exp.to_identifier("aiops_member")
        return call("LIST_TRANSFORM", node.this, exp.Lambda(this=changed, expressions=[variable]))
    raise refused(f"A cast of {source.sql('databricks')} to {node.to.sql('databricks')}")


def _widens(source: exp.DataType, target: exp.DataType) -> bool:
    """Whether the engine's own cast of nested values is Databricks' too."""
    first, second = source.this.name, target.this.name
    if first == "NULL" or (first in TEXT and second in TEXT) or source == target:
        return True
    if first in INTEGERS and second in (*INTEGERS, *FLOATS, "DECIMAL", *TEXT):
        return True
    if first == second and first in _NESTED:
        pairs = list(zip(source.expressions, target.expressions, strict=False))
        if len(source.expressions) != len(target.expressions):
            return False
        if first == "STRUCT":
            return all(a.name.casefold() == b.name.casefold() and _widens(a.kind, b.kind) for a, b in pairs)
        return all(_widens(a, b) for a, b in pairs)
    return False


def _to_integer(value: exp.Expr, target: str, attempt: bool) -> exp.Expr:
    found = kind(value)
    if found in TEXT:
        return _text_to_integer(value, target, attempt)
    if found in FLOATS or found == "DECIMAL":
        return _plain(call("TRUNC", value), target, attempt)
    if found in MOMENTS:
        return _plain(call("FLOOR", call("EPOCH", value)), target, attempt)
    if found in INTEGERS or found == "BOOLEAN" or isinstance(value, exp.Null):
        return _plain(value, target, attempt)
    name = call("TYPEOF", value.copy())
    return (
        exp.case()
        .when(
            exp.EQ(this=name.copy(), expression=text("VARCHAR")),
            _text_to_integer(to(value.copy(), "VARCHAR"), target, attempt),
        )
        .when(
            exp.Or(
                this=exp.In(this=name.copy(), expressions=[text("DOUBLE"), text("FLOAT")]),
                expression=exp.Like(this=name.copy(), expression=text("DECIMAL%")),
            ),
            _plain(call("TRUNC", to(value.copy(), "DOUBLE")), target, attempt),
        )
        .else_(_plain(value, target, attempt))
    )


def _text_to_integer(value: exp.Expr, target: str, attempt: bool) -> exp.Expr:
    digits = call("REGEXP_FULL_MATCH", call("TRIM", value.copy()), text(r"[+-]?[0-9]+"))
    if attempt:
        return exp.case().when(digits, _plain(value.copy(), target, True)).else_(exp.Null())
    wrong = fail("CAST_INVALID_INPUT", f"Text that is not a whole number cannot be cast to {target}: ", value)
    empty = exp.Is(this=value.copy(), expression=exp.Null())
    return exp.case().when(exp.Or(this=empty, expression=digits), _plain(value.copy(), target, False)).else_(wrong)


def _text_to_date(value: exp.Expr, attempt: bool) -> exp.Expr:
    """`yyyy`, `yyyy-MM` and `yyyy-MM-dd`, the last also with a time after it; nothing else is a date."""
    trimmed = call("TRIM", value.copy())
    wrong: exp.Expr = exp.Null()
    if not attempt:
        wrong = fail("CAST_INVALID_INPUT", "Text that is not a date cannot be cast to DATE: ", value)
    result = exp.case().when(exp.Is(this=value.copy(), expression=exp.Null()), exp.Null())
    for pattern, ending in _DATES:
        day = exp.DPipe(
            this=call("REGEXP_EXTRACT", trimmed.copy(), text(pattern), exp.Literal.number(1)), expression=text(ending)
        )
        matches = call("REGEXP_FULL_MATCH", trimmed.copy(), text(pattern))
        result = result.when(matches, _plain(exp.paren(day), "DATE", attempt))
    return result.else_(wrong)


def _to_text(node: exp.Cast) -> exp.Expr:
    found = kind(node.this)
    if found in ("BINARY", "VARBINARY"):
        return call("DECODE", node.this)
    if found in MOMENTS:
        return to(to(node.this, "TIMESTAMP"), "VARCHAR")
    if found in FLOATS:
        size = call("ABS", node.this.copy())
        scientific = exp.Or(
            this=exp.GTE(this=size, expression=exp.Literal.number("1e7")),
            expression=exp.paren(
                exp.And(
                    this=exp.LT(this=size.copy(), expression=exp.Literal.number("1e-3")),
                    expression=exp.NEQ(this=size.copy(), expression=exp.Literal.number(0)),
                )
            ),
        )
        wrong = fail(
            "UNSUPPORTED_FEATURE", "A floating number this large or small is not cast to text here: ", node.this
        )
        return exp.case().when(scientific, wrong).else_(node.copy())
    return node


def _plain(value: exp.Expr, target: str, attempt: bool) -> exp.Expr:
    maker = exp.TryCast if attempt else exp.Cast
    return maker(this=value, to=exp.DataType.build(target))
