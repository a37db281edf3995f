"""Text columns of dates: the ISO way, with the month's name, and by numbers where their order is beyond doubt.

The values of the whole column decide the order: one day above 12 is enough. Where they leave it open, nothing is
guessed. Times without a day and durations are no dates.
"""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from core.warehouse.loading.patterns import Typed, cast, matches, remarks, some_match

UTC_TIMESTAMP = pa.timestamp("us", tz="UTC")
PIVOT = 69
"""Two-digit years from here on are of the last century, as POSIX has it."""

_CLOCK = r"(?:,?[ T]+(?P<h>\d{1,2}):(?P<min>\d{2})(?P<sec>:\d{2})? ?(?P<half>[AaPp][Mm])?)?"
ISO_DATE = r"^\d{4}-\d{2}-\d{2}$"
ISO_TIMESTAMP = r"^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}([.,]\d{1,9})?)?$"
ISO_TIMESTAMP_ZONE = r"^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}([.,]\d{1,9})?)? ?(Z|UTC|[+-]\d{2}(:?\d{2})?)$"
YEAR_FIRST = r"^(\d{4})[/.](\d{1,2})[/.](\d{1,2})"
BY_NUMBER = rf"^(?P<a>\d{{1,2}})(?P<s>[/.-])(?P<b>\d{{1,2}})[/.-](?P<y>\d{{4}}|\d{{2}}){_CLOCK}$"
_MONTHS = (
    "jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    "|nov(?:ember)?|dec(?:ember)?"
)
_SHORT_MONTHS = pa.array(["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"])
_WEEKDAY = r"(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?\.?,? +)?"
_NTH = r"(?:st|nd|rd|th)?"
BY_NAME = (
    rf"(?i)^{_WEEKDAY}(?:(?P<d1>\d{{1,2}}){_NTH}[ ./-]*(?P<m1>{_MONTHS})\.?,?[ ./-]*(?P<y1>\d{{4}}|\d{{2}})"
    rf"|(?P<m2>{_MONTHS})\.?[ -]*(?P<d2>\d{{1,2}}){_NTH}(?:, *| +|-)(?P<y2>\d{{4}})"
    rf"|(?P<y3>\d{{4}})[ /-](?P<m3>{_MONTHS})[ /-](?P<d3>\d{{1,2}})){_CLOCK}$"
)
_COMPACT = r"^(19|20)\d{2}(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])$"
_TWO_DIGITS = f"two-digit years read as 19{PIVOT} to 20{PIVOT - 1}"


def read_date(values: pa.ChunkedArray) -> Typed | None:
    """DATE or TIMESTAMP (UTC) when every value is a date that can be read in one way only, else None."""
    return _iso(values) or _by_number(values) or _by_name(values)


def iso_dates(strings: pa.ChunkedArray) -> pa.ChunkedArray | None:
    """DATE or TIMESTAMP when every value is written the ISO way, else None."""
    trimmed = pc.utf8_trim_whitespace(strings)
    known = pc.if_else(pc.equal(trimmed, ""), pa.scalar(None, pa.string()), trimmed)
    if known.null_count == len(known):
        return None
    typed = _iso(known)
    return None if typed is None else typed.values


def why_no_date(values: pa.ChunkedArray) -> str | None:
    """What a person should know when a column of dates stays text."""
    if matches(values, BY_NUMBER):
        if len(_orders(values)) > 1:
            return "dates whose day and month could be exchanged: kept as text"
        return "dates of no common order, or that do not exist: kept as text"
    if any(matches(values, pattern) for pattern in (ISO_DATE, YEAR_FIRST, BY_NAME)):
        return "not every value is a date that exists: kept as text"
    return None


def compact_remark(values: pa.ChunkedArray) -> str | None:
    """A remark on whole numbers that may be dates (20240131)."""
    return "numbers that look like dates, such as 20240131: kept as numbers" if matches(values, _COMPACT) else None


def _iso(values: pa.ChunkedArray) -> Typed | None:
    if matches(values, YEAR_FIRST):
        values = pc.replace_substring_regex(values, YEAR_FIRST, r"\1-0\2-0\3")
        values = pc.replace_substring_regex(values, r"^(\d{4})-0(\d\d)", r"\1-\2")
        values = pc.replace_substring_regex(values, r"^(\d{4}-\d\d)-0(\d\d)", r"\1-\2")
    if matches(values, ISO_DATE):
        dates = cast(values, pa.date32())
        return None if dates is None else Typed(dates)
    if matches(values, ISO_TIMESTAMP):
        return _stamps(values, pa.timestamp("ns"))
    if not matches(values, ISO_TIMESTAMP_ZONE):
        return None
    moved = some_match(values, r"[+-](0[1-9]|[1-9]\d|00:?(0[1-9]|[1-9]\d))(:?\d{2})?$")
    values = pc.replace_substring_regex(pc.replace_substring(values, "UTC", "Z"), r" (Z|[+-])", r"\1")
    return _stamps(values, pa.timestamp("ns", tz="UTC"), "times of other zones are now in UTC" if moved else None)


def _stamps(values: pa.ChunkedArray, kind: pa.TimestampType, remark: str | None = None) -> Typed | None:
    values = pc.replace_substring(values, ",", ".")
    coarse = pa.timestamp("us", tz=kind.tz)
    if not some_match(values, r"\.\d{7,9}"):
        return _whole_days(cast(values, coarse), remark)
    precise = cast(values, kind)
    return None if precise is None else _whole_days(pc.cast(precise, coarse, safe=False), remark)


def _whole_days(stamps: pa.ChunkedArray | None, remark: str | None) -> Typed | None:
    """DATE when every stamp is midnight, else TIMESTAMP; a stamp without a zone is UTC."""
    if stamps is None:
        return None
    instants = pc.cast(stamps, UTC_TIMESTAMP)
    micros = pc.cast(instants, pa.int64())
    day = 86_400_000_000
    midnight = pc.equal(pc.multiply(pc.divide(micros, day), day), micros)
    return Typed(pc.cast(instants, pa.date32()) if pc.all(midnight).as_py() else instants, remark)


def _by_number(values: pa.ChunkedArray) -> Typed | None:
    """31/12/2024, 12/31/24 or 31.12.2024, with a time or without."""
    if not matches(values, BY_NUMBER):
        return None
    orders = _orders(values)
    if not orders:
        return None
    parts = pc.extract_regex(values, BY_NUMBER)
    dots = pc.all(pc.equal(pc.struct_field(parts, "s"), ".")).as_py()
    first, *more = orders
    if more and not dots and not all(orders[other].equals(orders[first]) for other in more):
        return None
    short = some_match(pc.struct_field(parts, "y"), r"^\d\d$")
    remark = remarks(f"read as {first}", _TWO_DIGITS if short else None)
    return _whole_days(_at(orders[first], parts), remark)


def _orders(values: pa.ChunkedArray) -> dict[str, pa.ChunkedArray]:
    """The orders of day, month and year in which all values are dates that exist, with those dates."""
    parts = pc.extract_regex(values, BY_NUMBER)
    first, second, last = (pc.struct_field(parts, name) for name in ("a", "b", "y"))
    short = matches(last, r"^\d\d$")
    if not short and some_match(last, r"^\d\d$"):
        return {}
    signs = set(pc.unique(pc.struct_field(parts, "s")).to_pylist()) - {None}
    tried = {"day, month, year": (last, second, first), "month, day, year": (last, first, second)}
    if short and signs == {"-"} and matches(first, r"^\d\d$"):
        tried["year, month, day"] = (first, second, last)
    if short and "." in signs:
        # 1.10.12 may as well be a version: two digits everywhere and a day above 12 are asked for.
        padded = matches(first, r"^\d\d$") and matches(second, r"^\d\d$") and some_match(first, r"^(1[3-9]|[23])")
        tried = {"day, month, year": (last, second, first)} if padded else {}
    found = {order: _day(*three) for order, three in tried.items()}
    return {order: days for order, days in found.items() if days is not None}


def _day(year: pa.ChunkedArray, month: pa.ChunkedArray, day: pa.ChunkedArray) -> pa.ChunkedArray | None:
    """DATE of the three parts as text; None when one of them is no date."""
    if not matches(month, r"^(0?[1-9]|1[0-2])$") or not matches(day, r"^(0?[1-9]|[12]\d|3[01])$"):
        return None
    century = pc.if_else(pc.greater_equal(pc.cast(pc.utf8_slice_codeunits(year, 0, 2), pa.int64()), PIVOT), "19", "20")
    whole = pc.binary_join_element_wise(century, year, "")
    year = pc.if_else(pc.equal(pc.utf8_length(year), 2), whole, year)
    text = pc.binary_join_element_wise(year, pc.utf8_lpad(month, 2, "0"), pc.utf8_lpad(day, 2, "0"), "-")
    return cast(text, pa.date32())


def _by_name(values: pa.ChunkedArray) -> Typed | None:
    """Jan 5 2024, 5 January 2024, January 5th, 2024, 5-Jan-24, with a weekday or a time or without."""
    if not matches(values, BY_NAME):
        return None
    parts = pc.extract_regex(values, BY_NAME)
    day, month, year = (_given(parts, letter) for letter in "dmy")
    name = pc.utf8_slice_codeunits(pc.utf8_lower(month), 0, 3)
    number = pc.cast(pc.add(pc.index_in(name, value_set=_SHORT_MONTHS), 1), pa.string())
    days = _day(year, number, day)
    short = some_match(year, r"^\d\d$")
    return None if days is None else _whole_days(_at(days, parts), _TWO_DIGITS if short else None)


def _given(parts: pa.ChunkedArray, letter: str) -> pa.ChunkedArray:
    """The part from whichever way of writing has it."""
    one, two, three = (pc.struct_field(parts, f"{letter}{number}") for number in (1, 2, 3))
    return pc.binary_join_element_wise(one, two, three, "")


def _at(days: pa.ChunkedArray, parts: pa.ChunkedArray) -> pa.ChunkedArray | None:
    """The days at the time that the parts say, midnight without one; None when a time does not exist."""
    if matches(pc.struct_field(parts, "h"), "^$"):
        return pc.cast(days, pa.timestamp("us"))
    hour = pc.cast(pc.utf8_lpad(pc.struct_field(parts, "h"), 2, "0"), pa.int64())
    half = pc.utf8_lower(pc.struct_field(parts, "half"))
    twelve = pc.if_else(pc.equal(hour, 12), 0, hour)
    hour = pc.case_when(pc.make_struct(pc.equal(half, "am"), pc.equal(half, "pm")), twelve, pc.add(twelve, 12), hour)
    minute, second = (_or_zero(pc.struct_field(parts, name), zero) for name, zero in (("min", "00"), ("sec", ":00")))
    clock = pc.binary_join_element_wise(pc.utf8_lpad(pc.cast(hour, pa.string()), 2, "0"), minute, ":")
    text = pc.binary_join_element_wise(pc.cast(days, pa.string()), clock, " ")
    return cast(pc.binary_join_element_wise(text, second, ""), pa.timestamp("us"))


def _or_zero(text: pa.ChunkedArray, zero: str) -> pa.ChunkedArray:
    return pc.if_else(pc.equal(text, ""), zero, text)
