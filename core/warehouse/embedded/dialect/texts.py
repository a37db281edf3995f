"""Text: patterns that both engines read alike, split with a limit, formats, encodings."""

from __future__ import annotations

import re
from collections.abc import Callable

from sqlglot import exp

from core.warehouse.embedded.dialect.casts import FLOATS, INTEGERS, TEXT, call, decimal_of, fail, kind, text, to
from core.warehouse.embedded.dialect.refusal import refused

_OTHER_MEANING = re.compile(r"\(\?[=!<>]|&&|(?<!\\)(?:\\\\)*\\[1-9kGRXZhHvVp]|[*+?}]\+")
"""Look-around, back references, set operations, possessive quantifiers and classes that only Java's patterns have."""
_PLAIN = re.compile(r"[^\\\[\](){}.*+?^$|]+")
_SPEC = re.compile(r"%(?P<flags>[-0+ ,(#]*)(?P<width>\d*)(?:\.(?P<places>\d+))?(?P<kind>[a-zA-Z%])")


def check_pattern(pattern: exp.Expr | None) -> None:
    """Raises StatementRefused for a literal pattern that Java and the engine read differently."""
    if isinstance(pattern, exp.Literal) and _OTHER_MEANING.search(pattern.name):
        raise refused(f"The pattern {pattern.name!r} (look-around, back references and classes of Java only)")


def literal_delimiter(pattern: exp.Expr) -> str | None:
    """The text that a pattern matches, when it matches one text only."""
    if not isinstance(pattern, exp.Literal):
        return None
    name = re.sub(r"\\([^A-Za-z0-9])|\[([^\\\]^])\]", lambda found: f"\0{found[1] or found[2]}", pattern.name)
    bare = re.sub(r"\0.", "", name, flags=re.DOTALL)
    if bare and not _PLAIN.fullmatch(bare):
        return None
    return name.replace("\0", "") or None


def _split(node: exp.RegexpSplit) -> exp.Expr:
    check_pattern(node.expression)
    limit = node.args.get("limit")
    if limit is None:
        return node
    if isinstance(limit, exp.Neg) or (isinstance(limit, exp.Literal) and limit.name == "0"):
        return exp.RegexpSplit(this=node.this, expression=node.expression)
    delimiter = literal_delimiter(node.expression)
    if delimiter is None:
        raise refused("split by a pattern with a limit")
    return call("AIOPS_SPLIT_LIMIT", node.this, text(delimiter), limit)


def _matched(node: exp.Expr) -> exp.Expr:
    check_pattern(node.expression)
    return node


def _matched_call(node: exp.Anonymous) -> exp.Expr:
    check_pattern(node.expressions[1] if len(node.expressions) > 1 else None)
    return node


def bytes_of(value: exp.Expr) -> exp.Expr:
    """Text as its UTF-8 bytes; the engine's own cast would read escapes in it."""
    return value if kind(value) in ("BINARY", "VARBINARY") else call("ENCODE", to(value, "VARCHAR"))


def _charset(node: exp.Encode | exp.Decode) -> None:
    charset = node.args.get("charset")
    if not isinstance(charset, exp.Literal) or charset.name.upper() not in ("UTF-8", "UTF8"):
        raise refused(f"{node.key} in another character set than UTF-8")


def _encode(node: exp.Encode) -> exp.Expr:
    _charset(node)
    return bytes_of(node.this)


def _decode(node: exp.Decode) -> exp.Expr:
    _charset(node)
    return call("DECODE", bytes_of(node.this))


def _sha2(node: exp.SHA2) -> exp.Expr:
    length = node.args.get("length") or exp.Literal.number(256)
    return call("AIOPS_SHA2", bytes_of(node.this), length)


def _base64(node: exp.ToBase64) -> exp.Expr:
    return call("TO_BASE64", bytes_of(node.this))


def _reverse(node: exp.Reverse) -> exp.Expr:
    if kind(node.this) in ("ARRAY", "LIST"):
        return call("LIST_REVERSE", node.this)
    return node if kind(node.this) in TEXT else exp.Reverse(this=to(node.this.copy(), "VARCHAR"))


def _format_number(node: exp.Anonymous) -> exp.Expr:
    value, places = node.expressions
    if kind(places) not in INTEGERS:
        raise refused("format_number with a pattern")
    if kind(value) in FLOATS:
        return call("AIOPS_GROUPED_DOUBLE", value, places)
    if kind(value) in INTEGERS | {"DECIMAL"}:
        return call("AIOPS_GROUPED_DECIMAL", to(value, "VARCHAR"), places)
    raise refused("format_number of a value that is not known to be a number")


def _format(node: exp.Expr) -> exp.Expr:
    """format_string: each place of the literal format by the rules of Java's Formatter."""
    given = node.expressions if isinstance(node, exp.Anonymous) else [node.this, *node.expressions]
    pattern, values = given[0], list(given[1:])
    if not isinstance(pattern, exp.Literal):
        raise refused("format_string with a format that is not a literal")
    pieces: list[exp.Expr] = []
    position = 0
    for found in _SPEC.finditer(pattern.name):
        pieces.append(text(pattern.name[position : found.start()]))
        position = found.end()
        pieces.append(_place(found, values))
    rest = pattern.name[position:]
    if "%" in rest or values:
        raise refused(f"format_string with the format {pattern.name!r} and {len(given) - 1} values")
    return call("CONCAT", *pieces, text(rest))


def _place(found: re.Match[str], values: list[exp.Expr]) -> exp.Expr:
    wanted, flags, width, places = found["kind"], found["flags"], found["width"], found["places"]
    if wanted == "%" and not flags and not width:
        return text("%")
    if not values:
        raise refused("format_string with fewer values than places")
    value = values.pop(0)
    shown: exp.Expr | None = None
    if wanted == "s" and places is None and flags in ("", "-") and kind(value) in TEXT | INTEGERS | {"DATE", "DECIMAL"}:
        shown = to(value.copy(), "VARCHAR")
    elif wanted == "d" and flags in ("", "-", "0") and kind(value) in INTEGERS and places is None:
        shown = to(value.copy(), "VARCHAR") if flags != "0" else call("PRINTF", text(f"%0{width}d"), value.copy())
    elif wanted in "xX" and flags == "" and kind(value) in INTEGERS and places is None:
        shown = call("PRINTF", text(f"%{wanted}"), value.copy())
    elif wanted == "f" and flags in ("", "-") and kind(value) in FLOATS | {"DECIMAL"}:
        shown = to(to(to(value.copy(), "VARCHAR"), f"DECIMAL(38,{places or 6})"), "VARCHAR")
    if shown is None:
        raise refused(f"format_string with {found[0]} of a value of the type {kind(value) or 'unknown'}")
    shown = call("COALESCE", shown, text("null"))
    return _padded(shown, int(width), "-" in flags) if width and flags != "0" else shown


def _padded(shown: exp.Expr, width: int, left: bool) -> exp.Expr:
    size = call("GREATEST", to(call("LENGTH", shown.copy()), "INTEGER"), exp.Literal.number(width))
    return call("RPAD" if left else "LPAD", shown, to(size, "INTEGER"), text(" "))


def _concat_ws(node: exp.ConcatWs) -> exp.Expr:
    """A separator alone joins nothing."""
    if len(node.expressions) > 1:
        return node
    return exp.case().when(exp.Is(this=node.expressions[0].copy(), expression=exp.Null()), exp.Null()).else_(text(""))


def _split_part(node: exp.SplitPart) -> exp.Expr:
    part = node.args["part_index"]
    zero = exp.EQ(this=part.copy(), expression=exp.Literal.number(0))
    return exp.case().when(zero, fail("INVALID_INDEX_OF_ZERO", "The index 0 is invalid.")).else_(node.copy())


def _elt(node: exp.Elt) -> exp.Expr:
    choices = exp.Array(expressions=[to(item, "VARCHAR") for item in node.expressions])
    return call("LIST_EXTRACT", choices, node.this)


def _join(node: exp.ArrayToString) -> exp.Expr:
    array: exp.Expr = to(node.this.copy(), "VARCHAR[]")
    replacement = node.args.get("null")
    if replacement is not None:
        array = call(
            "LIST_TRANSFORM", array, _lambda("x", call("COALESCE", exp.to_identifier("x"), replacement.copy()))
        )
    return call("ARRAY_TO_STRING", array, node.expression)


def _lambda(name: str, body: exp.Expr) -> exp.Lambda:
    return exp.Lambda(this=body, expressions=[exp.to_identifier(name)])


def _position(node: exp.StrPosition) -> exp.Expr:
    """A start below 1 finds nothing."""
    start = node.args.get("position")
    if start is None:
        return to(node.copy(), "INTEGER")
    one = exp.Literal.number(1)
    rest = call("SUBSTRING", node.this.copy(), call("GREATEST", start.copy(), one))
    found = call("INSTR", rest, node.args["substr"].copy())
    none = exp.or_(
        exp.LT(this=start.copy(), expression=one.copy()), exp.EQ(this=found, expression=exp.Literal.number(0))
    )
    place = exp.Sub(this=exp.Add(this=found.copy(), expression=exp.paren(start.copy())), expression=one.copy())
    missing = exp.or_(
        *(exp.Is(this=part.copy(), expression=exp.Null()) for part in (node.this, node.args["substr"], start))
    )
    return to(exp.case().when(missing, exp.Null()).when(none, exp.Literal.number(0)).else_(place), "INTEGER")


def typeof(node: exp.Typeof) -> exp.Expr:
    """The name of the type, known when the statement is translated."""
    found = node.this.type
    if isinstance(node.this, exp.Null):
        return text("void")
    if not isinstance(found, exp.DataType) or found.is_type(exp.DataType.Type.UNKNOWN):
        raise refused(f"typeof of {node.this.sql('databricks')}, whose type is not known here,")
    return text(_name_of(found))


_NAMES = {"TEXT": "string", "VARCHAR": "string", "TIMESTAMPTZ": "timestamp", "TIMESTAMPLTZ": "timestamp",
          "TIMESTAMPNTZ": "timestamp_ntz", "VARBINARY": "binary", "NULL": "void", "LIST": "array"}  # fmt: skip


def _name_of(kind_: exp.DataType) -> str:
    name = _NAMES.get(kind_.this.name, kind_.this.name.lower())
    if name == "decimal":
        size = decimal_of(_typed_null(kind_)) or (10, 0)
        return f"decimal({size[0]},{size[1]})"
    if name in ("array", "map"):
        return f"{name}<{','.join(_name_of(part) for part in kind_.expressions)}>"
    if name == "struct":
        return "struct<" + ",".join(f"{field.name}:{_name_of(field.kind)}" for field in kind_.expressions) + ">"
    return str(name)


def _typed_null(kind_: exp.DataType) -> exp.Expr:
    null = exp.Cast(this=exp.Null(), to=kind_.copy())
    null.type = kind_
    return null


RULES: dict[type[exp.Expr], Callable[..., exp.Expr]] = {
    exp.RegexpSplit: _split,
    exp.RegexpLike: _matched,
    exp.RegexpExtract: _matched,
    exp.RegexpExtractAll: _matched,
    exp.Encode: _encode,
    exp.Decode: _decode,
    exp.SHA2: _sha2,
    exp.ToBase64: _base64,
    exp.Reverse: _reverse,
    exp.Format: _format,
    exp.ConcatWs: _concat_ws,
    exp.SplitPart: _split_part,
    exp.Elt: _elt,
    exp.ArrayToString: _join,
    exp.StrPosition: _position,
    exp.Typeof: typeof,
}
NAMED: dict[str, Callable[..., exp.Expr]] = {"format_number": _format_number, "printf": _format}
PATTERNS = ("regexp", "regexp_count", "regexp_substr", "regexp_instr")


def checked(rule: Callable[..., exp.Expr]) -> Callable[..., exp.Expr]:
    """`rule` for a call whose second argument is a pattern."""
    return lambda node: rule(_matched_call(node))
