"""Rules that hold for any text: no exception, and what is planted is found wherever it is hidden."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from core.codecheck import SqlGuard
from core.governance import Policy

POLICY = Policy.from_mapping(
    {
        "roles": {
            "analyst": {"actions": ["data.ask"], "read": ["main.demo"]},
            "engineer": {"actions": ["*"], "read": ["main.demo"], "write_with_approval": ["main.sandbox"]},
        },
        "default_schema": "demo",
    }
)
GUARD = SqlGuard(POLICY)
SCRAPS = """SELECT * FROM WHERE main . demo orders hr pay ( ) , ; ' " ` -- /* */ WITH AS UNION ALL JOIN ON = 1
    TABLE DROP
INSERT INTO VALUES CREATE DELETE explode transform USING 'bash' LATERAL VIEW : :: [ ] x -> IDENTIFIER ${ } @ \\
    BEGIN END"""
WORDS = SCRAPS.split()

GAP = st.sampled_from([" ", "\n", "\t", "/* FROM orders */", " -- ; SELECT 1\n", "/**/", "\r\n  "])
HIDING = st.sampled_from(
    [
        "SELECT * FROM {}",
        "SELECT (SELECT max(a) FROM {}) FROM orders",
        "SELECT a FROM orders WHERE a IN (SELECT a FROM {})",
        "WITH orders AS (SELECT * FROM {}) SELECT * FROM orders",
        "WITH pay AS (SELECT 1 AS a) SELECT * FROM pay JOIN {} USING (a)",
        "SELECT * FROM orders UNION ALL SELECT * FROM {}",
        "SELECT * FROM orders LEFT JOIN LATERAL (SELECT * FROM {}) x",
        "SELECT a FROM orders GROUP BY a HAVING count(*) > (SELECT count(*) FROM {})",
        "SELECT sum(a) OVER (ORDER BY (SELECT 1 FROM {})) FROM orders",
        "SELECT CASE WHEN EXISTS (SELECT 1 FROM {}) THEN 1 END FROM orders",
        "SELECT transform(tags, t -> (SELECT count(*) FROM {})) FROM orders",
        "SELECT * FROM orders QUALIFY row_number() OVER (ORDER BY (SELECT 1 FROM {})) = 1",
        "(((SELECT * FROM {})))",
        "SELECT * FROM (SELECT * FROM (SELECT * FROM {}))",
        "SELECT * FROM orders, {}",
        "SELECT * FROM {} PIVOT (sum(a) FOR b IN (1, 2))",
        "SELECT * FROM orders ORDER BY (SELECT 1 FROM {})",
        "SELECT 'FROM orders', a FROM {} VERSION AS OF 1",
    ]
)
CALLS = st.sampled_from(
    [
        "read_files('/x')",
        "ai_query('m', a)",
        "http_request('x')",
        "reflect('a', 'b')",
        "secret('a', 'b')",
        "main.x.sum(a)",
    ]
)
HIDING_CALL = st.sampled_from(
    [
        "SELECT {} FROM orders",
        "SELECT upper(concat('a', {})) FROM orders",
        "SELECT a FROM orders WHERE {} IS NOT NULL",
        "SELECT CASE WHEN a > 1 THEN {} END FROM orders",
        "SELECT sum({}) OVER (PARTITION BY a) FROM orders",
        "SELECT transform(tags, t -> {}) FROM orders",
        "WITH x AS (SELECT {} AS a) SELECT a FROM x",
        "SELECT a FROM orders ORDER BY {}",
        "SELECT a FROM orders GROUP BY {}",
        "SELECT * FROM orders JOIN stores ON {} = 1",
        "SELECT * FROM VALUES ({}) AS v(a)",
        "SELECT cast({} AS STRING)[0] FROM orders",
    ]
)


@st.composite
def spelled(draw: st.DrawFn, words: tuple[str, ...], *, quotes: bool) -> str:
    """The words with drawn case, quotes and gaps between them."""
    written = []
    for word in words:
        case = draw(st.sampled_from([str.lower, str.upper, str.title]))
        text = case(word) if word.isalpha() else word
        written.append(f"`{text}`" if quotes and word.isalpha() and draw(st.booleans()) else text)
    return "".join(part for word in written for part in (word, draw(GAP) if draw(st.booleans()) else ""))


@settings(max_examples=150, deadline=None)
@given(st.one_of(st.text(max_size=300), st.lists(st.sampled_from(WORDS), max_size=40).map(" ".join)))
def test_no_text_makes_the_guard_raise_and_what_it_sends_is_stable(text: str) -> None:
    for role in ("analyst", "engineer"):
        review = GUARD.review(text, role)
        if review.verdict == "deny":
            assert review.reasons
            continue
        assert review.statement is not None
        again = GUARD.review(review.statement, role)
        assert (again.verdict, again.statement, again.tables) == (review.verdict, review.statement, review.tables)


@settings(max_examples=120, deadline=None)
@given(HIDING, spelled(("main", ".", "hr", ".", "pay"), quotes=True), st.booleans())
def test_a_planted_table_is_found(hiding: str, table: str, short: bool) -> None:
    planted = hiding.format(table.split(".", 1)[1] if short else table)
    review = GUARD.review(planted, "analyst", action="data.ask")
    assert review.verdict == "deny"
    clean = GUARD.review(hiding.format("demo.returns"), "analyst", action="data.ask")
    assert clean.verdict == "allow", "only the planted table makes the difference"


@settings(max_examples=80, deadline=None)
@given(HIDING_CALL, CALLS, GAP)
def test_a_planted_function_is_found(hiding: str, call: str, gap: str) -> None:
    planted = hiding.format(call.replace("(", gap + "(", 1))
    assert GUARD.review(planted, "analyst").verdict == "deny"
    assert GUARD.review(hiding.format("abs(1)"), "analyst").verdict == "allow"


@settings(max_examples=80, deadline=None)
@given(
    st.sampled_from(
        [
            ("INSERT", "INTO", "main.demo.orders", "SELECT", "1"),
            ("DELETE", "FROM", "main.demo.orders"),
            ("UPDATE", "main.demo.orders", "SET", "a = 1"),
            ("DROP", "TABLE", "main.demo.orders"),
            ("TRUNCATE", "TABLE", "main.demo.orders"),
            (
                "MERGE",
                "INTO",
                "main.demo.orders t",
                "USING",
                "main.demo.x s",
                "ON",
                "t.a = s.a",
                "WHEN",
                "MATCHED",
                "THEN",
                "DELETE",
            ),
            ("CREATE", "TABLE", "main.demo.t", "AS", "SELECT", "1"),
            ("ALTER", "TABLE", "main.demo.orders", "DROP", "COLUMN", "a"),
        ]
    ),
    st.lists(GAP, min_size=12, max_size=12),
    st.sampled_from(["{}", "SELECT 1; {}", "/* SELECT */ {}", "WITH x AS (SELECT 1) {}", "({})", "{} ;"]),
)
def test_a_planted_write_is_found(words: tuple[str, ...], gaps: list[str], hiding: str) -> None:
    text = "".join(f" {word}{gap}" for word, gap in zip(words, gaps, strict=False))
    for role in ("analyst", "engineer"):
        assert GUARD.review(hiding.format(text), role).verdict == "deny"
