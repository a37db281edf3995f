"""Responses of every status, as the agents would give them."""

from datetime import UTC, datetime

from core.types import Chart, Citation, Code, Column, ErrorInfo, Option, PlanStep, Response, Turn, Usage

PLAN = (
    PlanStep(step=1, agent="CodeAgent", kind="code.generate", status="done", seconds=0.07),
    PlanStep(step=2, agent="ExecutionAgent", kind="data.query", status="done", seconds=0.12),
)
BASE = {"plan": PLAN, "usage": Usage(seconds=0.212, statements=2), "session_id": "s1", "correlation_id": "c0ffee-1"}

TABLE = Response(
    status="answered",
    answer="QUICK-Stop leads with 110,277.05.",
    rung="semantic_query",
    sql="SELECT customer_name, SUM(net_amount) AS sales FROM main.demo.order_lines GROUP BY ALL LIMIT 10",
    statement_id="st-1",
    columns=(Column(name="customer_name", type="STRING"), Column(name="sales", type="DECIMAL(14,2)")),
    rows=(("QUICK-Stop", 110277.05), ("Ernst Handel", 104143.95), ("=HYPERLINK(1)", None)),
    row_count=3,
    chart=Chart(kind="bar", x="customer_name", y=("sales",)),
    understood=("all time", "net of duplicates"),
    suggestions=("Sales by region",),
    **BASE,
)
NUMBER = TABLE.model_copy(
    update={
        "answer": "There are 800 customers.",
        "columns": (Column(name="customers", type="BIGINT"),),
        "rows": ((800,),),
        "chart": Chart(kind="number", y=("customers",)),
    }
)
EMPTY = TABLE.model_copy(update={"answer": "Nothing matches.", "rows": (), "row_count": 0})
CITED = Response(
    status="answered",
    answer="The **data protection officer** may. ![x](http://evil.example/i.png)",
    rung="knowledge",
    citations=(
        Citation(
            document_id="policies/export.md",
            title="Data export policy",
            heading="Data export policy › Approval",
            passage="Both record the reason.",
            score=0.91,
            why="words: export, approve",
        ),
    ),
    **BASE,
)
PENDING = Response(
    status="pending_approval",
    answer="Saving needs an approval.",
    reason="Rule write-sandbox.",
    approval_id="ap-1",
    sql="CREATE TABLE main.sandbox.top AS SELECT 1 AS one",
    **BASE,
)
CLARIFY = Response(
    status="needs_clarification",
    reason="Two readings fit.",
    options=(
        Option(id="a", label="Before returns", question="Sales before returns"),
        Option(id="b", label="After returns", question="Sales after returns"),
    ),
    **BASE,
)
PROBLEM = ErrorInfo(code="access_denied", message="Not yours.", next_step="Ask an administrator.", retryable=False)
REFUSED = Response(status="refused", reason="Rule analyst-execution forbids it.", error=PROBLEM, **BASE)
FAILED = Response(status="failed", reason="It took longer than 60 s.", error=PROBLEM, **BASE)
CANCELLED = Response(status="cancelled", reason="You stopped it.", **BASE)
TESTS = Response(
    status="answered",
    answer="1 of 2 passed, 1 failed.",
    rung="tests",
    columns=tuple(Column(name=name, type="STRING") for name in ("name", "status")),
    rows=(("unique: id", "failed"), ("not_null: id", "passed")),
    code=Code(language="python", text="def test_unique(read): ...", explanation="2 tests."),
    **BASE,
)
CODE = Response(
    status="answered",
    answer="A function that doubles.",
    rung="code",
    code=Code(
        language="python", text="def double(x):\n    return 2 * x", explanation="It doubles.", checks=("parses",)
    ),
    **BASE,
)
ALL = {
    "table": TABLE, "number": NUMBER, "empty": EMPTY, "cited": CITED, "pending": PENDING, "clarify": CLARIFY,
    "tests": TESTS, "refused": REFUSED, "failed": FAILED, "cancelled": CANCELLED, "code": CODE,
}  # fmt: skip


def turn(name: str, question: str = "What are the top customers?") -> Turn:
    """A finished turn with the response of that name."""
    return Turn(
        correlation_id="c0ffee-1",
        session_id="s1",
        user_id="ana",
        user_role="data_analyst",
        question=question,
        asked_at=datetime(2026, 11, 23, tzinfo=UTC),
        response=ALL[name],
    )
