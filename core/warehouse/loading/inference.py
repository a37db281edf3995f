"""Types of text columns: what every value of a column agrees on, and text where they do not agree.

Nothing is guessed that could lose a character: numbers with leading zeros or a plus sign, dates whose day and
month could be exchanged and numbers too long for a number stay text.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

UTC_TIMESTAMP = pa.timestamp("us", tz="UTC")
MISSING_WORDS = pa.array(["NULL", "null", "Null", "NA", "N/A", "n/a", "NaN", "nan", "#N/A", "None", "-", "\\N"])
TEXT_NULLS = pa.array(["NULL", "\\N"])
PROBE = 64
"""How many values are tried before a pattern is matched against the whole column."""

INTEGER = r"^-?(0|[1-9]\d{0,17})$"
DECIMAL = r"^-?(0|[1-9]\d{0,17})?(\.\d{1,20})?$"
FLOAT = r"^-?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?$"
LEADING_ZERO = r"^-?0\d"
GROUPED = r"^-?[$£€]? ?-?\d{1,3}(,\d{3})*(\.\d{1,6})?$"
COMMA_DECIMAL = r"^-?(\d{1,3}(\.\d{3})+|\d+)(,\d{1,6})?$"
BOOLEAN = r"(?i)^(true|false)$"
CLOCK = r"(\d{1,2}):(\d{2})(?::(\d{2}(?:\.\d{1,9})?))?"
ISO_DATE = r"^\d{4}-\d{2}-\d{2}$"
ISO_TIMESTAMP = r"^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?$"
ISO_TIMESTAMP_ZONE = r"^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)? ?(Z|[+-]\d{2}(:?\d{2})?)$"
DAY_MONTH = r"^(?P<a>\d{1,2})(?P<s>[/.-])(?P<b>\d{1,2})[/.-](?P<y>\d{4})$"
YEAR_FIRST = r"^(\d{4})/(\d{1,2})/(\d{1,2})$"
DAY_MONTH_CLOCK = (
    r"^(?P<a>\d{1,2})(?P<s>[/.-])(?P<b>\d{1,2})[/.-](?P<y>\d{4})"
    r",? (?P<h>\d{1,2}):(?P<m>\d{2})(?P<sec>:\d{2})? ?(?P<half>[AaPp][Mm])?$"
)
NAMED_MONTHS = ("%d-%b-%Y", "%d %b %Y", "%d %B %Y", "%b %d, %Y", "%B %d, %Y")


@dataclass(frozen=True)
class Typed:
    """A column with its type, and a remark when a person should know how it was read."""

    values: pa.ChunkedArray
    remark: str | None = None


def infer(strings: pa.ChunkedArray, *, decimal_comma: bool = False) -> Typed:
    """The column in the narrowest type that every value has; empty values are null.

    With `decimal_comma` (files that separate by semicolons), `1.234,50` is a number and `1,234` is 1.234.
    """
    trimmed = pc.utf8_trim_whitespace(strings)
    trimmed = pc.if_else(pc.equal(trimmed, ""), pa.scalar(None, pa.string()), trimmed)
    missing = pc.is_in(trimmed, value_set=MISSING_WORDS)
    known = pc.if_else(missing, pa.scalar(None, pa.string()), trimmed)
    if known.null_count == len(known):
        return Typed(_text(strings))
    for attempt in _attempts(decimal_comma):
        typed = attempt(known)
        if typed is not None:
            count = pc.sum(missing).as_py() or 0
            words = ", ".join(sorted(pc.unique(trimmed.filter(missing)).to_pylist())) if count else ""
            return Typed(typed, f"{count} values {words} read as missing" if count else None)
    remark = "dates whose day and month could be exchanged: kept as text" if matches(known, DAY_MONTH) else None
    return Typed(_text(strings), remark)


def infer_dates(strings: pa.ChunkedArray) -> pa.ChunkedArray | None:
    """DATE or TIMESTAMP when every value is written the ISO way, else None."""
    trimmed = pc.utf8_trim_whitespace(strings)
    known = pc.if_else(pc.equal(trimmed, ""), pa.scalar(None, pa.string()), trimmed)
    if known.null_count == len(known):
        return None
    return _iso_date(known) if matches(known, ISO_DATE) else _iso_timestamp(known)


def matches(values: pa.ChunkedArray, pattern: str) -> bool:
    """Whether every value that is not null matches; looks at a few first."""
    some = values.drop_null().slice(0, PROBE)
    if not pc.all(pc.match_substring_regex(some, pattern), min_count=0).as_py():
        return False
    return bool(pc.all(pc.match_substring_regex(values, pattern), min_count=0).as_py())


def _text(strings: pa.ChunkedArray) -> pa.ChunkedArray:
    nothing = pc.or_(pc.equal(strings, ""), pc.is_in(strings, value_set=TEXT_NULLS))
    return pc.if_else(nothing, pa.scalar(None, pa.string()), strings)


Attempt = Callable[[pa.ChunkedArray], pa.ChunkedArray | None]


def _attempts(decimal_comma: bool) -> tuple[Attempt, ...]:
    grouped = _comma_decimal if decimal_comma else _grouped
    return (_boolean, _integer, _decimal, _float, grouped, _iso_date, _iso_timestamp, _day_month, _named_month)


def _cast(values: pa.ChunkedArray, kind: pa.DataType) -> pa.ChunkedArray | None:
    try:
        return pc.cast(values, kind)
    except pa.ArrowInvalid:
        return None


def _boolean(values: pa.ChunkedArray) -> pa.ChunkedArray | None:
    return pc.equal(pc.utf8_lower(values), "true") if matches(values, BOOLEAN) else None


def _integer(values: pa.ChunkedArray) -> pa.ChunkedArray | None:
    return _cast(values, pa.int64()) if matches(values, INTEGER) else None


def _decimal(values: pa.ChunkedArray) -> pa.ChunkedArray | None:
    """DECIMAL for up to four places (money, shares); more places are measurements and become DOUBLE."""
    if not matches(values, DECIMAL):
        return None
    dot = pc.find_substring(values, ".")
    length = pc.utf8_length(values)
    places = pc.if_else(pc.less(dot, 0), 0, pc.subtract(pc.subtract(length, dot), 1))
    most = pc.max(places).as_py()
    whole = pc.max(pc.if_else(pc.less(dot, 0), length, dot)).as_py()
    if not 1 <= most <= 4 or whole > 14:
        return None
    return _cast(values, pa.decimal128(18, most))


def _float(values: pa.ChunkedArray) -> pa.ChunkedArray | None:
    if not matches(values, FLOAT) or pc.any(pc.match_substring_regex(values, LEADING_ZERO)).as_py():
        return None
    digits_only = pc.match_substring_regex(values, r"^-?\d{16,}$")
    if pc.any(digits_only).as_py():
        return None
    return _cast(values, pa.float64())


def _grouped(values: pa.ChunkedArray) -> pa.ChunkedArray | None:
    if not matches(values, GROUPED):
        return None
    return _number(pc.replace_substring_regex(values, r"[,$£€ ]", ""))


def _comma_decimal(values: pa.ChunkedArray) -> pa.ChunkedArray | None:
    if not matches(values, COMMA_DECIMAL) or pc.any(pc.match_substring_regex(values, LEADING_ZERO)).as_py():
        return None
    return _number(pc.replace_substring(pc.replace_substring(values, ".", ""), ",", "."))


def _number(values: pa.ChunkedArray) -> pa.ChunkedArray | None:
    for attempt in (_integer, _decimal, _float):
        typed = attempt(values)
        if typed is not None:
            return typed
    return None


def _iso_date(values: pa.ChunkedArray) -> pa.ChunkedArray | None:
    if matches(values, YEAR_FIRST):
        values = pc.replace_substring_regex(values, YEAR_FIRST, r"\1-0\2-0\3")
        values = pc.replace_substring_regex(values, r"-0(\d\d)", r"-\1")
    return _cast(values, pa.date32()) if matches(values, ISO_DATE) else None


def _iso_timestamp(values: pa.ChunkedArray) -> pa.ChunkedArray | None:
    if matches(values, ISO_TIMESTAMP):
        kind, zoned = pa.timestamp("ns"), False
    elif matches(values, ISO_TIMESTAMP_ZONE):
        kind, zoned = pa.timestamp("ns", tz="UTC"), True
    else:
        return None
    values = pc.replace_substring_regex(values, r" (Z|[+-])", r"\1") if zoned else values
    long_fraction = pc.any(pc.match_substring_regex(values, r"\.\d{7,9}")).as_py()
    if not long_fraction:
        return _whole_days(_cast(values, UTC_TIMESTAMP if zoned else pa.timestamp("us")))
    precise = _cast(values, kind)
    return None if precise is None else _whole_days(pc.cast(precise, pa.timestamp("us", tz=kind.tz), safe=False))


def _whole_days(stamps: pa.ChunkedArray | None) -> pa.ChunkedArray | None:
    """DATE when every stamp is midnight, else TIMESTAMP; a stamp without a zone is UTC."""
    if stamps is None:
        return None
    instants = pc.cast(stamps, UTC_TIMESTAMP)
    micros = pc.cast(instants, pa.int64())
    day = 86_400_000_000
    midnight = pc.equal(pc.multiply(pc.divide(micros, day), day), micros)
    return pc.cast(instants, pa.date32()) if pc.all(midnight).as_py() else instants


def _day_month(values: pa.ChunkedArray) -> pa.ChunkedArray | None:
    """31/12/2024, 12/31/2024 or 31.12.2024, with a time or without, when the order is beyond doubt."""
    clock = matches(values, DAY_MONTH_CLOCK)
    if not clock and not matches(values, DAY_MONTH):
        return None
    parts = pc.extract_regex(values, DAY_MONTH_CLOCK if clock else DAY_MONTH)
    first, second = (pc.struct_field(parts, name) for name in ("a", "b"))
    day_first = _day_first(first, second, pc.struct_field(parts, "s"))
    if day_first is None:
        return None
    day, month = (first, second) if day_first else (second, first)
    year = pc.struct_field(parts, "y")
    text = pc.binary_join_element_wise(year, pc.utf8_lpad(month, 2, "0"), pc.utf8_lpad(day, 2, "0"), "-")
    if not clock:
        return _cast(text, pa.date32())
    return _whole_days(_cast(pc.binary_join_element_wise(text, _clock(parts), " "), pa.timestamp("us")))


def _day_first(first: pa.ChunkedArray, second: pa.ChunkedArray, sign: pa.ChunkedArray) -> bool | None:
    """Whether the day stands first; None when the values leave it open (a dot always has the day first)."""
    high_first = pc.max(pc.cast(first, pa.int64())).as_py()
    high_second = pc.max(pc.cast(second, pa.int64())).as_py()
    if high_first > 12 or high_second > 12:
        return bool(high_first > 12)
    return True if pc.all(pc.equal(sign, ".")).as_py() else None


def _clock(parts: pa.ChunkedArray) -> pa.ChunkedArray:
    hour = pc.cast(pc.struct_field(parts, "h"), pa.int64())
    half = pc.utf8_lower(pc.struct_field(parts, "half"))
    twelve = pc.if_else(pc.equal(hour, 12), 0, hour)
    hour = pc.case_when(pc.make_struct(pc.equal(half, "am"), pc.equal(half, "pm")), twelve, pc.add(twelve, 12), hour)
    seconds = pc.struct_field(parts, "sec")
    seconds = pc.if_else(pc.equal(seconds, ""), ":00", seconds)
    hours = pc.utf8_lpad(pc.cast(hour, pa.string()), 2, "0")
    return pc.binary_join_element_wise(
        pc.binary_join_element_wise(hours, pc.struct_field(parts, "m"), ":"), seconds, ""
    )


def _named_month(values: pa.ChunkedArray) -> pa.ChunkedArray | None:
    if not matches(values, r"[A-Za-z]{3}") or not matches(values, r"\d{4}$"):
        return None
    for pattern in NAMED_MONTHS:
        try:
            return pc.cast(pc.strptime(values, format=pattern, unit="s"), pa.date32())
        except pa.ArrowInvalid:
            continue
    return None
