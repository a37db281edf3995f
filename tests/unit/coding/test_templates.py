"""Templates over hostile names: every one passes the guard and its own checks; names never become code."""

from __future__ import annotations

import ast

import pytest

from core.codecheck import PythonGuard
from core.coding import Aggregate, Clean, Deduplicate, Expect, JoinTables, Merge, Read, Spec, lint, render, ruff
from core.coding.spec import Range, Reference
from core.governance import Policy

GUARD = PythonGuard(
    Policy.from_mapping(
        {
            "roles": {"engineer": {"actions": ["*"], "read": ["main.demo"], "write_with_approval": ["main.sandbox"]}},
            "default_schema": "demo",
        }
    )
)
ODD = ("order id", "select", "a.b", 'say "x"', "it's")
WIDE = tuple(f"column_{number}" for number in range(300))
OUT = "main.sandbox.result"
SPECS: tuple[Spec, ...] = (
    Read(table="main.demo.`odd name`"),
    Read(table="main.demo.orders", into=OUT),
    Clean(table="main.demo.orders", texts=ODD, required=("order id",), into=OUT),
    Clean(table="main.demo.wide", texts=WIDE),
    Deduplicate(table="main.demo.orders", keys=ODD, newest="changed at", into=OUT),
    Deduplicate(table="main.demo.orders", keys=("id",), newest="at", ascending=True),
    JoinTables(table="main.demo.a", other="main.demo.b", keys=(("order id", "select"), ("x", "y")), added=ODD),
    Aggregate(statement="SELECT region, SUM(amount) AS sales FROM main.demo.orders GROUP BY region", into=OUT),
    Merge(source="main.demo.a", target=OUT, keys=("order id",), columns=("order id", "select", "v")),
    Merge(source="main.demo.a", target=OUT, keys=("id",), columns=("id",)),
    Expect(
        table="main.demo.orders",
        not_null=ODD,
        unique=(("order id",), ("x", "y")),
        ranges=(Range(column="amount", low=0, high=10.5),),
        references=(Reference(column="c", other="main.demo.b", other_column="c"),),
    ),
)


@pytest.mark.parametrize("spec", SPECS)
def test_what_a_template_writes_passes_its_own_checks(spec: Spec) -> None:
    text = render(spec)
    review = GUARD.review(text, "engineer")
    assert review.verdict != "deny", review.reasons
    assert lint(text).faults == ()
    assert review.target == (OUT if OUT in text else None)


def test_ruff_finds_nothing_in_templates() -> None:
    together = "\n".join(render(spec) for spec in SPECS)
    assert [fault for fault in ruff(together).faults if "F811" not in fault] == []


def test_a_name_with_quotes_and_code_in_it_stays_a_name() -> None:
    name = "x`') or __import__('os').system('id') #"
    text = render(Clean(table="main.demo.orders", texts=(name,)))
    assert "__import__" not in {node.id for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Name)}


def test_a_table_that_the_role_may_not_read_is_denied() -> None:
    assert GUARD.review(render(Read(table="main.hr.pay")), "engineer").verdict == "deny"
