"""Date patterns (`yyyy-MM-dd'T'HH:mm:ss.SSS`): what they print, and what text they read."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sqlglot import exp

from core.warehouse.embedded.dialect.casts import call, fail, text, to
from core.warehouse.embedded.dialect.refusal import refused

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_LONG_MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
)  # fmt: skip
_PRINTED = {
    "yy": "%y", "M": "%-m", "MM": "%m", "MMM": "%b", "MMMM": "%B", "L": "%-m", "LL": "%m", "d": "%-d", "dd": "%d",
    "D": "%-j", "DDD": "%j", "E": "%a", "EE": "%a", "EEE": "%a", "EEEE": "%A", "a": "%p", "h": "%-I", "hh": "%I",
    "H": "%-H", "HH": "%H", "m": "%-M", "mm": "%M", "s": "%-S", "ss": "%S", "X": "Z", "XX": "Z", "XXX": "Z",
    "x": "+00", "xx": "+0000", "xxx": "+00:00", "Z": "+0000", "ZZ": "+0000", "ZZZ": "+0000",
}  # fmt: skip
"""A run of pattern letters in the words of strftime; sessions are in UTC."""
_READ = {
    "y": ("year", r"\d{1,4}"), "yyyy": ("year", r"\d{4}"), "yy": ("short_year", r"\d{2}"), "M": ("month", r"\d{1,2}"),
    "MM": ("month", r"\d{2}"), "MMM": ("short_month", "|".join(_MONTHS)),
    "MMMM": ("long_month", "|".join(_LONG_MONTHS)),
    "d": ("day", r"\d{1,2}"), "dd": ("day", r"\d{2}"), "H": ("hour", r"\d{1,2}"), "HH": ("hour", r"\d{2}"),
    "h": ("half_hour", r"\d{1,2}"), "hh": ("half_hour", r"\d{2}"), "a": ("half", "am|pm"), "m": ("minute", r"\d{1,2}"),
    "mm": ("minute", r"\d{2}"), "s": ("second", r"\d{1,2}"), "ss": ("second", r"\d{2}"),
    "X": ("zone", r"z|[+-]\d{2}(?:\d{2})?"), "XX": ("zone", r"z|[+-]\d{4}"), "XXX": ("zone", r"z|[+-]\d{2}:\d{2}"),
    "xxx": ("zone", r"[+-]\d{2}:\d{2}"), "Z": ("zone", r"[+-]\d{4}"),
}  # fmt: skip
"""What a run of letters reads, and the text it takes."""
_TOKEN = re.compile(r"'((?:[^']|'')*)'|([A-Za-z])\2*|([^A-Za-z'])", re.DOTALL)
_RESERVED = "[]{}#"


@dataclass(frozen=True)
class Piece:
    """A run of letters, or a text that stands for itself."""

    letters: str = ""
    literal: str = ""


def pieces(pattern: exp.Expr | None) -> list[Piece]:
    """The parts of a literal pattern; raises StatementRefused for another, or for a sign with another meaning."""
    if not isinstance(pattern, exp.Literal) or not pattern.is_string:
        raise refused("A date pattern that is not a literal")
    found, position = [], 0
    for match in _TOKEN.finditer(pattern.name):
        if match.start() != position:
            break
        position = match.end()
        if match[1] is not None:
            found.append(Piece(literal=match[1].replace("''", "'") or "'"))
        elif match[2]:
            found.append(Piece(letters=match[0]))
        elif match[3] in _RESERVED:
            raise refused(f"{match[3]!r} in the date pattern {pattern.name!r}")
        else:
            found.append(Piece(literal=match[3]))
    if position != len(pattern.name):
        raise refused(f"The date pattern {pattern.name!r}")
    return found


def printed(value: exp.Expr, pattern: exp.Expr | None) -> exp.Expr:
    """`value` (a TIMESTAMP in UTC) by the pattern."""
    parts = [_printed(piece, value, pattern) for piece in pieces(pattern)]
    if not parts:
        return call("LEFT", to(value.copy(), "VARCHAR"), exp.Literal.number(0))
    return parts[0] if len(parts) == 1 else exp.paren(_joined(parts))


def _joined(parts: list[exp.Expr]) -> exp.Expr:
    whole = parts[0]
    for part in parts[1:]:
        whole = exp.DPipe(this=whole, expression=part)
    return whole


def _printed(piece: Piece, value: exp.Expr, pattern: exp.Expr | None) -> exp.Expr:
    letters = piece.letters
    if not letters:
        return text(piece.literal)
    if letters in _PRINTED:
        return call("STRFTIME", value.copy(), text(_PRINTED[letters]))
    year = to(call("YEAR", value.copy()), "VARCHAR")
    if letters in ("y", "yyyy"):
        return year if letters == "y" else call("LPAD", year, exp.Literal.number(4), text("0"))
    if set(letters) == {"S"} and len(letters) <= 9:
        digits = exp.DPipe(this=call("STRFTIME", value.copy(), text("%f")), expression=text("000"))
        return call("LEFT", exp.paren(digits), exp.Literal.number(len(letters)))
    if letters in ("Q", "QQ", "QQQ", "q", "qq", "qqq"):
        quarter = to(call("QUARTER", value.copy()), "VARCHAR")
        return quarter if len(letters) == 1 else _joined([text("0" if len(letters) == 2 else "Q"), quarter])
    raise _unread(letters, pattern)


def _unread(letters: str, pattern: exp.Expr | None) -> Exception:
    shown = pattern.name if pattern is not None else ""
    return refused(f"{letters!r} in the date pattern {shown!r}")


def read(value: exp.Expr, pattern: exp.Expr | None, *, attempt: bool = False) -> exp.Expr:
    """The TIMESTAMP that the text `value` spells by the pattern; other text is an error, or NULL for an attempt."""
    groups: list[str] = []
    matched = "(?i)"
    for piece in pieces(pattern):
        letters = piece.letters
        if not letters:
            matched += re.escape(piece.literal).replace("/", "[/]")
        elif letters in _READ and _READ[letters][0] not in groups:
            groups.append(_READ[letters][0])
            matched += f"({_READ[letters][1]})"
        elif set(letters) == {"S"} and len(letters) <= 9 and "fraction" not in groups:
            groups.append("fraction")
            matched += rf"(\d{{1,{len(letters)}}})"
        else:
            raise _unread(letters, pattern)
    if {"half_hour", "half"} & set(groups) and not {"half_hour", "half"} <= set(groups):
        raise refused(f"The date pattern {pattern.name if pattern is not None else ''!r} ('h' and 'a' go together)")
    spelled = _spelled(value, matched, groups)
    moment = exp.TryCast(this=spelled, to=exp.DataType.build("TIMESTAMPTZ", dialect="duckdb"))
    fits = call("REGEXP_FULL_MATCH", value.copy(), text(matched))
    found = exp.case().when(fits, moment).else_(exp.Null())
    if attempt:
        return found
    wrong = fail("CANNOT_PARSE_TIMESTAMP", "Text that does not fit the pattern: ", value)
    empty = exp.Is(this=value.copy(), expression=exp.Null())
    return exp.case().when(empty, exp.Null()).else_(call("COALESCE", found, wrong))


def _spelled(value: exp.Expr, matched: str, groups: list[str]) -> exp.Expr:
    """The moment as `yyyy-mm-dd hh:mm:ss.ffffff+zone`, put together from the groups of the pattern."""

    def group(name: str, missing: str) -> exp.Expr:
        if name not in groups:
            return text(missing)
        number = exp.Literal.number(groups.index(name) + 1)
        return call("REGEXP_EXTRACT", value.copy(), text(matched), number)

    year = group("year", "1970")
    if "short_year" in groups:
        year = _joined([text("20"), group("short_year", "")])
    month = group("month", "01")
    for name, names in (("short_month", _MONTHS), ("long_month", _LONG_MONTHS)):
        if name in groups:
            listed = exp.Array(expressions=[text(item) for item in names])
            month = to(call("LIST_POSITION", listed, call("LOWER", group(name, ""))), "VARCHAR")
    fraction = call("RPAD", group("fraction", "0"), exp.Literal.number(6), text("0"))
    zone = exp.case().when(exp.EQ(this=call("LOWER", group("zone", "z")), expression=text("z")), text("+00"))
    parts = [
        call("LPAD", year, exp.Literal.number(4), text("0")), text("-"), month, text("-"), group("day", "01"),
        text(" "), _hour(group, groups), text(":"), group("minute", "00"), text(":"), group("second", "00"), text("."),
        fraction, zone.else_(group("zone", "+00")),
    ]  # fmt: skip
    return exp.paren(_joined(parts))


def _hour(group: object, groups: list[str]) -> exp.Expr:
    assert callable(group)
    if "half_hour" not in groups:
        hour: exp.Expr = group("hour", "00")
        return hour
    twelve = exp.Literal.number(12)
    number = exp.Mod(this=to(group("half_hour", ""), "INTEGER"), expression=twelve)
    afternoon = exp.case().when(exp.EQ(this=call("LOWER", group("half", "")), expression=text("pm")), twelve.copy())
    in_day = exp.Add(this=exp.paren(number), expression=afternoon.else_(exp.Literal.number(0)))
    valid = exp.Between(
        this=to(group("half_hour", ""), "INTEGER"), low=exp.Literal.number(1), high=exp.Literal.number(12)
    )
    return exp.case().when(valid, to(exp.paren(in_day), "VARCHAR")).else_(text("99"))
