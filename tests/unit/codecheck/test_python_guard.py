"""What a review of Python says: verdict, tables, target, rules, and the statement that may be run."""

from __future__ import annotations

import datetime
import decimal
import re
from collections import Counter, deque

import numpy as np
import pandas as pd
import pytest

from core.codecheck import PythonGuard
from core.codecheck.python_attributes import CHECKED, FORBIDDEN, METHODS
from core.governance import Policy

POLICY = Policy.from_mapping(
    {
        "roles": {
            "analyst": {"actions": ["data.ask"], "read": ["main.demo"]},
            "engineer": {
                "actions": ["*"],
                "read": ["main.demo"],
                "write_with_approval": ["main.sandbox"],
                "denied_operations": ["delete", "merge_delete", "insert_overwrite"],
            },
        },
        "default_schema": "demo",
    }
)
GUARD = PythonGuard(POLICY)


def test_a_computation_is_allowed_without_comments_and_reads_nothing() -> None:
    review = GUARD.review("x = 1 # eval\nprint( x )", "analyst")
    assert review.verdict == "allow"
    assert review.statement == "x = 1\nprint(x)"
    assert (review.operation, review.tables, review.target, review.rule_ids) == ("python", (), None, ())


def test_a_read_names_its_table_and_its_rule() -> None:
    review = GUARD.review('df = spark.table("orders")', "analyst")
    assert review.verdict == "allow"
    assert review.statement == "df = spark.table('main.demo.orders')"
    assert review.tables == ("main.demo.orders",)
    assert review.rule_ids == ("analyst.read.main.demo",)
    assert review.operation == "pyspark"


def test_the_sql_that_is_sent_is_the_sql_guards_own_rendering() -> None:
    review = GUARD.review("q = 'select /* hr.pay */ a from orders'\nspark.sql(q)", "analyst")
    assert review.statement is not None
    assert review.statement.endswith("spark.sql('SELECT\\n  a\\nFROM main.demo.orders')")
    assert review.tables == ("main.demo.orders",)


def test_an_ungranted_table_is_denied_with_the_rule_and_the_line() -> None:
    review = GUARD.review("x = 1\nspark.table('main.hr.pay')", "engineer")
    assert review.verdict == "deny"
    assert review.statement is None
    assert review.rule_ids == ("engineer.read",)
    assert review.reasons[0].startswith("Line 2: Not allowed: role engineer may not read main.hr.pay")


def test_a_write_in_scope_needs_approval_and_names_its_target() -> None:
    code = "spark.table('orders').write.mode('append').saveAsTable('main.sandbox.copy')"
    review = GUARD.review(code, "engineer")
    assert review.verdict == "needs_approval"
    assert review.target == "main.sandbox.copy"
    assert review.tables == ("main.demo.orders",)
    assert review.rule_ids == ("engineer.read.main.demo", "engineer.write_with_approval.main.sandbox")
    assert "main.sandbox.copy" in review.reasons[0]
    assert GUARD.review(code, "analyst").verdict == "deny"


def test_all_targets_are_named() -> None:
    code = "df.write.saveAsTable('main.sandbox.b')\ndf.write.saveAsTable('main.sandbox.a')"
    assert GUARD.review(code, "engineer").target == "main.sandbox.a, main.sandbox.b"


@pytest.mark.parametrize(
    ("code", "rule"),
    [
        ("df.write.mode('overwrite').insertInto('main.sandbox.a')", "engineer.denied_operations.insert_overwrite"),
        (
            "w = df.write.mode('overwrite')\nw.insertInto('main.sandbox.a')",
            "engineer.denied_operations.insert_overwrite",
        ),
        (
            "from delta.tables import DeltaTable\nt = DeltaTable.forName(spark, 'main.sandbox.a')\nt.delete('a = 1')",
            "engineer.denied_operations.delete",
        ),
        ("spark.sql('delete from main.sandbox.a')", None),
    ],
)
def test_a_denied_operation_is_denied_in_every_spelling(code: str, rule: str | None) -> None:
    review = GUARD.review(code, "engineer")
    assert review.verdict == "deny"
    assert rule is None or rule in review.rule_ids


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   \n",
        "# only a comment",
        "\0",
        "x = 1\0",
        "def f(:",
        "%sh ls",
        "!ls",
        "x = '\ud800'",
        "x = 1\n" * 40_000,
        "(" * 500 + ")" * 500,
        "-" * 5_000 + "1",
        "x" + ".a" * 5_000,
        "x" + "[0]" * 5_000,
        "+".join(["1"] * 5_000),
        "[" * 90 + "eval('1')" + "]" * 90,
        "\n".join(f"{' ' * i}if x:" for i in range(99)),
        "lambda: " * 300 + "0",
    ],
)
def test_what_cannot_be_checked_is_denied_with_a_reason(text: str) -> None:
    review = GUARD.review(text, "engineer")
    assert review.verdict == "deny"
    assert review.reasons
    assert review.statement is None


def test_an_unknown_role_is_denied() -> None:
    review = GUARD.review("x = 1", "visitor")
    assert review.verdict == "deny"
    assert "visitor" in review.reasons[0]


def test_names_that_refer_to_one_another_end_the_review() -> None:
    code = "\n".join(f"x{i} = x{i + 1} if c else x{(i * 7) % 40}" for i in range(40)) + "\nspark.table(x0)"
    assert GUARD.review(code, "engineer").verdict == "deny"


def test_a_view_may_not_stand_in_for_a_table_that_may_not_be_read() -> None:
    policy = Policy.from_mapping({"roles": {"analyst": {"read": ["main.demo"]}}, "default_schema": "hr"})
    code = "if False:\n    df.createOrReplaceTempView('pay')\nspark.sql('select * from pay')"
    assert PythonGuard(policy).review(code, "analyst").verdict == "deny"


def _public(values: list[object]) -> set[str]:
    return {name for value in values for name in dir(type(value)) if not name.startswith("_")}


def test_every_attribute_of_the_installed_libraries_has_been_looked_at() -> None:
    """What a library adds is unknown to the guard until it stands in one of the lists."""
    frame = pd.DataFrame({"a": [1, 2], "b": ["x", "y"], "t": pd.to_datetime(["2024-01-01", "2024-01-02"])})
    values: list[object] = [
        frame, frame.a, frame.index, frame.t.dt, frame.b.str, frame.groupby("a"), frame.groupby("a").a,
        frame.a.rolling(2), frame.a.expanding(), frame.set_index("t").resample("D"), frame.t.iloc[0],
        pd.Timedelta(1), pd.Period("2024"), pd.MultiIndex.from_tuples([(1, 2)]), frame.b.astype("category").cat,
        np.zeros(2), np.float64(1), np.dtype("f8"), np.random.default_rng(),
        "", b"", 1, 1.0, [], {}, set(), (), datetime.datetime.now(), datetime.timedelta(), decimal.Decimal(1),
        re.compile(""), Counter(), deque(), ValueError(),
    ]  # fmt: skip
    harmless = {"stop"}
    assert _public(values) - METHODS - FORBIDDEN - CHECKED - harmless == set()


def test_the_lists_do_not_overlap() -> None:
    assert set() == METHODS & FORBIDDEN
    assert set() == CHECKED & (METHODS | FORBIDDEN)
