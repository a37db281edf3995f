"""How a result is told: names of times, decimals, ties, and what is not said when it would mislead."""

from __future__ import annotations

import pytest

from core.semantic import SemanticQuery
from core.semantic.compile import repeats_across_groups
from core.semantic.figures import figure
from core.semantic.headline import headline
from core.semantic.query import Group, Order, Ratio, Term
from core.types import Column

REGION = Column(name="region", type="STRING")
SALES = Column(name="sales", type="DECIMAL(18,2)")
BY_REGION = (Group(dimension="region"),)


def asked(*groups: Group, descending: bool | None = None) -> SemanticQuery:
    order = () if descending is None else (Order(term=0, descending=descending),)
    return SemanticQuery(catalog="main.demo", model="sales", terms=(Term(measure="sales"),), groups=groups, order=order)


@pytest.mark.parametrize(
    ("grain", "day", "told"),
    [("month", "2025-06-01", "June 2025"), ("quarter", "2025-04-01", "Q2 2025"), ("day", "2025-06-03", "2025-06-03")],
)
def test_times_are_named(grain: str, day: str, told: str) -> None:
    query = SemanticQuery(
        catalog="main.demo",
        model="sales",
        terms=(Term(measure="sales"),),
        groups=(Group.model_validate({"dimension": "order date", "grain": grain}),),
    )
    column = Column(name=grain, type="DATE")
    assert headline(query, (column, SALES), [[day, 5.0]]) == f"{told}: sales 5.00."


def test_a_year_stays_a_year() -> None:
    query = asked(Group(dimension="order date", grain="year"))
    rows = [[2024, 5.0], [2025, 7.5]]
    assert headline(query, (Column(name="year", type="INT"), SALES), rows) == (
        "Sales by year: highest 2025 (7.50), lowest 2024 (5.00)."
    )


def test_a_tie_is_told_as_one() -> None:
    rows = [["East", 5.0], ["West", 5.0], ["North", 1.0]]
    told = headline(asked(*BY_REGION, descending=True), (REGION, SALES), rows)
    assert told == "East and West share the lead with 5.00 (sales); 3 rows."
    lowest = [["North", 1.0], ["West", 1.0], ["East", 5.0]]
    told = headline(asked(*BY_REGION, descending=False), (REGION, SALES), lowest)
    assert told == "North and West share the lowest place with 1.00 (sales); 3 rows."


def test_of_many_that_tie_two_are_named() -> None:
    rows = [[name, 5.0] for name in "ABCDE"] + [["F", 1.0]]
    told = headline(asked(*BY_REGION, descending=True), (REGION, SALES), rows)
    assert told == "A, B and 3 others share the lead with 5.00 (sales); 6 rows."


def test_highest_and_lowest_are_said_only_when_they_differ() -> None:
    told = headline(asked(*BY_REGION), (REGION, SALES), [["East", 5.0], ["West", 5.0]])
    assert told == "Sales by region: 5.00 each."


@pytest.mark.parametrize(
    ("value", "told"), [(21.24, "21.2 %"), (0.0, "0.0 %"), (0.043, "0.043 %"), (100.0, "100.0 %"), (None, "unknown")]
)
def test_shares_are_percentages(value: float | None, told: str) -> None:
    count = Term(aggregate="count", entity="order")
    share = Ratio(numerator=count, denominator=count, percent=True)
    assert figure(share, Column(name="ratio", type="DOUBLE"), value) == told


@pytest.mark.parametrize(
    ("term", "kind", "value", "told"),
    [
        (Term(aggregate="avg", dimension="list price"), "DOUBLE", 12.5, "12.50"),
        (Term(aggregate="sum", dimension="monthly rent"), "DOUBLE", 1200.0, "1,200.00"),
        (Term(aggregate="sum", dimension="quantity"), "BIGINT", 1200, "1,200"),
        (Term(aggregate="count_distinct", dimension="price"), "BIGINT", 3, "3"),
        (Term(aggregate="avg", dimension="age"), "DOUBLE", 30.0, "30"),
        (Term(measure="sales"), "DECIMAL(38,2)", 7.0, "7.00"),
    ],
)
def test_money_has_two_decimals(term: Term, kind: str, value: float, told: str) -> None:
    assert figure(term, Column(name="x", type=kind), value) == told


def test_a_year_and_a_key_in_a_list_are_no_quantities() -> None:
    query = SemanticQuery(
        catalog="main.demo",
        model="people",
        groups=(Group(dimension="name"), Group(dimension="birth year"), Group(dimension="list price")),
        list_entity="person",
    )
    columns = (
        Column(name="name", type="STRING"),
        Column(name="birth_year", type="BIGINT"),
        Column(name="list_price", type="DOUBLE"),
    )
    assert headline(query, columns, [["Ada", 1992, 1200.5]]) == "Name Ada, birth year 1992, list price 1,200.50."


def test_groups_that_share_rows_are_not_added_up() -> None:
    rows = [["North", 2.0], ["South", 2.0]]
    assert headline(asked(*BY_REGION), (REGION, SALES), rows, apart=False) == "Sales by region: 2.00 each."
    shared = "SELECT `rows`.`g0`, SUM(`rows`.`v1`) FROM (SELECT DISTINCT a, b, c FROM m.s.t) AS `rows` GROUP BY 1"
    assert repeats_across_groups(shared)
    assert not repeats_across_groups("SELECT a, SUM(b) FROM m.s.t GROUP BY a")
