"""Words that a schema writes otherwise, letters that are values, and what was not done."""

from __future__ import annotations

from datetime import date

import pytest

from core.semantic import Interpretation, SemanticCatalog, interpret
from core.semantic.names import stem

FIELDS = {
    "pass key": ("integer", "pass_id"),
    "grade": ("string", "grade"),
    "paid date": ("date", "paid_date"),
    "stamped": ("boolean", "stamped"),
    "open": ("boolean", "is_open"),
    "hourly rate": ("number", "hourly_rate"),
    "run time": ("number", "run_time"),
    "validity days": ("integer", "validity_days"),
}


@pytest.fixture(scope="module")
def gate() -> SemanticCatalog:
    return _catalog()


def _catalog() -> SemanticCatalog:
    from core.semantic.model import Dimension, Entity, SemanticModel

    dimensions = tuple(
        Dimension.model_validate(
            {
                "name": name,
                "expr": f"source.`{column}`",
                "type": kind,
                "synonyms": ("validity",) if column == "validity_days" else (),
            }
        )
        for name, (kind, column) in FIELDS.items()
    )
    entity = Entity(name="payment", alias="source", key=("pass_id",), label="pass key", synonyms=("checkin",))
    model = SemanticModel(name="passes", source="main.gate.passes", dimensions=dimensions, entities=(entity,))
    values = {"main.gate.passes|grade": ("A", "B", "no-show")}
    return SemanticCatalog(name="main.gate", models=(model,), values=values, complete=frozenset(values))


def ask(question: str, catalog: SemanticCatalog) -> Interpretation:
    return interpret(question, [catalog], today=date(2026, 11, 23), suggest=False)


@pytest.mark.parametrize(
    ("question", "part"),
    [
        ("How many check-ins are there?", "COUNT(*)"),
        ("How many payments are unstamped?", "NOT ( passes.stamped )"),
        ("How many payments have not been paid?", "passes.paid_date IS NULL"),
        ("How many payments are unpaid?", "passes.paid_date IS NULL"),
        ("How many payments are closed?", "NOT ( passes.is_open )"),
        ("closed payments", "NOT ( passes.is_open )"),
        ("How many grade A payments are there?", "passes.grade = 'A'"),
        ("Which payments have a validity of less than 30 days?", "passes.validity_days < 30"),
        ("average runtime of payments", "AVG(passes.run_time)"),
    ],
)
def test_a_word_is_read_as_the_schema_writes_it(question: str, part: str, gate: SemanticCatalog) -> None:
    found = ask(question, gate)
    assert found.outcome == "code", found.missing
    assert part in " ".join((found.sql or "").replace("`", "").split())


@pytest.mark.parametrize(
    "question",
    ["Which payment has the best rating?", "How many untruths are there?", "How many payments are uninsured?"],
)
def test_what_no_field_holds_is_declined(question: str, gate: SemanticCatalog) -> None:
    assert ask(question, gate).outcome == "not_understood"


def test_an_article_is_no_value(gate: SemanticCatalog) -> None:
    found = ask("Show a list of grades", gate)
    assert "'A'" not in (found.sql or "")


def test_a_rating_is_no_rate() -> None:
    assert stem("ratings") == stem("rated") != stem("rate") == stem("rates")
