"""Dates and moments: Sunday is day 1, differences are whole units, and a date plus days stays a date."""

from __future__ import annotations

import re
from collections.abc import Callable

from sqlglot import exp

from core.warehouse.embedded.dialect.casts import MOMENTS, TEXT, call, kind, text, to
from core.warehouse.embedded.dialect.functions import refused

_DAY_UNITS = frozenset({"DAY", "DAYS", "WEEK", "WEEKS", "MONTH", "MONTHS", "QUARTER", "YEAR", "YEARS"})
_TRUNCATIONS = {
    "YEAR": "year", "YYYY": "year", "YY": "year", "QUARTER": "quarter", "MONTH": "month", "MON": "month",
    "MM": "month", "WEEK": "week",
}  # fmt: skip
_MONTHS = {"MONTH": 1, "QUARTER": 3, "YEAR": 12}
_FIELDS = re.compile(r"%-?[A-Za-z](?:strict)?")


def plus_interval(node: exp.Add | exp.Sub) -> exp.Expr:
    """DATE plus or minus days, weeks, months, years is a DATE; DATE minus DATE (an interval) is refused."""
    left, right = node.this, node.expression
    if kind(left) == "DATE" and isinstance(right, exp.Interval):
        unit = str(right.args.get("unit") or "").upper()
        return to(exp.paren(node.copy()), "DATE" if unit in _DAY_UNITS else "TIMESTAMPTZ")
    if isinstance(node, exp.Sub) and kind(left) in ("DATE", *MOMENTS) and kind(right) in ("DATE", *MOMENTS):
        raise refused("Subtracting dates with '-' (an INTERVAL; use datediff)")
    return node


def _date_diff(node: exp.DateDiff) -> exp.Expr:
    unit = node.args.get("unit")
    if unit is None or isinstance(unit, exp.Literal):
        days = call("DATE_DIFF", text("day"), to(node.expression, "DATE"), to(node.this, "DATE"))
        return to(days, "INTEGER")
    start, stop, name = to(node.expression, "TIMESTAMP"), to(node.this, "TIMESTAMP"), unit.name.upper().rstrip("S")
    if name in _MONTHS:
        return _whole_months(start, stop, _MONTHS[name])
    return call("DATE_SUB", text(name.lower()), start, stop)


def _whole_months(start: exp.Expr, stop: exp.Expr, months: int) -> exp.Expr:
    """Completed months, divided by the months of a unit: from 31 January to 28 February none is completed."""
    crossed = call("DATE_DIFF", text("month"), start.copy(), stop.copy())
    into_start, into_stop = (
        exp.Sub(this=moment.copy(), expression=call("DATE_TRUNC", text("month"), moment.copy()))
        for moment in (start, stop)
    )
    zero, one = exp.Literal.number(0), exp.Literal.number(1)
    short = exp.and_(exp.GT(this=crossed, expression=zero), exp.LT(this=into_stop, expression=into_start))
    long = exp.and_(
        exp.LT(this=crossed.copy(), expression=zero.copy()), exp.GT(this=into_stop.copy(), expression=into_start.copy())
    )
    completed = (
        exp.case()
        .when(short, exp.Sub(this=crossed.copy(), expression=one))
        .when(long, exp.Add(this=crossed.copy(), expression=one.copy()))
        .else_(crossed.copy())
    )
    return exp.IntDiv(this=exp.paren(completed), expression=exp.Literal.number(months))


def _day_of_week(node: exp.DayOfWeek) -> exp.Expr:
    return _plus_one(call("DAYOFWEEK", _day(node.this)))


def _extract(node: exp.Extract) -> exp.Expr:
    field = node.this.name.upper()
    if field in ("DOW", "DAYOFWEEK"):
        return _plus_one(call("DAYOFWEEK", _day(node.expression)))
    if field in ("YEAR", "QUARTER", "MONTH", "WEEK", "DAY", "DOY", "HOUR", "MINUTE"):
        return to(node.copy(), "INTEGER")
    raise refused(f"extract({field})")


def _date_part(node: exp.Anonymous) -> exp.Expr:
    field, value = node.expressions
    return _extract(exp.Extract(this=exp.var(field.name.upper()), expression=value))


def _day_name(node: exp.Dayname) -> exp.Expr:
    return call("LEFT", call("DAYNAME", _day(node.this)), exp.Literal.number(3))


def _truncated_date(node: exp.DateTrunc) -> exp.Expr:
    unit = _TRUNCATIONS.get(node.args["unit"].name.upper())
    if unit is None:
        raise refused(f"trunc to {node.args['unit'].name}")
    return to(call("DATE_TRUNC", text(unit), _day(node.this)), "DATE")


def _formatted(node: exp.TimeToStr) -> exp.Expr:
    pattern = node.args.get("format")
    if not isinstance(pattern, exp.Literal) or re.search(r"[A-Za-z']", _FIELDS.sub("", pattern.name)):
        raise refused(f"The date pattern {pattern.sql('databricks') if pattern is not None else ''}")
    return node


def _seconds(node: exp.StrToUnix) -> exp.Expr:
    if node.this is None or isinstance(node.this, exp.CurrentTimestamp):
        return to(call("FLOOR", call("EPOCH", exp.CurrentTimestamp())), "BIGINT")
    if kind(node.this) in ("DATE", *MOMENTS):
        return to(call("FLOOR", call("EPOCH", to(node.this, "TIMESTAMPTZ"))), "BIGINT")
    if kind(node.this) in TEXT:
        return to(node.copy(), "BIGINT")
    raise refused("unix_timestamp of a value of unknown type")


def _series(node: exp.GenerateSeries) -> exp.Expr:
    start, stop, step = node.args["start"], node.args["end"], node.args.get("step")
    if kind(start) == "DATE":
        step = step or exp.Interval(this=text("1"), unit=exp.var("DAY"))
        return to(call("GENERATE_SERIES", start, stop, step), "DATE[]")
    if step is None:
        down = exp.LT(this=stop.copy(), expression=start.copy())
        step = exp.case().when(down, exp.Literal.number(-1)).else_(exp.Literal.number(1))
    return call("GENERATE_SERIES", start, stop, step)


def _plus_one(value: exp.Expr) -> exp.Expr:
    return to(exp.paren(exp.Add(this=value, expression=exp.Literal.number(1))), "INTEGER")


def _day(value: exp.Expr) -> exp.Expr:
    return to(value.copy(), "DATE")


def _as(duck: str) -> Callable[[exp.Expr], exp.Expr]:
    return lambda node: to(exp.paren(node.copy()), duck)


_whole = _as("INTEGER")

_PARTS = (
    exp.Year, exp.Quarter, exp.Month, exp.Day, exp.DayOfMonth, exp.DayOfYear, exp.WeekOfYear, exp.Hour, exp.Minute,
    exp.Second, exp.UnixDate,
)  # fmt: skip
RULES: dict[type[exp.Expr], Callable[..., exp.Expr]] = {
    exp.CurrentDate: lambda _: to(call("NOW"), "DATE"),
    exp.CurrentTimestamp: lambda _: call("NOW"),
    exp.DateDiff: _date_diff,
    exp.TimestampDiff: _date_diff,
    exp.DayOfWeek: _day_of_week,
    exp.Extract: _extract,
    exp.Dayname: _day_name,
    exp.TsOrDsAdd: _as("DATE"),
    exp.DateFromUnixDate: _as("DATE"),
    exp.AddMonths: _as("DATE"),
    exp.TimestampAdd: _as("TIMESTAMPTZ"),
    exp.TimestampTrunc: _as("TIMESTAMPTZ"),
    exp.DateTrunc: _truncated_date,
    exp.TimeToStr: _formatted,
    exp.StrToUnix: _seconds,
    exp.StrToTime: _as("TIMESTAMPTZ"),
    exp.TimestampFromParts: _as("TIMESTAMPTZ"),
    exp.GenerateSeries: _series,
    **dict.fromkeys(_PARTS, _whole),
}
NAMED: dict[str, Callable[..., exp.Expr]] = {
    "weekday": lambda node: to(
        exp.paren(exp.Sub(this=call("ISODOW", _day(node.expressions[0])), expression=exp.Literal.number(1))),
        "INTEGER",
    ),
    "date_part": _date_part,
}
