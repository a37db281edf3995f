"""A conversation as Markdown, to be kept or sent."""

from __future__ import annotations

from collections.abc import Sequence

from core.types import Response, Turn

_ROWS = 100


def conversation_markdown(title: str, turns: Sequence[Turn]) -> str:
    """Questions as headings, then answer, rows (at most 100 a turn), statement and sources."""
    parts = [f"# {_line(title)}"]
    for turn in turns:
        parts.append(f"## {_line(turn.question)}")
        parts.append(f"_{turn.user_id} ({turn.user_role}), {turn.asked_at:%Y-%m-%d %H:%M} UTC_")
        parts += _answer(turn.response) if turn.response else ["_No answer yet._"]
    return "\n\n".join(parts) + "\n"


def _answer(response: Response) -> list[str]:
    parts = [response.answer or response.reason or response.status]
    if response.rows:
        parts.append(_table(response))
    if response.sql:
        parts.append(f"```sql\n{response.sql}\n```")
    if response.code and response.code.language != "sql":
        parts.append(f"```python\n{response.code.text}\n```")
    parts += [f"> [{n}] **{c.title}** › {c.heading}: {_line(c.passage)}" for n, c in enumerate(response.citations, 1)]
    if response.approval_id:
        parts.append(f"Approval request `{response.approval_id}`")
    how = f"{response.status}" + (f", {response.rung}" if response.rung else "")
    parts.append(f"_{how}, {response.usage.seconds:.2f} s, id {response.correlation_id}_")
    return parts


def _table(response: Response) -> str:
    rows = (response.rows or ())[:_ROWS]
    head = "| " + " | ".join(_cell(column.name) for column in response.columns) + " |"
    rule = "|" + " --- |" * len(response.columns)
    body = ["| " + " | ".join(_cell(value) for value in row) + " |" for row in rows]
    more = [f"_{response.row_count} rows in all._"] if (response.row_count or 0) > len(rows) else []
    return "\n".join([head, rule, *body]) + ("\n\n" + more[0] if more else "")


def _cell(value: object) -> str:
    return "" if value is None else _line(str(value)).replace("|", "\\|")


def _line(text: str) -> str:
    return " ".join(text.split())
