"""Verdicts, resolution of names, the rendering that is sent, and writes that need approval."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import pytest
import sqlglot

from core.codecheck import Review, SqlGuard, tables
from core.codecheck.operations import RISKS
from core.governance import Policy
from core.governance.actions import OPERATIONS

POLICY = Policy.from_mapping(
    {
        "roles": {
            "admin": {"actions": ["*"], "read": ["*"], "write_with_approval": ["*"]},
            "engineer": {
                "actions": ["data.ask", "code.generate", "execution.request"],
                "read": ["main.demo", "main.sandbox"],
                "write_with_approval": ["main.sandbox"],
                "denied_operations": ["delete", "truncate", "drop", "merge_delete"],
            },
            "analyst": {"actions": ["data.ask"], "read": ["main.demo", "main.northwind.`Order Details`"]},
            "curator": {"actions": ["knowledge.ask"], "read": []},
        },
        "default_schema": "demo",
        "forbidden_for_all": ["main.demo.secrets"],
    }
)
GUARD = SqlGuard(POLICY)


def flat(review: Review) -> str:
    return " ".join((review.statement or "").split())


def test_a_read_of_a_granted_table_is_allowed_in_full_names_with_a_limit() -> None:
    review = GUARD.review("select o.a from orders as o -- the lot", "analyst", action="data.ask")
    assert review.verdict == "allow"
    assert flat(review) == "SELECT o.a FROM main.demo.orders AS o LIMIT 1001"
    assert review.tables == ("main.demo.orders",)
    assert review.rule_ids == ("analyst.actions.data.ask", "analyst.read.main.demo")
    assert review.reasons == ()


def test_the_verdict_does_not_need_the_role_s_actions_when_none_is_named() -> None:
    policy = Policy.from_mapping({"roles": {"r": {"read": ["main.demo"]}}})
    assert SqlGuard(policy).review("SELECT 1 FROM main.demo.t", "r").verdict == "allow"
    assert SqlGuard(policy).review("SELECT 1 FROM main.demo.t", "r", action="data.ask").verdict == "deny"


def test_names_keep_case_and_spaces() -> None:
    review = GUARD.review("SELECT `Unit Price` FROM northwind.`Order Details`", "analyst")
    assert flat(review) == "SELECT `Unit Price` FROM main.northwind.`Order Details` LIMIT 1001"
    assert review.tables == ("main.northwind.`Order Details`",)


@pytest.mark.parametrize(
    ("limit", "text", "ending"),
    [
        (1000, "SELECT a FROM orders LIMIT 10", "LIMIT 10"),
        (1000, "SELECT a FROM orders LIMIT 1001", "LIMIT 1001"),
        (1000, "SELECT a FROM orders LIMIT 1000000", "LIMIT 1001"),
        (1000, "SELECT a FROM orders LIMIT ALL", "LIMIT 1001"),
        (1000, "SELECT a FROM orders LIMIT :n", "LIMIT :n"),
        (5, "SELECT a FROM orders", "LIMIT 6"),
        (5, "SELECT a FROM orders UNION ALL SELECT b FROM orders", "LIMIT 6"),
        (5, "(SELECT a FROM orders LIMIT 50)", "LIMIT 6"),
        (None, "SELECT a FROM orders", "FROM main.demo.orders"),
    ],
)
def test_limit(limit: int | None, text: str, ending: str) -> None:
    assert flat(GUARD.review(text, "analyst", limit=limit)).endswith(ending)


def test_a_table_out_of_scope_is_not_allowed() -> None:
    review = GUARD.review("SELECT * FROM main.hr.pay", "analyst", action="data.ask")
    assert review.verdict == "deny"
    assert review.reasons[0].startswith("Not allowed: role analyst may not read main.hr.pay (rule analyst.read).")
    assert review.tables == ("main.hr.pay",)
    assert review.statement is None


def test_every_forbidden_table_is_named() -> None:
    review = GUARD.review("SELECT * FROM orders JOIN hr.a JOIN secrets JOIN hr.a b", "analyst")
    assert sorted(reason.split(" (rule ")[0] for reason in review.reasons) == [
        "Not allowed: role analyst may not read main.demo.secrets",
        "Not allowed: role analyst may not read main.hr.a",
    ]


@pytest.mark.parametrize("table", ["main.aiops.agent_messages", "secrets"])
def test_admin_is_bound_too(table: str) -> None:
    assert GUARD.review(f"SELECT * FROM {table}", "admin").verdict == "deny"


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("SELECT * FROM information_schema.tables", "main.information_schema.tables"),
        ("SELECT * FROM orders JOIN system.access.audit", "system.access.audit"),
        ("DESCRIBE information_schema.tables", "main.information_schema.tables"),
        ("SHOW TABLES IN main.information_schema", "main.information_schema"),
        ("SHOW SCHEMAS IN system", "system"),
        ("SHOW CATALOGS", "SHOW CATALOGS"),
        ("show grants on table main.demo.orders", "SHOW GRANTS ON TABLE"),
        ("SHOW USERS LIKE 'a*'", "SHOW USERS"),
    ],
)
def test_metadata_of_all_needs_approval_for_admin_and_is_denied_to_everybody_else(text: str, what: str) -> None:
    for action in (None, "data.ask"):
        review = GUARD.review(text, "admin", action=action)
        assert review.verdict == "needs_approval"
        assert (review.operation, review.risk) == ("read", "read")
        assert review.reasons == (f"No wildcard grants {what}; reading it needs a person's approval.",)
    assert GUARD.review(text, "engineer").verdict == "deny"
    assert GUARD.review(text, "analyst").verdict == "deny"


def test_metadata_that_a_role_s_scope_names_is_allowed() -> None:
    guard = SqlGuard(Policy.from_mapping({"roles": {"auditor": {"read": ["main.information_schema"]}}}))
    assert guard.review("SELECT * FROM main.information_schema.tables", "auditor").allowed
    assert guard.review("SHOW TABLES IN main.information_schema", "auditor").allowed
    assert not guard.review("SHOW CATALOGS", "auditor").allowed


@pytest.mark.parametrize(
    ("text", "tables"),
    [
        ("WITH t AS (SELECT * FROM orders) SELECT * FROM t", ("main.demo.orders",)),
        ("WITH orders AS (SELECT * FROM orders) SELECT * FROM orders", ("main.demo.orders",)),
        ("WITH a AS (SELECT 1), b AS (SELECT * FROM a) SELECT * FROM b", ()),
        ("WITH T AS (SELECT 1) SELECT * FROM t", ()),
        ("WITH t AS (SELECT 1) SELECT * FROM demo.t", ("main.demo.t",)),
        ("WITH a AS (SELECT * FROM b), b AS (SELECT 1) SELECT * FROM a", ("main.demo.b",)),
        ("SELECT * FROM (WITH t AS (SELECT 1) SELECT * FROM t) JOIN t", ("main.demo.t",)),
        ("WITH t AS (SELECT 1) SELECT (SELECT max(x) FROM t), (SELECT 1 FROM u) FROM t", ("main.demo.u",)),
        ("WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t) SELECT * FROM t", ()),
        ("SELECT * FROM range(10) r, orders o, LATERAL explode(o.tags) AS e(tag)", ("main.demo.orders",)),
    ],
)
def test_names_of_common_table_expressions_follow_their_scope(text: str, tables: tuple[str, ...]) -> None:
    review = GUARD.review(text, "analyst")
    assert review.verdict == "allow", review.reasons
    assert review.tables == tables


def test_a_common_table_expression_without_recursion_reads_the_real_table_of_its_name() -> None:
    review = GUARD.review("WITH secrets AS (SELECT * FROM secrets) SELECT * FROM secrets", "analyst")
    assert review.verdict == "deny"


def test_hints_and_comments_are_not_sent() -> None:
    text = "SELECT /*+ BROADCAST(o) */ a -- to the end \\\nFROM orders o /* x */"
    assert flat(GUARD.review(text, "analyst")) == "SELECT a FROM main.demo.orders AS o LIMIT 1001"


@pytest.mark.parametrize(
    ("expression", "sent"),
    [
        ("percentile_cont(0.5) WITHIN GROUP (ORDER BY a DESC)", "PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY a DESC)"),
        ("percentile_disc(0.9) WITHIN GROUP (ORDER BY a)", "PERCENTILE_DISC(0.9) WITHIN GROUP (ORDER BY a)"),
        (
            "percentile_cont(array(0.1, 0.9)) WITHIN GROUP (ORDER BY a) FILTER (WHERE b > 1)",
            "PERCENTILE_CONT(ARRAY(0.1, 0.9)) WITHIN GROUP (ORDER BY a) FILTER(WHERE b > 1)",
        ),
        ("listagg(a)", "LISTAGG(a, '')"),
        ("listagg(a, ';') WITHIN GROUP (ORDER BY b)", "LISTAGG(a, ';') WITHIN GROUP (ORDER BY b)"),
        ("datediff(a, b)", "DATEDIFF(DAY, b, a)"),
        ("r'\\d'", "'\\\\d'"),
    ],
)
def test_the_rendering_means_what_was_written(expression: str, sent: str) -> None:
    review = GUARD.review(f"SELECT {expression} AS x FROM orders", "analyst", limit=None)
    assert flat(review).replace("( ", "(") == f"SELECT {sent} AS x FROM main.demo.orders"


def test_named_parameters_stay() -> None:
    assert flat(GUARD.review("SELECT a FROM orders WHERE b = :b", "analyst", limit=None)).endswith("b = :b")


@pytest.mark.parametrize(
    ("text", "operation", "target", "sent"),
    [
        (
            "CREATE TABLE sandbox.top AS SELECT * FROM orders",
            "create_table",
            "main.sandbox.top",
            "CREATE TABLE main.sandbox.top AS SELECT * FROM main.demo.orders",
        ),
        (
            "create or replace table sandbox.top using delta as select 1 as a",
            "replace_table",
            "main.sandbox.top",
            "CREATE OR REPLACE TABLE main.sandbox.top USING DELTA AS SELECT 1 AS a",
        ),
        (
            "INSERT INTO sandbox.`Top Ten` (a) SELECT a FROM orders",
            "insert",
            "main.sandbox.`Top Ten`",
            "INSERT INTO main.sandbox.`Top Ten` ( a ) SELECT a FROM main.demo.orders",
        ),
        (
            "INSERT INTO main.sandbox.t VALUES (1, 'a')",
            "insert",
            "main.sandbox.t",
            "INSERT INTO main.sandbox.t VALUES (1, 'a')",
        ),
    ],
)
def test_a_write_into_the_role_s_scope_needs_approval(text: str, operation: str, target: str, sent: str) -> None:
    for action in (None, "execution.request"):
        review = GUARD.review(text, "engineer", action=action)
        assert review.verdict == "needs_approval", review.reasons
        assert (review.operation, review.target) == (operation, target)
        assert flat(review) == sent
        assert review.reasons == (f"It writes {target} ({operation}); that needs a person's approval.",)


@pytest.mark.parametrize(
    ("role", "text", "reason"),
    [
        ("analyst", "CREATE TABLE sandbox.t AS SELECT 1", "may not write main.sandbox.t"),
        ("engineer", "CREATE TABLE demo.t AS SELECT 1", "may not write main.demo.t"),
        ("engineer", "CREATE TABLE sandbox.t AS SELECT * FROM hr.pay", "may not read main.hr.pay"),
        ("engineer", "DELETE FROM sandbox.t", "may not delete (rule engineer.denied_operations.delete)"),
        ("engineer", "TRUNCATE TABLE sandbox.t", "may not truncate (rule engineer.denied_operations.truncate)"),
        ("engineer", "DROP TABLE sandbox.t", "may not drop (rule engineer.denied_operations.drop)"),
        ("admin", "CREATE TABLE aiops.t AS SELECT 1", "forbidden_for_all.state_schema"),
    ],
)
def test_other_writes_are_denied_with_the_rule(role: str, text: str, reason: str) -> None:
    review = GUARD.review(text, role)
    assert review.verdict == "deny"
    assert reason in " ".join(review.reasons)


def test_a_question_may_not_write_even_where_execution_could() -> None:
    review = GUARD.review("CREATE TABLE sandbox.t AS SELECT 1", "engineer", action="data.ask")
    assert review.verdict == "deny"
    assert "A question may only read; this writes main.sandbox.t." in review.reasons[0]


def test_denied_operation_beats_the_write_scope() -> None:
    policy = Policy.from_mapping(
        {"roles": {"r": {"write_with_approval": ["*"], "denied_operations": ["replace_table", "insert"]}}}
    )
    guard = SqlGuard(policy)
    assert guard.review("CREATE TABLE main.a.t AS SELECT 1", "r").verdict == "needs_approval"
    assert guard.review("CREATE OR REPLACE TABLE main.a.t AS SELECT 1", "r").verdict == "deny"
    assert "r.denied_operations.insert" in guard.review("INSERT INTO main.a.t SELECT 1", "r").rule_ids


def test_an_unknown_role_and_a_missing_right_are_denied_in_words() -> None:
    assert "There is no role 'root'." in GUARD.review("SELECT 1", "root").reasons[0]
    assert "may not have code executed" in GUARD.review("SELECT 1", "analyst", action="execution.request").reasons[0]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "There is no statement"),
        ("  ; -- nothing\n", "There is no statement"),
        ("SELECT 1; SELECT 2", "Exactly one statement"),
        ("SELECT 1 \x00", "control character U+0000"),
        ("SELECT '\u202e' FROM orders", "reverse its direction"),
        ("SELECT a FROM orders WHERE b = '" + "x" * 100_001 + "'", "longer than 100,000 characters"),
        ("SELECT " + "(" * 5_000 + "1" + ")" * 5_000, ""),
        ("SELECT " + "NOT " * 5_000 + "true", ""),
        ("SELECT " + "struct(" * 30 + "1" + ")" * 30, "brackets in one another"),
        ("SELECT * FROM demo.`ſecrets`", "look like others"),
        ("SELECT * FROM demo.`sec\u200brets`", "look like others"),
        ("SELECT * FROM `main.hr.pay`", "several names quoted as one"),
        ("SELECT 'unfinished", "cannot be read as Databricks SQL"),
        ("SELEC 1", "cannot be read as Databricks SQL"),
        ("SELECT ?", "a parameter without a plain name"),
        ("SELECT DISTINCT ON (a) a FROM orders", "DISTINCT ON"),
        ("RESET", "A statement that begins with RESET may not run here"),
        ("OPTIMIZE demo.orders", "A statement that begins with OPTIMIZE may not run here"),
    ],
)
def test_text_that_cannot_be_trusted_is_denied(text: str, reason: str) -> None:
    review = GUARD.review(text, "admin")
    assert review.verdict == "deny"
    assert reason in review.reasons[0]


def test_what_is_no_text_at_all_is_denied() -> None:
    assert GUARD.review(None, "admin").verdict == "deny"  # type: ignore[arg-type]
    assert GUARD.review("SELECT 1", ["admin"]).verdict == "deny"  # type: ignore[arg-type]


def test_a_review_of_fifty_lines_costs_a_few_parses() -> None:
    select = ",\n".join(f"  sum(l.net_amount) FILTER (WHERE o.channel = 'c{n}') AS c{n}" for n in range(44))
    text = f"SELECT\n{select}\nFROM orders o\nJOIN order_lines l\n  USING (order_id)\nGROUP BY\n  ALL\nORDER BY c1"
    assert len(text.splitlines()) >= 50

    def seconds(work: Callable[[str], object]) -> float:
        taken = []
        for number in range(10):
            another = f"{text}, {number}"
            started = time.process_time()
            work(another)
            taken.append(time.process_time() - started)
        return statistics.median(taken)

    assert GUARD.review(text, "analyst").allowed
    parse = seconds(lambda given: sqlglot.parse(given, dialect="databricks"))
    assert seconds(lambda given: GUARD.review(given, "analyst")) < 6 * parse


def test_a_statement_that_comes_again_has_the_same_review_and_no_other_role_s() -> None:
    text = "SELECT a FROM northwind.`Order Details`"
    first = GUARD.review(text, "analyst")
    assert GUARD.review(text, "analyst") == first
    assert first.allowed
    assert GUARD.review(text, "curator").verdict == "deny"
    assert GUARD.review(text, "analyst", limit=5).statement != first.statement


@pytest.mark.parametrize(
    ("text", "operation", "risk"),
    [
        ("SELECT 1", "read", "read"),
        ("INSERT INTO sandbox.t VALUES (1)", "insert", "write"),
        ("INSERT OVERWRITE sandbox.t SELECT 1", "insert_overwrite", "destructive"),
        ("UPDATE sandbox.t SET a = 1 WHERE b = 2", "update", "write"),
        ("DELETE FROM sandbox.t WHERE b = 2", "delete", "destructive"),
        ("TRUNCATE TABLE sandbox.t", "truncate", "destructive"),
        ("MERGE INTO sandbox.t t USING orders s ON t.a = s.a WHEN MATCHED THEN UPDATE SET *", "merge", "write"),
        ("MERGE INTO sandbox.t t USING orders s ON t.a = s.a WHEN MATCHED THEN DELETE", "merge_delete", "destructive"),
        ("CREATE TABLE sandbox.t (a INT)", "create_table", "write"),
        ("CREATE OR REPLACE TABLE sandbox.t AS SELECT 1 AS a", "replace_table", "write"),
        ("CREATE VIEW sandbox.v AS SELECT 1 AS a", "create_view", "ddl"),
        ("CREATE OR REPLACE VIEW sandbox.v AS SELECT 1 AS a", "replace_view", "ddl"),
        ("ALTER VIEW sandbox.v AS SELECT 1 AS a", "alter_view", "ddl"),
        ("INSERT INTO sandbox.t REPLACE WHERE a > 1 SELECT 2 AS a", "insert_overwrite", "destructive"),
        ("DROP TABLE sandbox.t", "drop", "destructive"),
        ("DROP VIEW sandbox.v", "drop_view", "destructive"),
        ("ALTER TABLE sandbox.t ADD COLUMN a INT", "alter", "ddl"),
        ("ALTER TABLE sandbox.t DROP COLUMN a", "drop_column", "destructive"),
        ("COMMENT ON COLUMN sandbox.t.a IS 'x'", "comment", "ddl"),
    ],
)
def test_every_operation_has_its_risk(text: str, operation: str, risk: str) -> None:
    review = GUARD.review(text, "admin")
    assert (review.verdict == "allow") is (operation == "read")
    assert (review.operation, review.risk) == (operation, risk)


def test_every_operation_of_a_review_can_be_denied_to_a_role() -> None:
    assert set(RISKS) - {"read"} == set(OPERATIONS)


@pytest.mark.parametrize(
    ("where", "every"),
    [
        ("", True),
        ("WHERE true", True),
        ("WHERE 1 = 1", True),
        ("WHERE a = a", True),
        ("WHERE b = 1 OR 2 > 1", True),
        ("WHERE b IS NULL OR b IS NOT NULL", True),
        ("WHERE name LIKE '%'", True),
        ("WHERE b = 1", False),
        ("WHERE 1 = 1 AND b = 1", False),
        ("WHERE 1 = 0", False),
        ("WHERE :all", False),
        ("WHERE EXISTS (SELECT 1 FROM orders)", False),
    ],
)
def test_a_change_that_no_condition_limits_says_that_it_touches_every_row(where: str, every: bool) -> None:
    for text in (f"UPDATE sandbox.t SET a = 1 {where}", f"DELETE FROM sandbox.t {where}"):
        review = GUARD.review(text, "admin")
        assert review.verdict == "needs_approval"
        told = "It touches every row of main.sandbox.t: no condition picks rows." in review.reasons
        assert told is every


def test_a_renaming_checks_and_tells_both_names() -> None:
    review = GUARD.review("ALTER TABLE sandbox.t RENAME TO sandbox.u", "engineer")
    assert review.reasons == ("It writes main.sandbox.t as main.sandbox.u (alter); that needs a person's approval.",)
    assert flat(review) == "ALTER TABLE main.sandbox.t RENAME TO main.sandbox.u"
    assert "may not write main.demo.u" in GUARD.review("ALTER TABLE sandbox.t RENAME TO demo.u", "engineer").reasons[0]


def test_rows_that_a_role_may_not_read_may_not_decide_what_it_writes() -> None:
    guard = SqlGuard(Policy.from_mapping({"roles": {"r": {"read": ["main.a"], "write_with_approval": ["main.b"]}}}))
    assert guard.review("INSERT INTO main.b.t SELECT * FROM main.a.s", "r").verdict == "needs_approval"
    denied = guard.review("UPDATE main.b.t SET x = 1 WHERE y = 2", "r")
    assert denied.reasons[0].startswith("Not allowed: role r may not read main.b.t (rule r.read).")


@pytest.mark.parametrize(
    ("text", "sent", "tables"),
    [
        ("show tables in demo like 'o*';", "SHOW TABLES IN main.demo LIKE 'o*'", ()),
        ("SHOW DATABASES FROM main", "SHOW SCHEMAS IN main", ()),
        ("SHOW COLUMNS FROM orders FROM demo", "SHOW COLUMNS IN main.demo.orders", ("main.demo.orders",)),
        ("SHOW CREATE TABLE orders", "SHOW CREATE TABLE main.demo.orders", ("main.demo.orders",)),
        ("DESC /* x */ orders -- y", "DESCRIBE TABLE main.demo.orders", ("main.demo.orders",)),
        ("desc formatted demo.orders", "DESCRIBE TABLE EXTENDED main.demo.orders", ("main.demo.orders",)),
        ("DESCRIBE orders `Unit Price`", "DESCRIBE TABLE main.demo.orders `Unit Price`", ("main.demo.orders",)),
        ("DESCRIBE HISTORY orders LIMIT 3", "DESCRIBE HISTORY main.demo.orders LIMIT 3", ("main.demo.orders",)),
        ("DESCRIBE DETAIL `orders`", "DESCRIBE DETAIL main.demo.orders", ("main.demo.orders",)),
        ("EXPLAIN COST SELECT a FROM orders", "EXPLAIN COST SELECT a FROM main.demo.orders", ("main.demo.orders",)),
    ],
)
def test_metadata_of_what_is_granted_is_allowed_in_full_names(text: str, sent: str, tables: tuple[str, ...]) -> None:
    review = GUARD.review(text, "admin", action="data.ask")
    assert review.allowed, review.reasons
    assert (flat(review), review.tables) == (sent, tables)


@pytest.mark.parametrize(
    ("text", "sent", "read"),
    [
        ("VALUES (1, 'a'), (2, 'b') ORDER BY 1", "SELECT * FROM VALUES (1, 'a'), (2, 'b') ORDER BY 1 LIMIT 1001", ()),
        ("TABLE main.demo.orders;", "SELECT * FROM main.demo.orders LIMIT 1001", ("main.demo.orders",)),
        (
            "SELECT * FROM table_changes('demo.orders', :since) AS c",
            "SELECT * FROM TABLE_CHANGES('main.demo.orders', :since) AS c LIMIT 1001",
            ("main.demo.orders",),
        ),
    ],
)
def test_what_a_short_form_stands_for_is_what_is_checked_and_sent(text: str, sent: str, read: tuple[str, ...]) -> None:
    review = GUARD.review(text, "admin")
    assert review.verdict == "allow"
    assert " ".join((review.statement or "").split()) == sent
    assert review.tables == read


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("MERGE WITH SCHEMA EVOLUTION INTO sandbox.t USING s ON a = b WHEN NOT MATCHED THEN INSERT *", "ADD COLUMNS"),
        ("CREATE TABLE sandbox.t SHALLOW CLONE demo.orders", "AS SELECT * FROM"),
        ("INSERT INTO sandbox.t REPLACE USING (a) SELECT 1 AS a", "write MERGE"),
        ("CREATE TABLE sandbox.t (a INT) PARTITIONED BY (b INT)", "names of columns only"),
        ("ALTER VIEW sandbox.v SET TBLPROPERTIES ('a' = 'b')", "CREATE OR REPLACE VIEW"),
        ("TABLE orders WHERE a = 1", "write SELECT * FROM name"),
    ],
)
def test_a_form_that_is_not_known_says_what_to_write_instead(text: str, advice: str) -> None:
    review = GUARD.review(text, "admin")
    assert review.verdict == "deny"
    assert advice in review.reasons[-1]


@pytest.mark.parametrize("name", ["заказы", "订单_orders", "größe", "παραγγελίες", "naïve", "Zürich 2"])
def test_names_in_people_s_own_letters_are_names(name: str) -> None:
    assert not tables.deceives(name)


@pytest.mark.parametrize("name", ["аiops", "оrders", "sаles", "οrders", "сое", "ѕсоре", "Ꭺudit"])
def test_names_that_imitate_another_deceive(name: str) -> None:
    assert tables.deceives(name)
