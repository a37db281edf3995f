"""Text columns of numbers: plain ones, and those dressed with currencies, percent signs or thousands separators.

No digit is lost: more than 17 of them make a DECIMAL, and more than 38 stay text. What is taken off is said.
"""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from core.warehouse.loading.patterns import PROBE, Typed, cast, matches, remarks, some_match

INTEGER = r"^-?(0|[1-9]\d{0,18})$"
PLAIN = r"^-?(0|[1-9]\d*)?(\.\d+)?$"
FLOAT = r"^-?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?$"
LEADING_ZERO = r"^-?0\d"
MOST_DIGITS = 38
DOT_GROUPS = r"^-?\d{1,3}(\.\d{3})*$"
_SEPARATORS = "thousands separators taken off"
DOUBLE_DIGITS = 17
"""A DOUBLE that is written out has at most as many significant digits."""
SAFE_DIGITS = 15
"""As many significant digits come back from any DOUBLE."""

_CURRENCY = (
    r"(?:R\$|kr\.?|Kč|zł|[$£€¥₹₩₺₽]|USD|EUR|GBP|CHF|JPY|CNY|INR|SEK|NOK|DKK|CAD|AUD|NZD|PLN|CZK|HUF|BRL|MXN|ZAR)"
)
_SPACE = r"[ \x{a0}\x{202f}]?"
_BODY = r"(?:\d[\d.,'’ \x{a0}\x{202f}]*\d|\d|[.,]\d+)"
DRESSED = (
    rf"^(?P<outer>{_CURRENCY}?)(?P<open>\(?)(?P<minus>[-−+]?)(?P<before>{_CURRENCY}?){_SPACE}(?P<inner>[-−+]?)"
    rf"(?P<body>{_BODY}){_SPACE}"
    rf"(?P<after>{_CURRENCY}?)(?P<percent>%?)(?P<close>\)?)$"
)
_DOT = r"^(\d{1,3}(,\d{3})+|\d*)(\.\d+)?$"
_COMMA = r"^(\d{1,3}(\.\d{3})+|\d*)(,\d+)?$"
_GAPS = r"['’\x{a0}\x{202f}]"
_GAPPED = r"^\d{1,3}(['’ \x{a0}\x{202f}]\d{3})+([.,]\d+)?$|^[\d.,]+$"


def read_number(values: pa.ChunkedArray, *, decimal_comma: bool, dots_group: bool = False) -> Typed | None:
    """BIGINT, DECIMAL or DOUBLE when every value is a number that is read in one way only, else None.

    `decimal_comma` prefers `1,5` to be 1.5 where both readings fit; `dots_group` makes `1.234` 1234.
    """
    if decimal_comma and matches(values, DOT_GROUPS) and some_match(values, r"\."):
        if dots_group:
            plain = _plain(pc.replace_substring(values, ".", ""))
            return None if plain is None else Typed(plain.values, remarks(plain.remark, _SEPARATORS))
        plain = _plain(values)
        return None if plain is None else Typed(plain.values, remarks(plain.remark, "dots read as decimal points"))
    return _plain(values) or _dressed(values, decimal_comma)


def shows_decimal_commas(values: pa.ChunkedArray) -> bool:
    """Whether a text column holds numbers of which one has a comma that can only be a decimal one."""
    some = values.drop_null().slice(0, PROBE)
    return matches(some, rf"{DRESSED}|^$") and some_match(some, r"\d,(\d{1,2}|\d{4,})\D*$|\.\d{3},\d")


def why_no_number(values: pa.ChunkedArray) -> str | None:
    """What a person should know when a column of numbers stays text."""
    if matches(values, FLOAT) and not some_match(values, LEADING_ZERO):
        return "numbers of too many digits: kept as text"
    if not matches(values, DRESSED):
        return None
    parts = pc.extract_regex(values, DRESSED)
    if len(_currencies(parts)) > 1:
        return "amounts in several currencies: kept as text"
    if some_match(_field(parts, "percent"), "%") and not matches(_field(parts, "percent"), "%"):
        return "percentages beside other numbers: kept as text"
    if _currencies(parts):
        return "amounts whose commas and dots are not beyond doubt: kept as text"
    return None


def _plain(values: pa.ChunkedArray) -> Typed | None:
    if matches(values, INTEGER) and (whole := cast(values, pa.int64())) is not None:
        return Typed(whole)
    if matches(values, PLAIN):
        return _written_out(values)
    if not matches(values, FLOAT) or some_match(values, LEADING_ZERO) or _most_digits(values) > DOUBLE_DIGITS:
        return None
    doubles = cast(values, pa.float64())
    if doubles is None or pc.any(pc.is_inf(doubles)).as_py():
        return None
    return Typed(doubles, "numbers with exponents, such as 1e5" if matches(values, r"^\d+[eE]\d+$") else None)


def _written_out(values: pa.ChunkedArray) -> Typed | None:
    """DECIMAL for up to four places (money, shares) and for long numbers; other places are measurements: DOUBLE."""
    digits = pc.replace_substring(values, "-", "")
    dot = pc.find_substring(digits, ".")
    length = pc.utf8_length(digits)
    places = pc.max(pc.if_else(pc.less(dot, 0), 0, pc.subtract(pc.subtract(length, dot), 1))).as_py()
    whole = pc.max(pc.if_else(pc.less(dot, 0), length, dot)).as_py()
    if 1 <= places <= 4 and whole <= 14:
        return _typed(cast(values, pa.decimal128(18, places)))
    significant = _most_digits(values)
    exact = cast(values, pa.decimal128(max(whole + places, 18), places)) if whole + places <= MOST_DIGITS else None
    if significant <= DOUBLE_DIGITS and places > 4:
        doubles = cast(values, pa.float64())
        if significant <= SAFE_DIGITS or exact is None or _same(doubles, exact):
            return _typed(doubles)
    remark = f"numbers of up to {significant} digits, each kept" if significant > SAFE_DIGITS else None
    return _typed(exact, remark)


def _same(doubles: pa.ChunkedArray, exact: pa.ChunkedArray) -> bool:
    """Whether doubles, written out again, are the same numbers."""
    again = cast(pc.cast(doubles, pa.string()), exact.type)
    return again is not None and bool(pc.all(pc.equal(again, exact), min_count=0).as_py())


def _typed(values: pa.ChunkedArray | None, remark: str | None = None) -> Typed | None:
    return None if values is None else Typed(values, remark)


def _most_digits(values: pa.ChunkedArray) -> int:
    """The most significant digits that a value has; zeros in front are none."""
    digits = pc.replace_substring_regex(values, r"[eE].*$", "")
    digits = pc.replace_substring_regex(pc.replace_substring_regex(digits, r"[-.]", ""), "^0+", "")
    return int(pc.max(pc.utf8_length(digits)).as_py() or 0)


def _dressed(values: pa.ChunkedArray, decimal_comma: bool) -> Typed | None:
    """`$1,234.50`, `1.234,50 €`, `12.5 %`, `1,234` and `(5.00)` beside `7.00`: one currency, one way of writing."""
    if not matches(values, DRESSED):
        return None
    parts = pc.extract_regex(values, DRESSED)
    currencies, percent, negative = _currencies(parts), _field(parts, "percent"), _negative(parts)
    all_percent = matches(percent, "^%$")
    if len(currencies) > 1 or negative is None or some_match(percent, "%") != all_percent:
        return None
    dressed = bool(currencies) or all_percent
    if not dressed and (some_match(_field(parts, "minus"), r"\+") or some_match(_field(parts, "inner"), r"\+")):
        return None  # telephone numbers
    after = some_match(_field(parts, "after"), ".")
    body = _with_dots(_field(parts, "body"), decimal_comma, dressed=dressed, behind=after)
    if body is None:
        return None
    signed = pc.if_else(negative, pc.binary_join_element_wise("-", body, ""), body)
    typed = _plain(signed)
    if typed is None:
        return None
    grouped = pc.any(pc.not_equal(pc.utf8_length(body), pc.utf8_length(_field(parts, "body")))).as_py()
    return Typed(
        typed.values,
        remarks(
            typed.remark,
            f"currency {next(iter(currencies))} taken off" if currencies else None,
            "percent signs taken off, 5 % is 5" if all_percent else None,
            _SEPARATORS if grouped else None,
            "brackets read as minus" if some_match(_field(parts, "open"), r"\(") else None,
        ),
    )


def _field(parts: pa.ChunkedArray, name: str) -> pa.ChunkedArray:
    return pc.struct_field(parts, name)


def _currencies(parts: pa.ChunkedArray) -> set[str]:
    found = {text for name in ("outer", "before", "after") for text in pc.unique(_field(parts, name)).to_pylist()}
    return {text for text in found if text}


def _negative(parts: pa.ChunkedArray) -> pa.ChunkedArray | None:
    """Which values are below zero; None when signs or brackets make no sense."""
    opened, closed = pc.equal(_field(parts, "open"), "("), pc.equal(_field(parts, "close"), ")")
    signs = [pc.is_in(_field(parts, name), value_set=pa.array(["-", "−"])) for name in ("minus", "inner")]
    if not pc.all(pc.equal(opened, closed), min_count=0).as_py():
        return None
    if pc.any(opened).as_py() and pc.all(opened).as_py() and not _currencies(parts):
        return None  # (1), (2), (3): numbers of a list
    marks = pc.add(pc.add(pc.cast(opened, pa.int8()), pc.cast(signs[0], pa.int8())), pc.cast(signs[1], pa.int8()))
    return None if pc.max(marks).as_py() > 1 else pc.equal(marks, 1)


def _with_dots(body: pa.ChunkedArray, decimal_comma: bool, *, dressed: bool, behind: bool) -> pa.ChunkedArray | None:
    """The digits with a decimal dot and without separators; None when that is not beyond doubt.

    `dressed` numbers carry a currency or a percent sign, `behind` says that the currency stands behind them.
    """
    if some_match(body, _GAPS) or (dressed and some_match(body, " ")):
        if not matches(body, _GAPPED):
            return None
        body = pc.replace_substring_regex(body, r"['’ \x{a0}\x{202f}]", "")
    dot, comma = matches(body, _DOT), matches(body, _COMMA)
    if dot and comma and some_match(body, "[.,]"):
        if behind:
            return None
        dot, comma = not decimal_comma, decimal_comma
    if dot:
        return pc.replace_substring(body, ",", "")
    if comma and (decimal_comma or dressed or some_match(body, r"\..*,")):
        return pc.replace_substring(pc.replace_substring(body, ".", ""), ",", ".")
    return None
