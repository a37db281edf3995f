"""How numbers, money, durations and moments are written, the same on every page."""

from __future__ import annotations

import math
from datetime import datetime, tzinfo

from core.types import Column, Scalar

_AGENTS = {"RAGAgent": "Knowledge"}
_WHOLE = ("BIGINT", "INT", "SMALLINT", "TINYINT", "LONG", "INTEGER")
_FRACTIONAL = ("DECIMAL", "DOUBLE", "FLOAT", "NUMERIC")


def duration(seconds: float | None) -> str:
    """840 ms, 3.2 s, 4 m 10 s, 1 h 5 m; a dash when unknown."""
    if seconds is None:
        return "–"
    if seconds < 0.9995:
        return f"{max(0, round(seconds * 1000))} ms"
    if seconds < 59.95:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} m {rest} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} m"


def money(amount: float | None, currency: str = "USD") -> str:
    """Money with four significant digits; `unpriced` when a call had no price."""
    if amount is None:
        return "unpriced"
    sign = "$" if currency == "USD" else f"{currency} "
    digits = 4 if amount == 0 else max(0, 3 - math.floor(math.log10(abs(amount))))
    return f"{sign}{amount:,.{min(digits, 10)}f}"


_SIGNS = {"USD": "$", "EUR": "€", "GBP": "£", "": "$"}


def amount(value: float | None, currency: str) -> str:
    """Money of any currency as `money` writes dollars; its code behind it where it has no sign here."""
    written = money(value)
    if value is None or currency in ("USD", ""):
        return written
    sign = _SIGNS.get(currency)
    return written.replace("$", sign) if sign else f"{written.replace('$', '')} {currency}"


def short(count: float) -> str:
    """A number of any size in few characters: 4,210, 81.2 k, 8.1 M."""
    for unit, size_ in (("G", 1e9), ("M", 1e6), ("k", 1e5)):
        if abs(count) >= size_:
            return f"{count / (1e3 if unit == 'k' else size_):,.1f} {unit}"
    return f"{count:,.0f}"


def share(part: float | None) -> str:
    """A share of one in percent, with a decimal where it matters; a dash when it is of nothing."""
    if part is None:
        return "–"
    percent = part * 100
    return f"{percent:.0f} %" if percent in (0, 100) else f"{percent:.1f} %"


def moment(then: datetime, now: datetime) -> str:
    """Relative under a day ('4 m ago'), a date after that; both aware."""
    seconds = (now - then).total_seconds()
    if seconds < 60:
        return "just now"
    if seconds < 3600:
        return f"{int(seconds // 60)} m ago"
    if seconds < 86_400:
        return f"{int(seconds // 3600)} h ago"
    return f"{then.day} {then:%b}" if then.year == now.year else f"{then.day} {then:%b %Y}"


def until(then: datetime, now: datetime) -> str:
    """How long it is to go: 'in 40 s', 'in 12 m', 'in 23 h', 'in 3 d'; 'over' once it is past."""
    seconds = (then - now).total_seconds()
    if seconds <= 0:
        return "over"
    for size, unit in ((86_400 * 2, "d"), (5400, "h"), (90, "m")):
        if seconds >= size:
            return f"in {round(seconds / {'d': 86_400, 'h': 3600, 'm': 60}[unit])} {unit}"
    return f"in {max(1, round(seconds))} s"


def stamp(then: datetime, zone: tzinfo) -> str:
    """The day and the minute on the reader's own clock, with its zone: '28 Nov 05:12 CET'."""
    local = then.astimezone(zone)
    return f"{local.day} {local:%b} {local:%H:%M} {local.tzname()}"


def size(count: int) -> str:
    """Bytes for people: 840 B, 4.2 kB, 1.3 GB."""
    amount = float(count)
    for unit in ("B", "kB", "MB", "GB"):
        if amount < 1000:
            return f"{amount:.0f} {unit}" if unit == "B" or amount >= 100 else f"{amount:.1f} {unit}"
        amount /= 1000
    return f"{amount:,.1f} TB"


def counted(count: int, noun: str) -> str:
    """'1 row', '2,480 rows'."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def agent_name(agent: str) -> str:
    """`CodeAgent` as people say it: Code."""
    return _AGENTS.get(agent, agent.removesuffix("Agent"))


def words(identifier: str) -> str:
    """`semantic_query` as words: semantic query."""
    return identifier.replace("_", " ").replace(".", " ")


def is_number(column: Column) -> bool:
    """Whether the column holds numbers."""
    return column.type.upper().startswith((*_WHOLE, *_FRACTIONAL))


def is_identifier(column: Column) -> bool:
    """Whether the column names things rather than counting them: written without thousands separators."""
    name = column.name.lower()
    return name in ("id", "year", "month", "quarter", "week", "day") or name.endswith(("_id", " id", "_year", " year"))


def decimals(column: Column) -> int:
    """Digits after the point: the scale of a DECIMAL (at most 4), 2 for a DOUBLE, none for whole numbers."""
    kind = column.type.upper().replace(" ", "")
    if kind.startswith(_WHOLE):
        return 0
    if "," in kind:
        return min(4, int(kind.split(",")[1].rstrip(")")))
    return 0 if kind.startswith("DECIMAL") else 2


def cell(value: Scalar, column: Column) -> str:
    """One value of a result as shown; a dash for null."""
    if value is None:
        return "–"
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    if is_identifier(column):
        return str(value)
    return f"{value:,.{decimals(column)}f}"
