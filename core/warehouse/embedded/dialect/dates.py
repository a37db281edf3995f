"""Dates and moments: Sunday is day 1, differences are whole units, and a date plus days stays a date."""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from core.errors import StatementInvalid
from core.warehouse.embedded.dialect import intervals, patterns
from core.warehouse.embedded.dialect.casts import INTEGERS, MOMENTS, TEXT, call, cast_rule, kind, text, to
from core.warehouse.embedded.dialect.refusal import refused

_TRUNCATIONS = {
    "YEAR": "year", "YYYY": "year", "YY": "year", "QUARTER": "quarter", "MONTH": "month", "MON": "month",
    "MM": "month", "WEEK": "week", "DAY": "day", "DD": "day", "HOUR": "hour", "MINUTE": "minute", "SECOND": "second",
    "MILLISECOND": "millisecond", "MICROSECOND": "microsecond",
}  # fmt: skip
_EVEN_LENGTHS = {"day": 86_400_000_000, "hour": 3_600_000_000, "minute": 60_000_000, "second": 1_000_000}
"""Microseconds of the units that are as long everywhere in UTC: cutting these off is eight times as fast as the
engine's own function, which looks into a calendar for each row."""
_OF_DATES = frozenset({"year", "quarter", "month", "week"})
_MONTHS = {"MONTH": 1, "QUARTER": 3, "YEAR": 12}
_PARTS = {
    "YEAR": "year", "YEARS": "year", "Y": "year", "YR": "year", "YRS": "year", "QUARTER": "quarter", "QTR": "quarter",
    "MONTH": "month", "MONTHS": "month", "MON": "month", "MONS": "month", "WEEK": "week", "WEEKS": "week", "W": "week",
    "DAY": "day", "DAYS": "day", "D": "day", "DOY": "doy", "HOUR": "hour", "HOURS": "hour", "H": "hour", "HR": "hour",
    "HRS": "hour", "MINUTE": "minute", "MINUTES": "minute", "M": "minute", "MIN": "minute", "MINS": "minute",
    "YEAROFWEEK": "isoyear", "DOW_ISO": "isodow", "DAYOFWEEK_ISO": "isodow",
}  # fmt: skip
_SPELLINGS = (
    ("MO", "MON", "MONDAY"), ("TU", "TUE", "TUESDAY"), ("WE", "WED", "WEDNESDAY"), ("TH", "THU", "THURSDAY"),
    ("FR", "FRI", "FRIDAY"), ("SA", "SAT", "SATURDAY"), ("SU", "SUN", "SUNDAY"),
)  # fmt: skip
_WEEKDAYS = {names[0]: number for number, names in enumerate(_SPELLINGS, start=1)}
_SECONDS = ("SECOND", "SECONDS", "S", "SEC", "SECS")


def plus_interval(node: exp.Add | exp.Sub) -> exp.Expr:
    """DATE plus or minus days, weeks, months, years is a DATE; DATE minus DATE (an interval) is refused."""
    left, right = node.this, node.expression
    dates = ("DATE", "TIMESTAMPNTZ", *MOMENTS)
    if isinstance(node, exp.Sub) and kind(left) in dates and kind(right) in dates:
        raise refused("Subtracting dates with '-' (an INTERVAL; use datediff)")
    if kind(left) == "DATE" and kind(right) in INTEGERS:
        return to(exp.paren(node.copy()), "DATE")
    if kind(left) in INTEGERS and kind(right) == "DATE" and isinstance(node, exp.Add):
        return to(exp.paren(exp.Add(this=right.copy(), expression=left.copy())), "DATE")
    found = kind(node)
    if kind(left) == "DATE" or kind(right) == "DATE":
        return to(exp.paren(node.copy()), "DATE" if found == "DATE" else "TIMESTAMPTZ")
    return node


def _date_diff(node: exp.DateDiff) -> exp.Expr:
    unit = node.args.get("unit")
    if unit is None or isinstance(unit, exp.Literal):
        days = call("DATE_DIFF", text("day"), _day(node.expression), _day(node.this))
        return to(days, "INTEGER")
    start, stop = _moment(node.expression, "TIMESTAMP"), _moment(node.this, "TIMESTAMP")
    name = unit.name.upper().rstrip("S")
    if name in _MONTHS:
        return _whole_months(start, stop, _MONTHS[name])
    if name not in ("WEEK", "DAY", "HOUR", "MINUTE", "SECOND", "MILLISECOND", "MICROSECOND"):
        raise refused(f"A difference in {name}")
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


def _added(node: exp.TimestampAdd) -> exp.Expr:
    unit = node.args["unit"].name.upper().rstrip("S")
    unit = "DAY" if unit == "DAYOFYEAR" else unit
    amount = node.expression.copy()
    if kind(amount) and kind(amount) not in INTEGERS:
        amount = cast_rule(exp.Cast(this=amount, to=exp.DataType.build("BIGINT")))
    moment = _moment(node.this, "TIMESTAMPTZ")
    return to(exp.paren(exp.Add(this=moment, expression=intervals.of(amount, unit))), "TIMESTAMPTZ")


def _next_day(node: exp.NextDay) -> exp.Expr:
    """The first such weekday after the date."""
    wanted = node.expression
    number = _WEEKDAYS.get(wanted.name.upper()[:2]) if isinstance(wanted, exp.Literal) else None
    if number is None or wanted.name.upper() not in _SPELLINGS[number - 1]:
        raise refused(f"next_day to {wanted.sql('databricks')}")
    return call("AIOPS_NEXT_DAY", _day(node.this), exp.Literal.number(number))


def _day_of_week(node: exp.DayOfWeek) -> exp.Expr:
    return _plus_one(call("DAYOFWEEK", _day(node.this)))


def _extract(node: exp.Extract) -> exp.Expr:
    field, value = node.this.name.upper(), node.expression
    if kind(value) == "INTERVAL":
        raise refused("extract from an interval")
    if field in ("DOW", "DAYOFWEEK"):
        return _plus_one(call("DAYOFWEEK", _day(value)))
    if field in _SECONDS:
        micros = to(call("DATE_PART", text("microseconds"), _moment(value, "TIMESTAMP")), "DECIMAL(12,0)")
        return to(exp.paren(exp.Mul(this=micros, expression=exp.Literal.number("0.000001"))), "DECIMAL(8,6)")
    if field not in _PARTS:
        raise refused(f"extract({field})")
    return to(call("DATE_PART", text(_PARTS[field]), _moment(value, "TIMESTAMP")), "INTEGER")


def _date_part(node: exp.Anonymous) -> exp.Expr:
    field, value = node.expressions
    return _extract(exp.Extract(this=exp.var(field.name.upper()), expression=value))


def _part(name: str) -> Callable[[exp.Expr], exp.Expr]:
    return lambda node: to(call("DATE_PART", text(name), _moment(node.this, "TIMESTAMP")), "INTEGER")


def _named(function: str) -> Callable[[exp.Expr], exp.Expr]:
    """The name of a day or month by its first three letters."""
    return lambda node: call("LEFT", call(function, _day(node.this)), exp.Literal.number(3))


def _truncated_date(node: exp.DateTrunc) -> exp.Expr:
    unit = _TRUNCATIONS.get(node.args["unit"].name.upper(), "")
    if unit not in _OF_DATES:
        raise refused(f"trunc to {node.args['unit'].name}")
    return to(call("DATE_TRUNC", text(unit), _day(node.this)), "DATE")


def _truncated_moment(node: exp.TimestampTrunc) -> exp.Expr:
    unit = node.args["unit"].name.upper()
    if unit.startswith("WEEK"):
        unit = "WEEK"
    if unit not in _TRUNCATIONS:
        raise refused(f"date_trunc to {unit}")
    moment = _moment(node.this, "TIMESTAMPTZ")
    length = _EVEN_LENGTHS.get(_TRUNCATIONS[unit])
    if length is not None:
        return to(call("aiops_floor_moment", moment, exp.Literal.number(length)), "TIMESTAMPTZ")
    return to(call("DATE_TRUNC", text(_TRUNCATIONS[unit]), moment), "TIMESTAMPTZ")


def _date_format(node: exp.Anonymous) -> exp.Expr:
    value, pattern = _two(node)
    return patterns.printed(_moment(value, "TIMESTAMP"), pattern)


def _from_unixtime(node: exp.Anonymous) -> exp.Expr:
    value, *rest = node.expressions
    pattern = rest[0] if rest else text("yyyy-MM-dd HH:mm:ss")
    return patterns.printed(to(call("TO_TIMESTAMP", to(value, "BIGINT")), "TIMESTAMP"), pattern)


def _to_timestamp(attempt: bool) -> Callable[[exp.Anonymous], exp.Expr]:
    def rule(node: exp.Anonymous) -> exp.Expr:
        value, *rest = node.expressions
        if rest and kind(value) in (*TEXT, ""):
            return patterns.read(value, rest[0], attempt=attempt)
        maker = exp.TryCast if attempt else exp.Cast
        return cast_rule(maker(this=value.copy(), to=exp.DataType.build("TIMESTAMP", dialect="databricks")))

    return rule


def _to_date(attempt: bool) -> Callable[[exp.Anonymous], exp.Expr]:
    def rule(node: exp.Anonymous) -> exp.Expr:
        value, *rest = node.expressions
        if rest and kind(value) in (*TEXT, ""):
            return to(to(patterns.read(value, rest[0], attempt=attempt), "TIMESTAMP"), "DATE")
        maker = exp.TryCast if attempt else exp.Cast
        return cast_rule(maker(this=value.copy(), to=exp.DataType.build("DATE")))

    return rule


def _unix_timestamp(node: exp.Anonymous) -> exp.Expr:
    if not node.expressions:
        return to(call("FLOOR", call("EPOCH", call("NOW"))), "BIGINT")
    value, *rest = node.expressions
    if kind(value) in ("DATE", "TIMESTAMPNTZ", *MOMENTS):
        moment: exp.Expr = _moment(value, "TIMESTAMPTZ")
    elif kind(value) in TEXT:
        moment = patterns.read(value, rest[0] if rest else text("yyyy-MM-dd HH:mm:ss"))
    else:
        raise refused("unix_timestamp of a value of unknown type")
    return to(call("FLOOR", call("EPOCH", moment)), "BIGINT")


def _series(node: exp.GenerateSeries) -> exp.Expr:
    start, stop, step = node.args["start"], node.args["end"], node.args.get("step")
    if kind(start) == "DATE":
        step = step or exp.Interval(this=text("1"), unit=exp.var("DAY"))
        return to(call("GENERATE_SERIES", start, stop, step), "DATE[]")
    if kind(start) in MOMENTS:
        return call("GENERATE_SERIES", start, stop, step or exp.Interval(this=text("1"), unit=exp.var("DAY")))
    if step is None:
        down = exp.LT(this=stop.copy(), expression=start.copy())
        step = exp.case().when(down, exp.Literal.number(-1)).else_(exp.Literal.number(1))
    return to(call("AIOPS_SEQUENCE", start, stop, step), "BIGINT[]" if kind(start) == "BIGINT" else "INTEGER[]")


def _convert_timezone(node: exp.ConvertTimezone) -> exp.Expr:
    """Local time of one zone as local time of another, without a zone."""
    source = node.args.get("source_tz") or text("UTC")
    moment = call("TIMEZONE", _zone(source), to(_moment(node.args["timestamp"], "TIMESTAMP"), "TIMESTAMP"))
    return call("TIMEZONE", _zone(node.args["target_tz"]), moment)


def _from_utc(node: exp.AtTimeZone) -> exp.Expr:
    return to(call("TIMEZONE", _zone(node.args["zone"]), _moment(node.this, "TIMESTAMPTZ")), "TIMESTAMPTZ")


def _to_utc(node: exp.FromTimeZone) -> exp.Expr:
    return call("TIMEZONE", _zone(node.args["zone"]), _moment(node.this, "TIMESTAMP"))


def _zone(zone: exp.Expr) -> exp.Expr:
    if isinstance(zone, exp.Literal) and not ("/" in zone.name or zone.name.upper() in ("UTC", "GMT")):
        raise refused(f"The time zone {zone.name!r} (name a region, such as Europe/Paris)")
    return zone.copy()


def _make_timestamp(node: exp.Anonymous) -> exp.Expr:
    if len(node.expressions) != 6:
        raise refused("make_timestamp with a time zone")
    return call("AIOPS_MAKE_TIMESTAMP", *node.expressions)


def _months_between(node: exp.Anonymous) -> exp.Expr:
    first, second, *rest = node.expressions
    rounded = rest[0] if rest else exp.true()
    return call("AIOPS_MONTHS_BETWEEN", _moment(first, "TIMESTAMP"), _moment(second, "TIMESTAMP"), rounded)


def _two(node: exp.Anonymous) -> tuple[exp.Expr, exp.Expr]:
    if len(node.expressions) != 2:
        raise StatementInvalid(f"{str(node.this).lower()} takes two arguments.", error_class="WRONG_NUM_ARGS")
    return node.expressions[0], node.expressions[1]


def _plus_one(value: exp.Expr) -> exp.Expr:
    return to(exp.paren(exp.Add(this=value, expression=exp.Literal.number(1))), "INTEGER")


def _day(value: exp.Expr) -> exp.Expr:
    if kind(value) in TEXT:
        return cast_rule(exp.Cast(this=value.copy(), to=exp.DataType.build("DATE")))
    return to(to(value.copy(), "TIMESTAMP"), "DATE") if kind(value) in MOMENTS else to(value.copy(), "DATE")


def _moment(value: exp.Expr, duck: str) -> exp.Expr:
    if kind(value) in TEXT:
        return to(
            cast_rule(exp.Cast(this=value.copy(), to=exp.DataType.build("TIMESTAMP", dialect="databricks"))), duck
        )
    return to(value.copy(), duck)


def _as(duck: str) -> Callable[[exp.Expr], exp.Expr]:
    return lambda node: to(exp.paren(node.copy()), duck)


_PART_RULES = {
    exp.Year: "year", exp.Quarter: "quarter", exp.Month: "month", exp.Day: "day", exp.DayOfMonth: "day",
    exp.DayOfYear: "doy", exp.WeekOfYear: "week", exp.Hour: "hour", exp.Minute: "minute", exp.Second: "second",
}  # fmt: skip
RULES: dict[type[exp.Expr], Callable[..., exp.Expr]] = {
    exp.CurrentDate: lambda _: to(to(call("NOW"), "TIMESTAMP"), "DATE"),
    exp.CurrentTimestamp: lambda _: call("NOW"),
    exp.Localtimestamp: lambda _: to(call("NOW"), "TIMESTAMP"),
    exp.DateDiff: _date_diff,
    exp.TimestampDiff: _date_diff,
    exp.DayOfWeek: _day_of_week,
    exp.Extract: _extract,
    exp.Dayname: _named("DAYNAME"),
    exp.Monthname: _named("MONTHNAME"),
    exp.TsOrDsAdd: _as("DATE"),
    exp.DateFromUnixDate: _as("DATE"),
    exp.UnixDate: _as("INTEGER"),
    exp.AddMonths: lambda node: call("AIOPS_ADD_MONTHS", _day(node.this), node.expression),
    exp.TimestampAdd: _added,
    exp.LastDay: lambda node: to(call("LAST_DAY", _day(node.this)), "DATE"),
    exp.NextDay: _next_day,
    exp.TimestampTrunc: _truncated_moment,
    exp.DateTrunc: _truncated_date,
    exp.GenerateSeries: _series,
    exp.ConvertTimezone: _convert_timezone,
    exp.AtTimeZone: _from_utc,
    exp.FromTimeZone: _to_utc,
    exp.Interval: intervals.rule,
    **{node: _part(name) for node, name in _PART_RULES.items()},
}
NAMED: dict[str, Callable[..., exp.Expr]] = {
    "weekday": lambda node: to(
        exp.paren(exp.Sub(this=call("ISODOW", _day(node.expressions[0])), expression=exp.Literal.number(1))),
        "INTEGER",
    ),
    "date_part": _date_part,
    "datepart": _date_part,
    "date_format": _date_format,
    "from_unixtime": _from_unixtime,
    "to_timestamp": _to_timestamp(False),
    "try_to_timestamp": _to_timestamp(True),
    "to_date": _to_date(False),
    "try_to_date": _to_date(True),
    "unix_timestamp": _unix_timestamp,
    "to_unix_timestamp": _unix_timestamp,
    "make_timestamp": _make_timestamp,
    "months_between": _months_between,
}
