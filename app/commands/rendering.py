"""A response as plain text for a terminal."""

from __future__ import annotations

from core.types import Column, Response, Scalar

_WIDEST = 40
_ROWS = 50


def render(response: Response) -> str:
    """Answer, rows, statement, sources, choices and the path of agents, each only where there is one."""
    blocks = [response.answer]
    if response.rows:
        blocks.append(_table(response.columns, response.rows[:_ROWS]))
        if (response.row_count or 0) > _ROWS:
            blocks.append(f"… {response.row_count} rows in all" + (" (more exist)" if response.truncated else ""))
    if response.understood:
        blocks.append("Understood: " + " · ".join(response.understood))
    if response.sql:
        blocks.append(f"SQL:\n{response.sql}")
    if response.approval_id:
        blocks.append(f"Approval request: {response.approval_id}")
    if response.citations:
        lines = [f"[{n}] {c.title} › {c.heading} ({c.document_id})" for n, c in enumerate(response.citations, 1)]
        blocks.append("Sources:\n" + "\n".join(lines))
    if response.options:
        blocks.append("\n".join(f"- {option.label}: {option.question}" for option in response.options))
    if response.suggestions:
        blocks.append("You can ask:\n" + "\n".join(f"- {text}" for text in response.suggestions))
    if response.error and response.error.next_step not in response.answer:
        blocks.append(response.error.next_step)
    blocks.append(_path(response))
    return "\n\n".join(block for block in blocks if block)


def _path(response: Response) -> str:
    steps = [f"{step.agent.removesuffix('Agent')} {step.seconds or 0:.2f} s" for step in response.plan]
    parts = [" › ".join(["Orchestrator", *steps]), f"{response.usage.seconds:.2f} s in all"]
    return f"({' · '.join([*([response.rung] if response.rung else []), *parts])}; id {response.correlation_id})"


def _table(columns: tuple[Column, ...], rows: tuple[tuple[Scalar, ...], ...]) -> str:
    cells = [[_cell(value) for value in row] for row in rows]
    widths = [max(len(column.name), *(len(row[index]) for row in cells)) for index, column in enumerate(columns)]
    numeric = [all(isinstance(row[i], int | float) or row[i] is None for row in rows) for i in range(len(columns))]

    def line(values: list[str]) -> str:
        return "  ".join(
            value.rjust(width) if right else value.ljust(width)
            for value, width, right in zip(values, widths, numeric, strict=True)
        ).rstrip()

    head = [column.name for column in columns]
    return "\n".join([line(head), line(["-" * width for width in widths]), *(line(row) for row in cells)])


def _cell(value: Scalar) -> str:
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:,.2f}"
    text = str(value).replace("\n", " ")
    return text if len(text) <= _WIDEST else f"{text[: _WIDEST - 1]}…"
