"""A fuzzer that knows what it plants: in writes, under other letters, behind names of WITH, in torn statements."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlglot import exp

from core.codecheck import SqlGuard
from core.codecheck.parsing import parse_one_statement
from core.governance import Policy
from tests.unit.codecheck.test_corpus import BENIGN, HOSTILE, Case

GUARD = SqlGuard(
    Policy.from_mapping(
        {
            "roles": {
                "engineer": {
                    "actions": ["*"],
                    "read": ["main.demo", "main.sandbox"],
                    "write_with_approval": ["main.sandbox"],
                    "denied_operations": ["delete", "drop"],
                }
            },
            "default_schema": "demo",
        }
    )
)
GRANTED = {"demo", "sandbox"}
FEW = settings(max_examples=80, deadline=None)
GAP = st.sampled_from([" ", "\n", "\t", " /*;SELECT*/ ", " --FROM\n", "/**/ ", " /* /* x */ */ "])
WRITES = st.sampled_from(
    [
        "INSERT INTO main.sandbox.t SELECT * FROM {}",
        "INSERT INTO main.sandbox.t (a) VALUES (1), ((SELECT max(a) FROM {}))",
        "INSERT INTO main.sandbox.t BY NAME SELECT 1 AS a FROM {}",
        "INSERT INTO TABLE main.sandbox.t WITH q AS (SELECT * FROM {}) SELECT * FROM q",
        "INSERT INTO main.sandbox.t TABLE {}",
        "UPDATE main.sandbox.t SET a = (SELECT max(a) FROM {}) WHERE b = 1",
        "UPDATE main.sandbox.t SET a = 1 WHERE b IN (SELECT b FROM {})",
        "MERGE INTO main.sandbox.t t USING {} s ON t.a = s.a WHEN MATCHED THEN UPDATE SET *",
        "MERGE INTO main.sandbox.t t USING (SELECT * FROM {}) s ON t.a = s.a WHEN NOT MATCHED THEN INSERT *",
        "MERGE INTO main.sandbox.t t USING demo.s s ON t.a = s.a WHEN MATCHED AND s.b IN (SELECT b FROM {})"
        " THEN UPDATE SET t.b = s.b",
        "MERGE INTO main.sandbox.t t USING demo.s s ON t.a = s.a WHEN NOT MATCHED THEN INSERT (a)"
        " VALUES ((SELECT max(a) FROM {}))",
        "MERGE INTO main.sandbox.t t USING demo.s s ON t.a = (SELECT max(a) FROM {}) WHEN MATCHED THEN UPDATE SET *",
        "WITH q AS (SELECT * FROM {}) MERGE INTO main.sandbox.t t USING q ON t.a = q.a WHEN NOT MATCHED THEN INSERT *",
        "CREATE TABLE main.sandbox.u AS SELECT * FROM {}",
        "CREATE OR REPLACE TABLE main.sandbox.u USING DELTA AS WITH q AS (SELECT * FROM {}) SELECT * FROM q",
        "CREATE VIEW main.sandbox.v AS SELECT * FROM demo.a UNION ALL SELECT * FROM {}",
        "EXPLAIN SELECT * FROM {}",
        "DESCRIBE HISTORY {}",
        "SHOW COLUMNS IN {}",
    ]
)
SHADOWS = st.sampled_from(
    [
        "WITH pay AS (SELECT 1 AS a) SELECT * FROM {}",
        "WITH hr AS (SELECT 1 AS a), pay AS (SELECT 2 AS a) SELECT * FROM pay JOIN {} USING (a)",
        "WITH pay AS (SELECT * FROM {}) SELECT * FROM pay",
        "WITH a AS (WITH pay AS (SELECT 1 AS a) SELECT * FROM pay) SELECT * FROM a JOIN {} USING (a)",
        "SELECT * FROM (WITH pay AS (SELECT 1 AS a) SELECT * FROM pay) x, {} y",
        "WITH pay AS (SELECT 1 AS a) SELECT (SELECT max(a) FROM {}) FROM pay",
        "WITH RECURSIVE pay AS (SELECT 1 AS a UNION ALL SELECT p.a + 1 FROM pay p JOIN {} USING (a)) SELECT * FROM pay",
        "SELECT * FROM demo.orders AS pay JOIN {} USING (a)",
    ]
)
LETTERS = {
    "h": "\uff48\u210e", "r": "\uff52\u211b", "p": "\uff50\u2119", "a": "\uff41\u00aa", "y": "\uff59",
    "o": "\uff4f\u00ba", "d": "\uff44\u2146", "e": "\uff45\u212f", "s": "\uff53\u017f", "k": "\u212a",
}  # fmt: skip
REMOVING = st.sampled_from(
    [
        "DELETE FROM {t}",
        "DELETE FROM {t} WHERE a = 1",
        "INSERT OVERWRITE {t} SELECT * FROM demo.s",
        "INSERT INTO {t} REPLACE WHERE a = 1 SELECT 1 AS a",
        "TRUNCATE TABLE {t}",
        "DROP TABLE IF EXISTS {t}",
        "DROP VIEW {t}",
        "ALTER TABLE {t} DROP COLUMN a",
        "MERGE INTO {t} t USING demo.s s ON t.a = s.a WHEN MATCHED AND s.b THEN DELETE",
        "MERGE INTO {t} t USING demo.s s ON t.a = s.a WHEN MATCHED THEN UPDATE SET * WHEN NOT MATCHED BY SOURCE"
        " THEN DELETE",
    ]
)
INSIDE = st.sampled_from(
    [
        "({})",
        "SELECT * FROM ({})",
        "WITH x AS ({}) SELECT * FROM x",
        "SELECT 1; {}",
        "{}; SELECT 1",
        "EXPLAIN {}",
        "SELECT a FROM demo.orders WHERE EXISTS ({})",
    ]
)


@st.composite
def written(draw: st.DrawFn, *parts: str) -> str:
    """A name with drawn case, quotes and gaps."""
    spelled = [draw(st.sampled_from([part, part.upper(), f"`{part}`", f"`{part.title()}`"])) for part in parts]
    gaps = [draw(st.sampled_from(["", " ", "/*.*/", "\n"])) for _ in spelled]
    return ".".join(f"{gap}{part}" for gap, part in zip(gaps, spelled, strict=True))


@FEW
@given(WRITES, written("main", "hr", "pay"), GAP)
def test_a_table_planted_in_a_write_is_found(hiding: str, table: str, gap: str) -> None:
    planted = GUARD.review(hiding.format(table).replace(" ", gap), "engineer")
    assert planted.verdict == "deny"
    assert GUARD.review(hiding.format("demo.returns").replace(" ", gap), "engineer").verdict != "deny"


@FEW
@given(SHADOWS, written("hr", "pay"))
def test_a_table_planted_behind_the_name_of_a_with_is_found(hiding: str, table: str) -> None:
    assert GUARD.review(hiding.format(table), "engineer").verdict == "deny"
    assert GUARD.review(hiding.format("demo.returns"), "engineer").verdict == "allow"


@FEW
@given(st.sampled_from(["hr.pay", "demo.orders", "main.demo.sales_per_day"]), st.data())
def test_a_name_with_letters_that_look_like_others_is_denied(table: str, data: st.DataObject) -> None:
    at = data.draw(st.sampled_from([n for n, letter in enumerate(table) if letter in LETTERS]))
    other = data.draw(st.sampled_from(LETTERS[table[at]]))
    for name in (f"{table[:at]}{other}{table[at + 1 :]}", f"{table[:at]}\u200b{table[at:]}"):
        assert GUARD.review(f"SELECT * FROM {name}", "engineer").verdict == "deny"
        assert GUARD.review(f"INSERT INTO main.sandbox.t SELECT * FROM {name}", "engineer").verdict == "deny"


@FEW
@given(st.sampled_from(["mask", "sha", "asin", "hash"]), st.data())
def test_a_function_with_letters_that_look_like_others_is_never_sent_as_written(name: str, data: st.DataObject) -> None:
    at = data.draw(st.sampled_from([n for n, letter in enumerate(name) if letter in LETTERS]))
    other = data.draw(st.sampled_from(LETTERS[name[at]]))
    review = GUARD.review(f"SELECT {name[:at]}{other}{name[at + 1 :]}(a) FROM demo.orders", "engineer")
    assert review.statement is None or review.statement.isascii()


@FEW
@given(REMOVING, written("main", "sandbox", "t"), GAP, st.sampled_from(["{}", "{};", "/* SELECT 1 */ {}", "-- x\n{}"]))
def test_a_planted_removal_of_rows_or_tables_is_found(write: str, table: str, gap: str, around: str) -> None:
    text = around.format(write.format(t=table).replace(" ", gap))
    review = GUARD.review(text, "engineer")
    assert review.verdict == "deny"
    assert any(rule.startswith("engineer.denied_operations.") for rule in review.rule_ids)


@FEW
@given(REMOVING, INSIDE)
def test_a_planted_write_inside_anything_is_denied(write: str, around: str) -> None:
    assert GUARD.review(around.format(write.format(t="main.sandbox.t")), "engineer").verdict == "deny"


@settings(max_examples=250, deadline=None)
@given(st.sampled_from([*BENIGN, *HOSTILE]), st.sampled_from([*BENIGN, *HOSTILE]), st.data())
def test_a_torn_statement_raises_nothing_and_sends_only_granted_tables(
    first: Case, second: Case, data: st.DataObject
) -> None:
    words, others = first.text.split(" "), second.text.split(" ")
    cut = data.draw(st.integers(0, len(words)))
    end = data.draw(st.integers(0, len(words)))
    put = data.draw(st.integers(0, len(others)))
    torn = " ".join([*words[:cut], *others[put : put + 4], *words[end:]])
    review = GUARD.review(torn, "engineer")
    if review.statement is None:
        assert review.reasons
        return
    assert GUARD.review(review.statement, "engineer").statement == review.statement
    if not review.statement.startswith(("SHOW", "DESCRIBE", "EXPLAIN")):
        assert _foreign_tables(review.statement) == []


def _foreign_tables(statement: str) -> list[str]:
    """Tables that are neither granted nor of a WITH, found by another way than the guard's."""
    tree = parse_one_statement(statement)
    declared = {cte.alias.lower() for cte in tree.find_all(exp.CTE)}
    tables = [table for table in tree.find_all(exp.Table) if isinstance(table.this, exp.Identifier)]
    return [
        table.sql()
        for table in tables
        if not (not table.db and table.name.lower() in declared)
        and not (table.catalog.lower() == "main" and table.db.lower() in GRANTED)
    ]


@settings(max_examples=30, deadline=None)
@given(
    st.sampled_from(
        ["({})", "abs({})", "NOT {}", "- {}", "CASE WHEN a THEN {} END", "(SELECT {})", "array({})", "{}::INT"]
    ),
    st.integers(1, 1000),
)
def test_deep_nesting_is_denied_or_allowed_but_never_raises(shape: str, depth: int) -> None:
    before, _, after = shape.partition("{}")
    review = GUARD.review(f"SELECT {before * depth}1{after * depth}", "engineer")
    assert review.verdict in ("allow", "deny")
    if depth > 500 and before.count("("):
        assert review.verdict == "deny"
