"""The response of a turn about tests: how many hold, which do not, one row a test, and the tests as a file."""

from __future__ import annotations

from collections import Counter

from agents.messages import TestRow, TestsRan, TestsWritten
from core.errors import AccessDenied
from core.types import Column, ErrorInfo, Response

_COLUMNS = (
    Column(name="name", type="STRING"),
    Column(name="kind", type="STRING"),
    Column(name="target", type="STRING"),
    Column(name="status", type="STRING"),
    Column(name="violations", type="BIGINT"),
    Column(name="detail", type="STRING"),
)
MOST_ROWS = 1000
_MOST_FINDINGS = 5


def tested(written: TestsWritten | None, ran: TestsRan | None) -> Response | None:
    """None when there is nothing to say yet."""
    if written is not None and written.outcome != "written":
        return _without(written.outcome, written.reason)
    if ran is None:
        return None
    if ran.outcome == "exported" and ran.code is not None:
        return Response(status="answered", answer=ran.code.explanation, rung="tests", code=ran.code)
    if ran.outcome != "ran":
        return _without(ran.outcome, ran.reason)
    rows = tuple(_row(row) for row in ran.rows[:MOST_ROWS])
    return Response(
        status="answered",
        answer=_sentences(written, ran),
        rung="tests",
        columns=_COLUMNS,
        rows=rows,
        row_count=len(ran.rows),
        truncated=len(ran.rows) > MOST_ROWS,
        code=ran.code,
        understood=tuple(f"not covered: {gap.what}: {gap.why}" for gap in (written.gaps if written else ())),
        suggestions=_suggestions(ran),
    )


def _without(outcome: str, reason: str) -> Response:
    if outcome == "not_allowed":
        told, step = reason.find("Ask "), AccessDenied.default_next_step  # a guard's reason has its own next step
        message, step = (reason[:told].strip(), reason[told:]) if told > 0 else (reason, step)
        error = ErrorInfo(code="access_denied", message=message, next_step=step, retryable=False)
        return Response(status="refused", answer=f"{message} {step}", reason=message, rung="tests", error=error)
    return Response(status="needs_clarification", answer=reason, reason=reason, rung="tests")


def _row(row: TestRow) -> tuple[str | int | None, ...]:
    parts = [row.detail, f"For example: {'; '.join(row.sample)}." if row.sample else ""]
    parts.append("" if row.change in ("new", "same") else f"({row.change})")
    return (row.name, row.kind, row.target, row.status, row.violations, " ".join(filter(None, parts)))


def _sentences(written: TestsWritten | None, ran: TestsRan) -> str:
    counted: Counter[str] = Counter(row.status for row in ran.rows)
    parts = []
    if written is not None:
        kept = written.total - written.new
        parts.append(f"{_count(written.total, 'test')} for {ran.title}: {written.new} written now, {kept} kept before.")
    said = [f"{counted['passed']} of {len(ran.rows)} passed"]
    said += [f"{counted[status]} {word}" for status, word in _WORDS if counted[status]]
    parts.append(", ".join(said) + ".")
    findings = [row for row in ran.rows if row.status == "failed"]
    parts += [f"\n- {row.target.split('.')[-1]}: {row.detail} ({row.change})" for row in findings[:_MOST_FINDINGS]]
    if len(findings) > _MOST_FINDINGS:
        parts.append(f"\n- and {len(findings) - _MOST_FINDINGS} more below")
    mended = [row.name for row in ran.rows if row.change == "mended"]
    if mended:
        parts.append(f"\nMended since the last run: {', '.join(mended[:_MOST_FINDINGS])}.")
    return " ".join(parts)


_WORDS = (("failed", "failed"), ("error", "could not be run"), ("not_run", "not run"))


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _suggestions(ran: TestsRan) -> tuple[str, ...]:
    return (f"Run the tests of {ran.title}", f"Export the tests of {ran.title} as SQL")
