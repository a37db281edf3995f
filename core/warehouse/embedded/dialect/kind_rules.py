"""What type each construct gives, where sqlglot's own rules are not Databricks' (decimals above all)."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from sqlglot import exp

from core.warehouse.embedded.dialect import decimals
from core.warehouse.embedded.dialect.calls import CALLS
from core.warehouse.embedded.dialect.casts import FLOATS, INTEGERS, MOMENTS, TEXT, decimal_of, kind
from core.warehouse.embedded.dialect.common_types import Found, Type, array_of, common, member, named, type_of
from core.warehouse.embedded.dialect.json_schema import result_type


def _literal(node: exp.Literal) -> Found:
    if node.is_string:
        return named("STRING")
    size = decimals.of_literal(node.name)
    if size is None:
        return named("DOUBLE")
    if "." in node.name:
        return decimals.build(size)
    number = int(node.name)
    return named("INT" if number < 2**31 else "BIGINT") if number < 2**63 else decimals.build(size)


def _arithmetic(node: exp.Binary) -> Found:
    left, right = kind(node.this), kind(node.expression)
    operation = _DECIMAL.get(type(node))
    sizes = decimal_of(node.this), decimal_of(node.expression)
    if "DECIMAL" in (left, right) and sizes[0] is not None and sizes[1] is not None and operation is not None:
        return decimals.build(operation(sizes[0], sizes[1]))
    numbers = INTEGERS | FLOATS | TEXT | {"DECIMAL"}
    if left in numbers and right in numbers:
        if isinstance(node, exp.Div) or not {left, right} <= INTEGERS | TEXT:
            return named("DOUBLE" if {left, right} != {"FLOAT"} or isinstance(node, exp.Div) else "FLOAT")
        if left in TEXT or right in TEXT:
            return named("BIGINT") if left != right else named("DOUBLE")
        return common((type_of(node.this), type_of(node.expression)))
    return _moments(node, left, right)


def _moments(node: exp.Binary, left: str, right: str) -> Found:
    for one, other, side in ((left, right, node.expression), (right, left, node.this)):
        if one == "DATE" and other in INTEGERS:
            return named("DATE")
        if one in ("DATE", "TIMESTAMPNTZ", *MOMENTS) and other == "INTERVAL":
            if one == "DATE":
                return named("DATE" if _of_days(side) else "TIMESTAMP")
            return named("TIMESTAMP" if one != "TIMESTAMPNTZ" else "TIMESTAMP_NTZ")
    return named("INTERVAL") if "INTERVAL" in (left, right) else None


def _of_days(interval: exp.Expr) -> bool:
    """Whether an interval has no unit below a day, so that a DATE plus it is a DATE."""
    literals = list(interval.find_all(exp.Interval))
    units = [str(item.args.get("unit") or item.this.name).upper() for item in literals]
    return bool(literals) and not any(re.search("HOUR|MINUTE|SECOND", unit) for unit in units)


_DECIMAL: dict[type[exp.Expr], Callable[[decimals.Size, decimals.Size], decimals.Size]] = {
    exp.Add: decimals.plus,
    exp.Sub: decimals.plus,
    exp.Mul: decimals.times,
    exp.Div: decimals.over,
    exp.Mod: decimals.remainder,
}


def _sum(node: exp.Expr) -> Found:
    inner = _argument(node)
    if kind(inner) == "DECIMAL":
        size = decimal_of(inner)
        return decimals.build(decimals.bounded(size[0] + 10, size[1])) if size else None
    return named("BIGINT" if kind(inner) in INTEGERS else "DOUBLE") if kind(inner) else None


def _average(node: exp.Expr) -> Found:
    size = decimal_of(_argument(node)) if kind(_argument(node)) == "DECIMAL" else None
    return decimals.build(decimals.bounded(size[0] + 4, size[1] + 4)) if size else named("DOUBLE")


def _argument(node: exp.Expr) -> exp.Expr:
    inner: exp.Expr = node.this
    while isinstance(inner, exp.Paren | exp.Distinct):
        inner = inner.this if isinstance(inner, exp.Paren) else inner.expressions[0]
    return inner


def _rounded(node: exp.Expr) -> Found:
    digits = node.args.get("decimals")
    whole = not isinstance(node, exp.Round)
    places = _number(digits) if digits is not None else 0
    size = decimal_of(node.this) if kind(node.this) == "DECIMAL" else None
    if places is None:
        return None
    if size is not None:
        return decimals.build(decimals.rounded(size, places))
    if whole and digits is None:
        return named("BIGINT")
    return type_of(node.this)


def _number(node: exp.Expr) -> int | None:
    negative = isinstance(node, exp.Neg)
    inner = node.this if negative else node
    if not isinstance(inner, exp.Literal) or not inner.name.isdigit():
        return None
    return -int(inner.name) if negative else int(inner.name)


def _choices(node: exp.Expr) -> list[exp.Expr]:
    if isinstance(node, exp.Case):
        results = [branch.args["true"] for branch in node.args["ifs"]]
        return [*results, node.args.get("default") or exp.Null()]
    if isinstance(node, exp.If):
        return [node.args["true"], node.args.get("false") or exp.Null()]
    if isinstance(node, exp.Nvl2):
        return [node.args["true"], node.args.get("false") or exp.Null()]
    return [node.this, *node.expressions]


def _one_of(node: exp.Expr) -> Found:
    void = named("VOID")
    return common(void if isinstance(item, exp.Null) else type_of(item) for item in _choices(node))


def _decoded(node: exp.DecodeCase) -> Found:
    """decode(value, search, result, ..., default)"""
    rest = node.expressions[1:]
    results = [rest[place] for place in range(1, len(rest), 2)] + ([rest[-1]] if len(rest) % 2 else [])
    return common(type_of(item) for item in results)


def _bracket(node: exp.Bracket) -> Found:
    found = type_of(node.this)
    if found is None:
        return None
    if found.is_type(Type.MAP):
        return member(found, 1)
    return member(found)


def _field(node: exp.Dot) -> Found:
    """A field of a struct, whatever the case of its name."""
    found = type_of(node.this)
    fields = found.expressions if found is not None and found.is_type(Type.STRUCT) else []
    wanted = node.expression.name.casefold() if isinstance(node.expression, exp.Expr) else ""
    return next(
        (field.kind for field in fields if isinstance(field, exp.ColumnDef) and field.name.casefold() == wanted), None
    )


def _transformed(node: exp.Transform) -> Found:
    return array_of(_body(node.expression))


def _reduced(node: exp.Reduce) -> Found:
    finish = node.args.get("finish")
    return _body(finish) if finish is not None else type_of(node.args.get("initial"))


def _body(function: Any) -> Found:
    return type_of(function.this) if isinstance(function, exp.Lambda) else None


def _quantiles(node: exp.Expr, element: Found) -> Found:
    many = kind(node.args.get("quantile")) in ("ARRAY", "LIST")
    return array_of(element) if many else element


def _array(node: exp.Array) -> Found:
    void = named("VOID")
    members = [void if isinstance(item, exp.Null) else type_of(item) for item in node.expressions]
    return array_of(common(members or [void]))


def _keys(position: int) -> Callable[[exp.Expr], Found]:
    return lambda node: array_of(member(type_of(node.this), position))


def _map(node: exp.VarMap | exp.Map) -> Found:
    keys, values = (member(type_of(node.args.get(part))) for part in ("keys", "values"))
    return _map_of(keys, values)


def _map_of(key: Found, value: Found) -> Found:
    if key is None or value is None:
        return None
    return exp.DataType(this=Type.MAP, expressions=[key.copy(), value.copy()], nested=True)


def _entries(node: exp.Expr) -> Found:
    """map_from_entries: the map of an array of structs of two fields."""
    row = member(type_of(node.this))
    parts = [part.kind for part in row.expressions if isinstance(part, exp.ColumnDef)] if row is not None else []
    return _map_of(*parts) if len(parts) == 2 else None


def _row_of(fields: list[tuple[str, Found]]) -> Found:
    if any(found is None for _, found in fields):
        return None
    parts = [
        exp.ColumnDef(this=exp.to_identifier(name, quoted=True), kind=found.copy())
        for name, found in fields
        if found is not None
    ]
    return exp.DataType(this=Type.STRUCT, expressions=parts, nested=True)


def _zip_type(given: list[exp.Expr]) -> Found:
    names, arrays = given[::2], given[1::2]
    return array_of(_row_of([(name.name, member(type_of(array))) for name, array in zip(names, arrays, strict=True)]))


def _entry_rows(given: list[exp.Expr]) -> Found:
    found = type_of(given[0])
    return array_of(_row_of([("key", member(found, 0)), ("value", member(found, 1))]))


def _first(node: exp.Expr) -> Found:
    return type_of(_argument(node))


def _always(name: str) -> Callable[[exp.Expr], Found]:
    found = named(name)
    return lambda _: found.copy()


_AS_ARGUMENT = (
    exp.Max, exp.Min, exp.First, exp.Last, exp.AnyValue, exp.FirstValue, exp.LastValue, exp.NthValue, exp.Lag, exp.Lead,
    exp.ArgMax, exp.ArgMin, exp.Mode, exp.Window, exp.Filter, exp.IgnoreNulls, exp.RespectNulls, exp.Paren, exp.Neg,
    exp.Abs, exp.Nullif, exp.ArrayFilter, exp.ArraySort, exp.ArrayDistinct, exp.ArrayCompact, exp.ArrayExcept,
    exp.ArrayIntersect, exp.ArrayRemove, exp.ArraySlice, exp.ArrayAppend, exp.Alias, exp.BitwiseNot,
)  # fmt: skip
_ARRAYS_OF_ARGUMENT = (exp.ArrayAgg, exp.ArrayUniqueAgg)
_TYPES: dict[str, tuple[type[exp.Expr], ...]] = {
    "BIGINT": (exp.Count, exp.CountIf, exp.ApproxDistinct, exp.IntDiv, exp.ArrayPosition, exp.UnixSeconds,
               exp.UnixMillis, exp.UnixMicros),
    "INT": (exp.Year, exp.Quarter, exp.Month, exp.Day, exp.DayOfMonth, exp.DayOfWeek, exp.DayOfYear, exp.WeekOfYear,
            exp.Hour, exp.Minute, exp.Second, exp.Length, exp.ArraySize, exp.Extract, exp.UnixDate, exp.RowNumber,
            exp.Rank, exp.DenseRank, exp.Ntile, exp.StrPosition, exp.Levenshtein, exp.Ascii),
    "DOUBLE": (exp.Median, exp.PercentileCont, exp.Pow, exp.Exp, exp.Ln, exp.Log, exp.Rand,
               exp.Stddev, exp.StddevPop, exp.StddevSamp, exp.Variance, exp.VariancePop, exp.Corr, exp.CovarPop,
               exp.CovarSamp, exp.Kurtosis, exp.PercentRank, exp.CumeDist, exp.Sign, exp.Pi, exp.Degrees, exp.Radians,
               exp.Sin, exp.Cos, exp.Tan, exp.Asin, exp.Acos, exp.Atan, exp.Atan2, exp.Cbrt),
    "DATE": (exp.TsOrDsAdd, exp.TsOrDsToDate, exp.AddMonths, exp.LastDay, exp.NextDay, exp.DateTrunc, exp.CurrentDate,
             exp.DateFromUnixDate),
    "TIMESTAMP": (exp.TimestampTrunc, exp.TimestampAdd, exp.CurrentTimestamp, exp.AtTimeZone,
                  exp.FromTimeZone),
    "TIMESTAMP_NTZ": (exp.ConvertTimezone, exp.Localtimestamp),
    "INTERVAL": (exp.Interval,),
    "STRING": (exp.Trim, exp.Substring, exp.Replace, exp.Translate, exp.Left, exp.Right, exp.Pad,
               exp.Repeat, exp.Space, exp.Initcap, exp.RegexpReplace, exp.RegexpExtract, exp.SplitPart, 
               exp.JSONExtract, exp.JSONExtractScalar, exp.JSONFormat, exp.MD5, exp.SHA, exp.SHA2,
               exp.ToBase64, exp.Chr, exp.Dayname, exp.Monthname, exp.ConcatWs, exp.GroupConcat,
               exp.ArrayToString, exp.Format,               exp.Uuid, exp.Decode, exp.Elt, exp.Typeof),
    "ARRAY<STRING>": (exp.RegexpSplit, exp.RegexpExtractAll),
    "BOOLEAN": (exp.LogicalAnd, exp.LogicalOr, exp.ArrayContains, exp.MapContainsKey, exp.EqualNull,
                exp.RegexpLike, exp.StartsWith, exp.EndsWith, exp.Contains, exp.Xor),
    "BINARY": (exp.FromBase64, exp.Encode),
}  # fmt: skip
RULES: dict[type[exp.Expr], Callable[..., Found]] = {
    exp.Literal: _literal,
    exp.FromJson: result_type,
    **dict.fromkeys((exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Mod), _arithmetic),
    exp.Sum: _sum,
    exp.Avg: _average,
    **dict.fromkeys((exp.Round, exp.Ceil, exp.Floor), _rounded),
    **dict.fromkeys((exp.Coalesce, exp.Greatest, exp.Least, exp.Case, exp.If, exp.Nvl2), _one_of),
    exp.SafeAdd: lambda node: _arithmetic(exp.Add(this=node.this, expression=node.expression)),
    exp.SafeSubtract: lambda node: _arithmetic(exp.Sub(this=node.this, expression=node.expression)),
    exp.SafeMultiply: lambda node: _arithmetic(exp.Mul(this=node.this, expression=node.expression)),
    exp.SafeDivide: lambda node: _arithmetic(exp.Div(this=node.this, expression=node.expression)),
    exp.DecodeCase: _decoded,
    exp.Bracket: _bracket,
    exp.Dot: _field,
    exp.Transform: _transformed,
    exp.Reduce: _reduced,
    exp.Array: _array,
    exp.Quantile: lambda node: _quantiles(node, named("DOUBLE")),
    exp.ApproxQuantile: lambda node: _quantiles(node, type_of(node.this)),
    exp.VarMap: _map,
    exp.MapFromEntries: _entries,
    exp.MapKeys: _keys(0),
    exp.Flatten: lambda node: member(type_of(node.this)),
    exp.ArrayMax: lambda node: member(type_of(node.this)),
    exp.ArrayMin: lambda node: member(type_of(node.this)),
    exp.GenerateSeries: lambda node: array_of(type_of(node.args["start"])),
    **dict.fromkeys(_AS_ARGUMENT, _first),
    **dict.fromkeys(_ARRAYS_OF_ARGUMENT, lambda node: array_of(_first(node))),
    **{kind_: _always(name) for name, kinds in _TYPES.items() for kind_ in kinds},
}
NAMED: dict[str, Callable[[list[exp.Expr]], Found]] = {
    "map_values": lambda given: array_of(member(type_of(given[0]), 1)),
    "get": lambda given: member(type_of(given[0])),
    "pmod": lambda given: common(type_of(item) for item in given),
    "bround": lambda given: type_of(given[0]),
    "weekday": lambda _: named("INT"),
    "date_part": lambda _: named("INT"),
    "make_date": lambda _: named("DATE"),
    "date_format": lambda _: named("STRING"),
    "from_unixtime": lambda _: named("STRING"),
    "to_timestamp": lambda _: named("TIMESTAMP"),
    "try_to_timestamp": lambda _: named("TIMESTAMP"),
    "to_date": lambda _: named("DATE"),
    "try_to_date": lambda _: named("DATE"),
    "unix_timestamp": lambda _: named("BIGINT"),
    "to_unix_timestamp": lambda _: named("BIGINT"),
    "make_timestamp": lambda _: named("TIMESTAMP"),
    "months_between": lambda _: named("DOUBLE"),
    "cardinality": lambda _: named("INT"),
    "printf": lambda _: named("STRING"),
    "format_number": lambda _: named("STRING"),
    "zip_with": lambda given: array_of(_body(given[2])),
    "map_filter": lambda given: type_of(given[0]),
    "map_concat": lambda given: type_of(given[0]),
    "transform_values": lambda given: _map_of(member(type_of(given[0])), _body(given[1])),
    "transform_keys": lambda given: _map_of(_body(given[1]), member(type_of(given[0]), 1)),
    "arrays_zip": _zip_type,
    "map_entries": lambda given: _entry_rows(given),
    "forall": lambda _: named("BOOLEAN"),
    "json_array_length": lambda _: named("INT"),
    "try_mod": lambda given: _arithmetic(exp.Mod(this=given[0], expression=given[1])),
}
"""Functions that sqlglot leaves as a name, by their arguments."""


def _called(given: list[exp.Expr], gives: str) -> Found:
    """The type of a call, `=n` standing for that of its n-th argument."""
    if not gives:
        return None
    types = [type_of(item) for item in given]
    if gives.startswith("="):
        return types[int(gives[1:])]
    if gives == "ARRAY<=0>":
        return array_of(types[0])
    if gives == "MAP<=0,=1>":
        return _map_of(member(types[0]), member(types[1]))
    return named(gives)


def of_name(node: exp.Anonymous) -> Found:
    name = str(node.this).lower()
    if name in CALLS and CALLS[name].gives:
        return _called(node.expressions, CALLS[name].gives) if node.expressions or name == "e" else None
    rule = NAMED.get(name)
    return rule(node.expressions) if rule is not None and node.expressions else None
