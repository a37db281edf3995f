"""A response on a terminal: each part only where there is one, numbers right-aligned, long texts cut."""

from __future__ import annotations

from app.commands.rendering import render
from core.types import Citation, Column, ErrorInfo, Option, PlanStep, Response, Usage

STEP = PlanStep(step=1, agent="CodeAgent", kind="code.generate", status="done", seconds=0.021)


def test_rows_are_a_table_with_right_aligned_numbers() -> None:
    response = Response(
        status="answered",
        answer="Ann leads.",
        rung="semantic_query",
        columns=(Column(name="who", type="STRING"), Column(name="sum", type="DOUBLE")),
        rows=(("Ann", 1200.5), ("Bob", None), ("x" * 60, 7.0)),
        row_count=3,
        sql="SELECT 1",
        plan=(STEP,),
        usage=Usage(seconds=0.5),
        correlation_id="c1",
    )
    lines = render(response).splitlines()
    assert lines[0] == "Ann leads."
    assert lines[2].split() == ["who", "sum"]
    assert lines[4].endswith("1,200.50")
    assert lines[5].endswith("–")
    assert "…" in lines[6]
    assert "SQL:\nSELECT 1" in render(response)
    assert lines[-1] == "(semantic_query · Orchestrator › Code 0.02 s · 0.50 s in all; id c1)"


def test_many_rows_are_counted() -> None:
    rows = tuple((n,) for n in range(60))
    response = Response(
        status="answered", columns=(Column(name="n", type="INT"),), rows=rows, row_count=60, truncated=True
    )
    assert "… 60 rows in all (more exist)" in render(response)


def test_choices_sources_and_next_steps_are_listed() -> None:
    response = Response(
        status="needs_clarification",
        answer="Which did you mean?",
        options=(Option(id="a", label="By region", question="sales by region"),),
        suggestions=("sales by channel",),
        citations=(Citation(document_id="h/p.md", title="Policy", heading="Who", passage="…", score=1, why="words"),),
        error=ErrorInfo(code="x", message="m", next_step="Do this.", retryable=False),
        approval_id="a-1",
    )
    text = render(response)
    for part in ("- By region: sales by region", "- sales by channel", "[1] Policy › Who (h/p.md)", "Do this.", "a-1"):
        assert part in text
