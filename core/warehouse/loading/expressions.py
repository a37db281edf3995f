"""The few expressions that dumps write instead of literals: today, intervals, parts of dates, sums of numbers.

A closed list, evaluated here on values; nothing is handed to a database.
"""

from __future__ import annotations

import calendar
import operator
import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from core.warehouse.loading.declared import Cell
from core.warehouse.loading.dump_statements import Dialect
from core.warehouse.loading.literals import NotLiteral

Value = Cell | Decimal | date | datetime

_NUMBERS: dict[type[exp.Expr], Callable[[Decimal, Decimal], Decimal]] = {
    exp.Add: operator.add,
    exp.Sub: operator.sub,
    exp.Mul: operator.mul,
    exp.Div: operator.truediv,
}
_FORMATS = (
    ("YYYY", "%Y"), ("FMMonth", "%B"), ("Month", "%B"), ("Mon", "%b"), ("FMDay", "%A"), ("Day", "%A"), ("Dy", "%a"),
    ("HH24", "%H"), ("MM", "%m"), ("DD", "%d"), ("MI", "%M"), ("SS", "%S"),
)  # fmt: skip
_PADDED = re.compile(r"^(Month|Day)$")
LONGEST_NAME = 9


def evaluate_row(text: str, dialect: Dialect, now: datetime) -> list[Cell]:
    """The values of one row `(…, …)` of a dump as of `now`. Raises NotLiteral for anything outside the list."""
    try:
        row = sqlglot.parse_one(f"SELECT ROW{text}" if dialect == "postgres" else f"SELECT F{text}", read=dialect)
    except SqlglotError as error:
        raise NotLiteral("a value that is not understood") from error
    call = row.find(exp.Struct, exp.Anonymous, exp.Tuple)
    items = call.expressions if call is not None else []
    if not items:
        raise NotLiteral(f"{text[:40]!r} is no row of values")
    return [_cell(_value(item, now)) for item in items]


def _cell(value: Value) -> Cell:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() and value.as_tuple().exponent == 0 else str(value)
    if isinstance(value, datetime):
        return value.isoformat(" ")
    return value.isoformat() if isinstance(value, date) else value


def _value(node: exp.Expr, now: datetime) -> Value:
    if isinstance(node, exp.PropertyEQ | exp.Alias | exp.Paren):
        return _value(node.expression if isinstance(node, exp.PropertyEQ) else node.this, now)
    if isinstance(node, exp.Literal):
        return str(node.this) if node.is_string else Decimal(node.this)
    if isinstance(node, exp.Null):
        return None
    if isinstance(node, exp.Boolean):
        return bool(node.this)
    if isinstance(node, exp.ByteString | exp.National):
        return str(node.this)
    if isinstance(node, exp.CurrentDate):
        return now.date()
    if isinstance(node, exp.CurrentTimestamp):
        return now
    if isinstance(node, exp.Neg):
        return -_number(_value(node.this, now), node)
    return _compound(node, now)


def _compound(node: exp.Expr, now: datetime) -> Value:
    if isinstance(node, exp.Cast):
        return _cast(_value(node.this, now), node)
    if isinstance(node, exp.DPipe):
        return "".join(str(_cell(_value(part, now))) for part in (node.this, node.expression))
    if isinstance(node, exp.Extract):
        return _part(node, _moment(_value(node.expression, now), node))
    if isinstance(node, exp.TimeToStr):
        return _formatted(_moment(_value(node.this, now), node), node.text("format"))
    if isinstance(node, exp.Add | exp.Sub) and isinstance(node.expression, exp.Interval):
        moment = _moment(_value(node.this, now), node)
        return _shifted(moment, node.expression, 1 if isinstance(node, exp.Add) else -1)
    if type(node) in _NUMBERS:
        return _arithmetic(node, now)
    raise _refused(node)


def _arithmetic(node: exp.Expr, now: datetime) -> Value:
    left, right = _value(node.this, now), _value(node.expression, now)
    if isinstance(left, date) and isinstance(node, exp.Add | exp.Sub):
        days = timedelta(days=int(_number(right, node)))
        return left + days if isinstance(node, exp.Add) else left - days
    try:
        return _NUMBERS[type(node)](_number(left, node), _number(right, node))
    except ArithmeticError as error:
        raise _refused(node) from error


def _refused(node: exp.Expr) -> NotLiteral:
    return NotLiteral(f"{node.sql()[:40]!r} is no literal value")


def _number(value: Value, node: exp.Expr) -> Decimal:
    if isinstance(value, Decimal):
        return value
    raise _refused(node)


def _moment(value: Value, node: exp.Expr) -> date | datetime:
    if isinstance(value, date):
        return value
    raise _refused(node)


def _cast(value: Value, node: exp.Cast) -> Value:
    kind = node.to.this
    try:
        if isinstance(value, str) and kind == exp.DataType.Type.DATE:
            return date.fromisoformat(value)
        if isinstance(value, str) and kind in (exp.DataType.Type.TIMESTAMP, exp.DataType.Type.TIMESTAMPTZ):
            return datetime.fromisoformat(value)
        if isinstance(value, str) and node.to.is_type(*exp.DataType.NUMERIC_TYPES):
            return Decimal(value)
    except (ValueError, InvalidOperation) as error:
        raise _refused(node) from error
    if isinstance(value, datetime) and kind == exp.DataType.Type.DATE:
        return value.date()
    return value


def _shifted(moment: date | datetime, interval: exp.Interval, sign: int) -> date | datetime:
    unit = interval.text("unit").upper().rstrip("S")
    count = re.fullmatch(r"-?\d{1,6}", interval.this.name if interval.this else "")
    if count is None:
        raise _refused(interval)
    amount = sign * int(count[0])
    try:
        if unit in ("YEAR", "MONTH"):
            return _months_later(moment, amount * (12 if unit == "YEAR" else 1))
        if unit in ("WEEK", "DAY", "HOUR", "MINUTE", "SECOND"):
            return moment + timedelta(**{f"{unit.lower()}s": amount})
    except (ValueError, OverflowError) as error:
        raise _refused(interval) from error
    raise _refused(interval)


def _months_later(moment: date | datetime, months: int) -> date | datetime:
    total = moment.year * 12 + moment.month - 1 + months
    year, month = total // 12, total % 12 + 1
    return moment.replace(year=year, month=month, day=min(moment.day, calendar.monthrange(year, month)[1]))


def _part(node: exp.Extract, moment: date | datetime) -> Decimal:
    name = node.this.name.upper()
    parts = {
        "YEAR": moment.year,
        "MONTH": moment.month,
        "DAY": moment.day,
        "QUARTER": (moment.month + 2) // 3,
        "DOW": moment.isoweekday() % 7,
        "HOUR": getattr(moment, "hour", 0),
        "MINUTE": getattr(moment, "minute", 0),
    }
    if name not in parts:
        raise _refused(node)
    return Decimal(parts[name])


def _formatted(moment: date | datetime, pattern: str) -> str:
    padded = _PADDED.match(pattern) is not None
    for theirs, ours in _FORMATS:
        pattern = pattern.replace(theirs, ours)
    text = moment.strftime(pattern)
    return text.ljust(LONGEST_NAME) if padded else text  # PostgreSQL pads names of months and days with blanks
