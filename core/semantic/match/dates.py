"""Times in a question as half-open ranges of days: 'last quarter', 'in March 2024', 'since 2019', 'Q2', '1997'."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from core.semantic.match.tokens import Token

MONTHS = {
    "january": 1, "february": 2, "march": 3, "april": 4, "may": 5, "june": 6, "july": 7, "august": 8, "september": 9,
    "october": 10, "november": 11, "december": 12, "jan": 1, "feb": 2, "mar": 3, "apr": 4, "jun": 6, "jul": 7,
    "aug": 8, "sep": 9, "sept": 9, "oct": 10, "nov": 11, "dec": 12,
}  # fmt: skip
_UNITS = {"day": "day", "week": "week", "month": "month", "quarter": "quarter", "year": "year", "decade": "decade"}
_ORDINALS = {"first": 1, "second": 2, "third": 3, "fourth": 4, "1st": 1, "2nd": 2, "3rd": 3, "4th": 4}
_LAST = frozenset(("last", "past", "previous", "prior"))


@dataclass(frozen=True)
class When:
    """A span of days: start <= day < end; None is open. `year` is set when the words were a bare year."""

    start: date | None
    end: date | None
    label: str
    year: int | None = None
    years: tuple[int | None, int | None] | None = None
    ends: tuple[When, When] | None = None
    """The two times of 'from Q1 2024 to Q1 2025'."""
    """(first, last) whole years, inclusive, when the span is made of whole years."""


def month_start(day: date, offset: int = 0) -> date:
    months = day.year * 12 + day.month - 1 + offset
    return date(months // 12, months % 12 + 1, 1)


def period(unit: str, today: date, offset: int) -> tuple[date, date]:
    """The calendar period of `unit` that holds `today`, moved by `offset` periods."""
    if unit == "day":
        start = today + timedelta(days=offset)
        return start, start + timedelta(days=1)
    if unit == "week":
        start = today - timedelta(days=today.weekday()) + timedelta(weeks=offset)
        return start, start + timedelta(weeks=1)
    if unit == "month":
        return month_start(today, offset), month_start(today, offset + 1)
    if unit == "quarter":
        first = date(today.year, (today.month - 1) // 3 * 3 + 1, 1)
        return month_start(first, 3 * offset), month_start(first, 3 * offset + 3)
    years = 10 if unit == "decade" else 1
    base = today.year // years * years + offset * years
    return date(base, 1, 1), date(base + years, 1, 1)


def back(today: date, unit: str, count: int) -> date:
    """`count` units before `today`; the 31st becomes the last day of a shorter month."""
    if unit in ("day", "week"):
        return today - timedelta(days=count * (7 if unit == "week" else 1))
    months = count * {"month": 1, "quarter": 3, "year": 12, "decade": 120}[unit]
    first = month_start(today, -months)
    return first.replace(day=min(today.day, monthrange(first.year, first.month)[1]))


def find_when(tokens: Sequence[Token], at: int, today: date) -> tuple[int, When] | None:
    """The longest time expression that begins at `at`: (tokens used, range)."""
    best: tuple[int, When] | None = None
    for rule in _RULES:
        found = rule(tokens, at, today)
        if found is not None and (best is None or found[0] > best[0]):
            best = found
    return best


def _words(tokens: Sequence[Token], at: int, count: int) -> list[str]:
    return [token.word for token in tokens[at : at + count]] + [""] * max(0, at + count - len(tokens))


def _is_year(token: Token) -> bool:
    return token.number is not None and len(token.text) == 4 and token.text.isdigit() and 1000 <= token.number <= 2199


def _relative(tokens: Sequence[Token], at: int, today: date) -> tuple[int, When] | None:
    first, second, third = _words(tokens, at, 3)
    if first in ("today", "yesterday"):
        start, end = period("day", today, 0 if first == "today" else -1)
        return 1, When(start, end, first)
    if first in ("ytd",) or (first, second, third) == ("year", "to", "date"):
        return (1 if first == "ytd" else 3), When(
            date(today.year, 1, 1), today + timedelta(days=1), "this year to date"
        )
    skip = 1 if first == "the" else 0
    first, second, third = _words(tokens, at + skip, 3)
    if first in _LAST or first in ("this", "current"):
        unit = _UNITS.get(second)
        if unit is not None and not second.endswith("s"):
            start, end = period(unit, today, -1 if first in _LAST else 0)
            year = start.year if unit == "year" else None
            return skip + 2, When(
                start, end, f"{first} {second} ({_span(start, end)})", year, (year, year) if year else None
            )
        number = tokens[at + skip + 1].number if at + skip + 1 < len(tokens) else None
        calendar = third == "calendar"
        unit_word = _words(tokens, at + skip + 3, 1)[0] if calendar else third
        unit = _UNITS.get(unit_word.rstrip("s"))
        if first in _LAST and number is not None and number == int(number) and unit is not None and 0 < number < 2000:
            used = skip + 3 + (1 if calendar else 0)
            return _last_n(int(number), unit, today, used, calendar)
    return None


def _last_n(count: int, unit: str, today: date, used: int, calendar: bool) -> tuple[int, When]:
    if calendar:
        start, end = period(unit, today, -count)[0], period(unit, today, 0)[0]
    else:
        start, end = back(today, unit, count), today + timedelta(days=1)
    return used, When(start, end, f"the last {count} {unit}s ({_span(start, end)})")


def _month(tokens: Sequence[Token], at: int, today: date) -> tuple[int, When] | None:
    skip = 0
    if _words(tokens, at, 3) == ["the", "month", "of"]:
        skip = 3
    elif _words(tokens, at, 2) == ["month", "of"]:
        skip = 2
    word = _words(tokens, at + skip, 1)[0].rstrip(".")
    month = MONTHS.get(word)
    after = tokens[at + skip + 1 : at + skip + 2]
    small = word in ("may", "mar", "sep", "dec", "jan", "jun") and not tokens[at + skip].text[0].isupper()
    if month is None or (small and not (after and _is_year(after[0]))):
        return None
    return _month_rest(tokens, at, skip, month, today)


def _month_rest(tokens: Sequence[Token], at: int, skip: int, month: int, today: date) -> tuple[int, When] | None:
    after = at + skip + 1
    of = 1 if _words(tokens, after, 1)[0] in ("of", ",", "in") else 0
    if after + of < len(tokens) and _is_year(tokens[after + of]):
        start = date(int(tokens[after + of].number or 0), month, 1)
        return skip + 2 + of, When(start, month_start(start, 1), f"{start:%B %Y}")
    day = tokens[after].number if after < len(tokens) else None
    if day is not None and 1 <= day <= 31 and day == int(day):
        comma = 1 if _words(tokens, after + 1, 1)[0] == "," else 0
        at_year = after + 1 + comma
        if at_year < len(tokens) and _is_year(tokens[at_year]):
            return _day(skip + 3 + comma, int(tokens[at_year].number or 0), month, int(day))
    if tokens[at + skip].word in ("march", "may", "august") and not tokens[at + skip].text[0].isupper():
        return None
    year = today.year if month <= today.month else today.year - 1
    start = date(year, month, 1)
    return skip + 1, When(start, month_start(start, 1), f"{start:%B %Y}")


def _day(used: int, year: int, month: int, day: int) -> tuple[int, When] | None:
    try:
        start = date(year, month, day)
    except ValueError:
        return None
    return used, When(start, start + timedelta(days=1), start.isoformat())


def _exact_day(tokens: Sequence[Token], at: int, today: date) -> tuple[int, When] | None:
    token = tokens[at]
    if token.kind == "date" and "-" not in token.text:
        return None
    if token.kind == "date":
        parts = [int(part) for part in token.text.split("-")]
        return _day(1, parts[0], parts[1], parts[2])
    number, of, word = token.number, 1 if _words(tokens, at + 1, 1)[0] == "of" else 0, ""
    word = _words(tokens, at + 1 + of, 1)[0]
    if number is not None and 1 <= number <= 31 and word in MONTHS:
        year_at = at + 2 + of
        if year_at < len(tokens) and _is_year(tokens[year_at]):
            return _day(3 + of, int(tokens[year_at].number or 0), MONTHS[word], int(number))
    return None


def _week_of(tokens: Sequence[Token], at: int, today: date) -> tuple[int, When] | None:
    """'the week of 4 May 2026': the whole week that the day is in."""
    skip = 1 if tokens[at].word == "the" else 0
    first, second, third = _words(tokens, at + skip, 3)
    skip += 2 if first == "week" and second in ("of", "from", "beginning", "starting") else 0
    if first != "week" or at + skip >= len(tokens) or second not in ("of", "from", "beginning", "starting"):
        return None
    skip += 1 if third == "the" else 0
    day = (
        (_exact_day(tokens, at + skip, today) or _month(tokens, at + skip, today)) if at + skip < len(tokens) else None
    )
    if day is None or day[1].start is None or day[1].end != day[1].start + timedelta(days=1):
        return None
    start, end = period("week", day[1].start, 0)
    return skip + day[0], When(start, end, f"week of {_span(start, end)}")


def _quarter(tokens: Sequence[Token], at: int, today: date) -> tuple[int, When] | None:
    skip = 1 if tokens[at].word == "the" else 0
    first, second = _words(tokens, at + skip, 2)
    number, used = None, skip
    if len(first) == 2 and first[0] == "q" and first[1] in "1234":
        number, used = int(first[1]), skip + 1
    elif first in ("last", "final") and second == "quarter" and _words(tokens, at + skip + 2, 1)[0] == "of":
        number, used = 4, skip + 2
    elif first in _ORDINALS and second == "quarter":
        number, used = _ORDINALS[first], skip + 2
    if number is None and skip == 0 and _is_year(tokens[at]) and len(second) == 2 and second in _QUARTERS:
        start = date(int(tokens[at].number or 0), int(second[1]) * 3 - 2, 1)
        return 2, When(start, month_start(start, 3), f"Q{second[1]} {start.year}")
    if number is None:
        return None
    of = 1 if _words(tokens, at + used, 1)[0] in ("of", "in") else 0
    year = today.year
    if at + used + of < len(tokens) and _is_year(tokens[at + used + of]):
        year, used = int(tokens[at + used + of].number or 0), used + of + 1
    start = date(year, number * 3 - 2, 1)
    return used, When(start, month_start(start, 3), f"Q{number} {year}")


_QUARTERS = ("q1", "q2", "q3", "q4")


def _half(tokens: Sequence[Token], at: int, today: date) -> tuple[int, When] | None:
    """'the first half of 2026', 'H1 2026'."""
    skip = 1 if tokens[at].word == "the" else 0
    first, second = _words(tokens, at + skip, 2)
    if first in ("h1", "h2"):
        half, used = int(first[1]), skip + 1
    elif first in ("first", "second", "1st", "2nd") and second == "half":
        half, used = _ORDINALS[first], skip + 2
    else:
        return None
    of = 1 if _words(tokens, at + used, 1)[0] in ("of", "in") else 0
    if at + used + of < len(tokens) and _is_year(tokens[at + used + of]):
        year, used = int(tokens[at + used + of].number or 0), used + of + 1
    else:
        words = _words(tokens, at + used, 3)
        named = 3 if words[0] == "of" and words[1] in ("this", "last") and words[2] == "year" else 0
        year, used = today.year - (1 if named and words[1] == "last" else 0), used + named
    start = date(year, 6 * half - 5, 1)
    return used, When(start, month_start(start, 6), f"H{half} {year}")


def _year(tokens: Sequence[Token], at: int, today: date) -> tuple[int, When] | None:
    skip = 0
    if _words(tokens, at, 3)[0] == "the" and _words(tokens, at, 3)[1] == "year":
        skip = 2
    elif _words(tokens, at, 2)[0] == "year" or (tokens[at].word == "the" and _words(tokens, at + 1, 1)[0][-2:] == "0s"):
        skip = 1
    if at + skip < len(tokens) and skip and _words(tokens, at + skip, 1)[0] == "of":
        skip += 1
    if at + skip >= len(tokens):
        return None
    token = tokens[at + skip]
    if token.word.endswith("s") and token.word[:-1].isdigit() and len(token.word) == 5 and token.word[3] == "0":
        start = int(token.word[:-1])
        return skip + 1, When(date(start, 1, 1), date(start + 10, 1, 1), f"the {start}s", None, (start, start + 9))
    if not _is_year(token):
        return None
    year = int(token.number or 0)
    return skip + 1, When(date(year, 1, 1), date(year + 1, 1, 1), str(year), year, (year, year))


def _open(tokens: Sequence[Token], at: int, today: date) -> tuple[int, When] | None:
    words = _words(tokens, at, 3)
    lead = words[0]
    skip = 1
    if words[:2] in (
        ["prior", "to"],
        ["up", "to"],
        ["later", "than"],
        ["earlier", "than"],
        ["on", "or"],
        ["starting", "from"],
    ):
        lead, skip = " ".join(words[:2]), 2
    if words == ["on", "or", "after"] or words == ["on", "or", "before"]:
        lead, skip = ("since" if words[2] == "after" else "until"), 3
    sides: dict[str, Callable[[When], When]] = {
        "since": lambda w: When(w.start, None, f"since {w.label}", None, _years(w, first=True)),
        "after": lambda w: When(w.end, None, f"after {w.label}", None, _years(w, after=True)),
        "before": lambda w: When(None, w.start, f"before {w.label}", None, _years(w, before=True)),
        "until": lambda w: When(None, w.end, f"until {w.label}", None, _years(w, last=True)),
    }
    same = {
        "prior to": "before",
        "later than": "after",
        "earlier than": "before",
        "starting from": "since",
        "till": "until",
        "from": "",
        "through": "until",
    }
    side = sides.get(same.get(lead, lead))
    if side is None or at + skip >= len(tokens):
        return None
    words = _words(tokens, at + skip, 3)
    for lead_in in (["the", "start", "of"], ["the", "beginning", "of"], ["start", "of"], ["beginning", "of"]):
        if words[: len(lead_in)] == lead_in:
            skip += len(lead_in)
            break
    if at + skip >= len(tokens):
        return None
    inner = _closed(tokens, at + skip, today)
    return (skip + inner[0], side(inner[1])) if inner is not None else None


def _years(
    w: When, *, first: bool = False, last: bool = False, before: bool = False, after: bool = False
) -> tuple[int | None, int | None] | None:
    if w.years is None:
        return None
    low, high = w.years[0], w.years[1]
    if first:
        return low, None
    if last:
        return None, high
    if low is None or high is None:
        return None
    return (None, low - 1) if before else (high + 1, None)


def _between(tokens: Sequence[Token], at: int, today: date) -> tuple[int, When] | None:
    lead = tokens[at].word
    if lead in MONTHS and not _COMPARING & {token.word for token in tokens}:
        return _months(tokens, at, today)
    if lead not in ("between", "from"):
        return None
    left = _closed(tokens, at + 1, today)
    if left is None:
        return None
    middle = at + 1 + left[0]
    joiners = ("and",) if lead == "between" else ("to", "until", "through", "till", "and")
    if middle + 1 >= len(tokens) or tokens[middle].word not in joiners:
        return None
    right = _closed(tokens, middle + 1, today)
    if right is None or left[1].start is None or right[1].end is None:
        return None
    start = left[1].start
    if tokens[at + 1].word in MONTHS and left[0] == 1 and right[1].start is not None:
        start = date(right[1].start.year, start.month, 1)
    if start >= right[1].end:
        return None
    years = None
    if left[1].years and right[1].years:
        years = (left[1].years[0], right[1].years[1])
    label = f"{left[1].label} to {right[1].label}"
    return 2 + left[0] + right[0], When(start, right[1].end, label, None, years, (left[1], right[1]))


_COMPARING = frozenset(("compare", "compared", "comparison", "versus", "vs", "change", "growth", "ratio"))


def _months(tokens: Sequence[Token], at: int, today: date) -> tuple[int, When] | None:
    """'January to June 2026': both months are of the one year that is named."""
    if at + 2 >= len(tokens) or tokens[at + 1].word not in ("to", "until", "through", "till"):
        return None
    last = _month(tokens, at + 2, today)
    if last is None or last[1].start is None or not _is_year(tokens[at + 1 + last[0]]):
        return None
    start = date(last[1].start.year, MONTHS[tokens[at].word], 1)
    if last[1].end is None or start >= last[1].start:
        return None
    return 2 + last[0], When(start, last[1].end, f"{tokens[at].text} to {last[1].label}")


def _closed(tokens: Sequence[Token], at: int, today: date) -> tuple[int, When] | None:
    best: tuple[int, When] | None = None
    if at >= len(tokens):
        return None
    for rule in (_relative, _month, _exact_day, _quarter, _half, _year):
        found = rule(tokens, at, today)
        if found is not None and (best is None or found[0] > best[0]):
            best = found
    return best


def _span(start: date, end: date) -> str:
    return f"{start.isoformat()} to {(end - timedelta(days=1)).isoformat()}"


_RULES = (_relative, _month, _exact_day, _week_of, _quarter, _half, _year, _open, _between)
