"""The answer to a question about the platform in words, and as a drawing: only what stands in the rows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from agents.operations.operations import Asked
from agents.operations.queries import UNPRICED, Course
from core.execution import ReadResult
from core.semantic.chart import chart
from core.semantic.figures import number
from core.semantic.headline import headline
from core.semantic.query import SemanticQuery, Term
from core.types import Chart, Scalar

ENOUGH_CALLS = 10
"""A change between two periods is told where both rest on at least so many calls."""
ENOUGH_CHANGE = 0.05
"""And where the figure moved by more than this share."""
_MOST_TOLD = 4
_OWN = " These are your own questions only."
Row = Sequence[Scalar]


def told(asked: Asked, result: ReadResult) -> tuple[str, Chart]:
    """The sentence and the chart."""
    sentence, drawing = _by_kind(asked, result)
    return sentence + (_OWN if asked.only is not None else ""), drawing


def _by_kind(asked: Asked, result: ReadResult) -> tuple[str, Chart]:
    assert asked.query is not None, "rows come from a query"
    if asked.course is not None:
        return _course(asked, asked.course, result)
    if asked.wording.kind == "why":
        return _causes(asked.query, result)
    if asked.wording.kind == "listing":
        return _listed(asked, result), Chart(kind="none")
    return _figures(asked.query, result)


def _listed(asked: Asked, result: ReadResult) -> str:
    what = asked.model.entities[0].name if asked.model is not None else "question"
    period = asked.query.time.label if asked.query is not None and asked.query.time is not None else ""
    when = f" ({period})" if period else ""
    if not result.rows:
        return f"There is no such {what}{when}."
    count = f"{'More than ' if result.truncated else ''}{result.row_count:,}"
    return f"{count} {what}{'' if result.row_count == 1 else 's'}, newest first{when}."


def _figures(query: SemanticQuery, result: ReadResult) -> tuple[str, Chart]:
    """The headline of the semantic layer; the count of calls without a price becomes a sentence of its own."""
    last = query.terms[-1] if query.terms else None
    counted = isinstance(last, Term) and (last.measure or "").startswith(UNPRICED) and len(query.terms) > 1
    if not counted:
        sentence = headline(query, result.columns, result.rows, truncated=result.truncated)
        return sentence, chart(query, result.columns, result.rows)
    bare = query.model_copy(update={"terms": query.terms[:-1]})
    columns, rows = result.columns[:-1], [row[:-1] for row in result.rows]
    unpriced = sum(_count(row[-1]) for row in result.rows)
    sentence = headline(bare, columns, rows, truncated=result.truncated)
    if len(rows) == 1 and not bare.groups and rows[0][0] is None:
        sentence = _nothing_known(bare, unpriced)
    if unpriced:
        calls = "1 call of a model has" if unpriced == 1 else f"{unpriced:,} calls of models have"
        sentence += f" {calls} no known price, so what they cost is not in it."
    return sentence, chart(bare, columns, rows)


def _nothing_known(query: SemanticQuery, unpriced: int) -> str:
    period = f" ({query.time.label})" if query.time is not None and query.time.label else ""
    return f"What it cost is not known{period}." if unpriced else f"Nothing was spent{period}."


def _causes(query: SemanticQuery, result: ReadResult) -> tuple[str, Chart]:
    term = query.terms[0]
    name = (term.measure if isinstance(term, Term) else None) or "these"
    period = f" ({query.time.label})" if query.time is not None and query.time.label else ""
    if not result.rows:
        return f"No {name}{period}.", Chart(kind="none")
    at = len(query.groups)
    total = sum(_count(row[at]) for row in result.rows)
    parts = [f"{number(row[at])} {_labelled(row[:at])}" for row in result.rows[:_MOST_TOLD]]
    more = len(result.rows) - len(parts)
    rest = f" and {more:,} more causes" if more > 0 else ""
    causes = f"{', '.join(parts)}{rest}"
    return f"{name.capitalize()}: {total:,}{period}. By cause: {causes}.", chart(query, result.columns, result.rows)


def _course(asked: Asked, course: Course, result: ReadResult) -> tuple[str, Chart]:
    assert asked.query is not None, "a course has a query"
    at, more = len(asked.query.groups), asked.wording.direction == "more"
    enough = [row for row in result.rows if _calls(row, at) >= ENOUGH_CALLS]
    few = [_labelled(row[:at]) for row in result.rows if _calls(row, at) < ENOUGH_CALLS and row[at + 3]]
    moved = [row for row in enough if _moved(row[at + 2], more)]
    what = str(getattr(asked.query.terms[0], "measure", ""))
    parts = [_change(row, at) for row in moved[:_MOST_TOLD]]
    rest = f"; and {len(moved) - len(parts):,} more" if len(moved) > len(parts) else ""
    span = f"{_days(course.start, course.end)} against {_days(course.before_start, course.before_end)}"
    verdict = _verdict(asked, len(moved), len(enough))
    sentence = f"{verdict} ({what}, {span})" + (f": {'; '.join(parts)}{rest}." if parts else ".")
    if few:
        told_few = ", ".join(few[:6]) + (f" and {len(few) - 6:,} more" if len(few) > 6 else "")
        sentence += f" Fewer than {ENOUGH_CALLS} calls in one of the periods, so nothing is said of: {told_few}."
    return sentence, _course_chart(result, at)


def _verdict(asked: Asked, moved: int, enough: int) -> str:
    assert asked.query is not None, "a course has a query"
    how = asked.wording.change
    if not asked.query.groups:
        return f"{'Yes' if moved else 'No'}, it {'' if moved else 'did not get '}{'got ' if moved else ''}{how}"
    what = asked.query.groups[0].dimension
    if not enough:
        return f"No {what} had enough calls in both periods to say"
    return f"{moved:,} of {enough:,} {what}s got {how}" if moved else f"None of {enough:,} {what}s got {how}"


def _change(row: Row, at: int) -> str:
    now, before, percent = row[at], row[at + 1], row[at + 2]
    change = float(percent) - 100 if isinstance(percent, (int, float)) else 0.0
    name = f"{_labelled(row[:at])} " if at else ""
    return f"{name}{_short(before)} → {_short(now)} ({change:+.0f} %)"


def _short(cell: Scalar) -> str:
    """A figure with three digits that count: two of a pair are read side by side."""
    if isinstance(cell, bool) or not isinstance(cell, (int, float)):
        return number(cell)
    return f"{cell:,.0f}" if abs(cell) >= 100 else f"{cell:.3g}"


def _calls(row: Row, at: int) -> int:
    """The smaller number of calls of the two periods."""
    return min(_count(value) for value in row[at + 3 : at + 5])


def _count(cell: Scalar) -> int:
    return int(cell) if isinstance(cell, (int, float)) else 0


def _moved(percent: Scalar, more: bool) -> bool:
    if not isinstance(percent, (int, float)):
        return False
    share = float(percent) / 100 - 1
    return share > ENOUGH_CHANGE if more else share < -ENOUGH_CHANGE


def _course_chart(result: ReadResult, at: int) -> Chart:
    names = [column.name for column in result.columns]
    if at != 1 or len(result.rows) < 2:
        return Chart(kind="none")
    return Chart(kind="bar", x=names[0], y=(names[2], names[1]))


def _days(start: date, end: date) -> str:
    last = end - timedelta(days=1)
    return start.isoformat() if last <= start else f"{start.isoformat()} to {last.isoformat()}"


def _labelled(cells: Row) -> str:
    return ", ".join("no error recorded" if cell is None else str(cell) for cell in cells)
