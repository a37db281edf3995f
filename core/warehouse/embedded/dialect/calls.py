"""Functions that are a call of another name: a native one, or one of the engine's own (`aiops_...`, see `native`)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from sqlglot import exp

from core.errors import StatementInvalid
from core.warehouse.embedded.dialect.casts import call, to


@dataclass(frozen=True)
class Call:
    """What a function of Databricks is called here, how many arguments it takes, and the type it gives.

    `gives` is a type, or `=n` for the type of the n-th argument; a native result of another type is cast to it.
    """

    name: str
    arguments: tuple[int, int]
    gives: str
    cast: bool = False


def _call(name: str, count: int, gives: str, most: int | None = None, *, cast: bool = False) -> Call:
    return Call(name, (count, most if most is not None else count), gives, cast)


CALLS: dict[str, Call] = {
    "e": _call("aiops_e", 0, "DOUBLE"),
    "hypot": _call("aiops_hypot", 2, "DOUBLE"),
    "factorial": _call("aiops_factorial", 1, "BIGINT"),
    "cot": _call("cot", 1, "DOUBLE"),
    "sinh": _call("sinh", 1, "DOUBLE"),
    "cosh": _call("cosh", 1, "DOUBLE"),
    "tanh": _call("tanh", 1, "DOUBLE"),
    "asinh": _call("asinh", 1, "DOUBLE"),
    "acosh": _call("acosh", 1, "DOUBLE"),
    "atanh": _call("atanh", 1, "DOUBLE"),
    "sqrt": _call("aiops_sqrt", 1, "DOUBLE"),
    "rint": _call("aiops_rint", 1, "DOUBLE"),
    "width_bucket": _call("aiops_width_bucket", 4, "BIGINT"),
    "bin": _call("aiops_bin", 1, "STRING"),
    "hex": _call("hex", 1, "STRING"),
    "unhex": _call("aiops_unhex", 1, "BINARY"),
    "bit_count": _call("aiops_bit_count", 1, "INT"),
    "getbit": _call("aiops_getbit", 2, "TINYINT"),
    "nanvl": _call("aiops_nanvl", 2, "DOUBLE"),
    "crc32": _call("aiops_crc32", 1, "BIGINT"),
    "substring_index": _call("aiops_substring_index", 3, "STRING"),
    "overlay": _call("aiops_overlay", 3, "STRING", 4),
    "find_in_set": _call("aiops_find_in_set", 2, "INT"),
    "regexp_count": _call("aiops_regexp_count", 2, "INT"),
    "regexp_substr": _call("aiops_regexp_substr", 2, "STRING"),
    "regexp_instr": _call("aiops_regexp_instr", 2, "INT"),
    "regexp": _call("regexp_matches", 2, "BOOLEAN"),
    "btrim": _call("trim", 1, "STRING", 2),
    "bit_length": _call("aiops_bit_length", 1, "INT"),
    "octet_length": _call("strlen", 1, "INT", cast=True),
    "upper": _call("aiops_upper", 1, "STRING"),
    "lower": _call("aiops_lower", 1, "STRING"),
    "isnan": _call("aiops_isnan", 1, "BOOLEAN"),
    "timestamp_seconds": _call("to_timestamp", 1, "TIMESTAMP"),
    "timestamp_millis": _call("aiops_timestamp_millis", 1, "TIMESTAMP"),
    "timestamp_micros": _call("aiops_timestamp_micros", 1, "TIMESTAMP"),
    "array_repeat": _call("aiops_array_repeat", 2, "ARRAY<=0>"),
    "array_prepend": _call("aiops_array_prepend", 2, "=0"),
    "array_insert": _call("aiops_array_insert", 3, "=0"),
    "array_union": _call("aiops_array_union", 2, "=0"),
    "arrays_overlap": _call("aiops_arrays_overlap", 2, "BOOLEAN"),
    "map_from_arrays": _call("aiops_map_from_arrays", 2, "MAP<=0,=1>"),
    "map_entries": _call("aiops_map_entries", 1, ""),
    "raise_error": _call("aiops_raise_error", 1, "VOID"),
    "assert_true": _call("aiops_assert_true", 1, "VOID", 2),
    "zeroifnull": _call("aiops_zeroifnull", 1, "=0"),
    "nullifzero": _call("aiops_nullifzero", 1, "=0"),
    "regr_slope": _call("regr_slope", 2, "DOUBLE"),
    "regr_intercept": _call("regr_intercept", 2, "DOUBLE"),
    "regr_count": _call("regr_count", 2, "BIGINT"),
    "regr_avgx": _call("regr_avgx", 2, "DOUBLE"),
    "regr_avgy": _call("regr_avgy", 2, "DOUBLE"),
    "regr_r2": _call("regr_r2", 2, "DOUBLE"),
    "regr_sxx": _call("regr_sxx", 2, "DOUBLE"),
    "regr_sxy": _call("regr_sxy", 2, "DOUBLE"),
    "regr_syy": _call("regr_syy", 2, "DOUBLE"),
    "json_object_keys": _call("aiops_json_object_keys", 1, "ARRAY<STRING>"),
}
_PARTS: dict[type[exp.Expr], tuple[str, tuple[str, ...]]] = {
    exp.Factorial: ("factorial", ("this",)),
    exp.Cot: ("cot", ("this",)),
    exp.Sinh: ("sinh", ("this",)),
    exp.Cosh: ("cosh", ("this",)),
    exp.Tanh: ("tanh", ("this",)),
    exp.Asinh: ("asinh", ("this",)),
    exp.Acosh: ("acosh", ("this",)),
    exp.Atanh: ("atanh", ("this",)),
    exp.Sqrt: ("sqrt", ("this",)),
    exp.Rint: ("rint", ("this",)),
    exp.WidthBucket: ("width_bucket", ("this", "min_value", "max_value", "num_buckets")),
    exp.Hex: ("hex", ("this",)),
    exp.Unhex: ("unhex", ("this",)),
    exp.BitwiseCount: ("bit_count", ("this",)),
    exp.Getbit: ("getbit", ("this", "expression")),
    exp.Nanvl: ("nanvl", ("this", "expression")),
    exp.SubstringIndex: ("substring_index", ("this", "delimiter", "count")),
    exp.Overlay: ("overlay", ("this", "expression", "from_", "for_")),
    exp.RegexpCount: ("regexp_count", ("this", "expression")),
    exp.RegexpSubstr: ("regexp_substr", ("this", "expression")),
    exp.RegexpInstr: ("regexp_instr", ("this", "expression")),
    exp.BitLength: ("bit_length", ("this",)),
    exp.Upper: ("upper", ("this",)),
    exp.Lower: ("lower", ("this",)),
    exp.IsNan: ("isnan", ("this",)),
    exp.ArrayPrepend: ("array_prepend", ("this", "expression")),
    exp.ArrayInsert: ("array_insert", ("this", "position", "expression")),
    **{
        kind: (name, ("this", "expression"))
        for name, kind in (
            ("regr_slope", exp.RegrSlope),
            ("regr_intercept", exp.RegrIntercept),
            ("regr_count", exp.RegrCount),
            ("regr_avgx", exp.RegrAvgx),
            ("regr_avgy", exp.RegrAvgy),
            ("regr_r2", exp.RegrR2),
            ("regr_sxx", exp.RegrSxx),
            ("regr_sxy", exp.RegrSxy),
            ("regr_syy", exp.RegrSyy),
        )
    },
    exp.JSONKeys: ("json_object_keys", ("this",)),
    exp.Map: ("map_from_arrays", ("keys", "values")),
}
"""sqlglot's classes of such functions, and where their arguments are."""
_ALSO = {"mean": exp.Avg, "std": exp.StddevSamp, "try_avg": exp.Avg}
_CASTS = {
    name: name.upper() for name in ("bigint", "smallint", "tinyint", "decimal", "float", "double", "int", "string",
                                    "boolean", "binary")
}  # fmt: skip
ATTEMPT = "attempt"
"""The mark of a sum that gives NULL when it overflows."""


def plain(tree: exp.Expr) -> exp.Expr:
    """The tree with these functions as calls by name, and other names of a function as that function."""

    for node in list(tree.find_all(exp.Any)):
        if isinstance(node.this, exp.Paren) and not isinstance(node.parent, exp.Predicate):
            node.replace(exp.LogicalOr(this=node.this.this))

    def replace(node: exp.Expr) -> exp.Expr:
        found = _PARTS.get(type(node))
        if found is not None:
            name, parts = found
            return call(name, *(node.args[part] for part in parts if node.args.get(part) is not None))
        if isinstance(node, exp.Anonymous):
            return _renamed(node, str(node.this).lower())
        if isinstance(node, exp.ArraysZip):
            return call("arrays_zip", *_zipped(node))
        return exp.Neg(this=exp.paren(node.this)) if isinstance(node, exp.Negative) else node

    return tree.transform(replace, copy=False)


def _zipped(node: exp.ArraysZip) -> Iterator[exp.Expr]:
    """The arrays, each after the name of its field: the column's, or its number."""
    for number, array in enumerate(node.expressions):
        yield exp.Literal.string(array.name if isinstance(array, exp.Column) else str(number))
        yield array


def _renamed(node: exp.Anonymous, name: str) -> exp.Expr:
    given = node.expressions
    if name in _CASTS and len(given) == 1:
        return exp.cast(given[0], _CASTS[name], dialect="databricks")
    if name in _ALSO and len(given) == 1:
        return _ALSO[name](this=given[0])
    if name == "try_sum" and len(given) == 1:
        total = exp.Sum(this=given[0])
        total.meta[ATTEMPT] = True
        return total
    if name == "percentile" and len(given) == 2:
        return exp.Quantile(this=given[0], quantile=given[1])
    if name == "percentile" and len(given) == 1 and isinstance(given[0], exp.Distinct):
        value, *rest = given[0].expressions
        if len(rest) == 1:
            return exp.Quantile(this=exp.Distinct(expressions=[value]), quantile=rest[0])
    if name == "positive" and len(given) == 1:
        return exp.paren(given[0])
    if name == "mid" and len(given) == 3:
        return exp.Substring(this=given[0], start=given[1], length=given[2])
    return node


def rule(node: exp.Anonymous) -> exp.Expr:
    found = CALLS[str(node.this).lower()]
    fewest, most = found.arguments
    if not fewest <= len(node.expressions) <= most:
        raise StatementInvalid(
            f"The function {str(node.this).lower()} takes {fewest} arguments, not {len(node.expressions)}.",
            error_class="WRONG_NUM_ARGS",
        )
    result = call(found.name, *node.expressions)
    return to(result, "INTEGER" if found.gives == "INT" else found.gives) if found.cast else result


NAMED: dict[str, Callable[..., exp.Expr]] = dict.fromkeys(CALLS, rule)
