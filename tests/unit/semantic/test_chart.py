"""How a result is drawn and told."""

from __future__ import annotations

from core.semantic import SemanticQuery
from core.semantic.chart import chart
from core.semantic.headline import headline
from core.semantic.query import Group, Order, Term
from core.types import Column

REGION = Column(name="region", type="STRING")
MONTH = Column(name="month", type="DATE")
SALES = Column(name="sales", type="DECIMAL(18,2)")


def query(*groups: Group, ordered: bool = False) -> SemanticQuery:
    order = (Order(term=0, descending=True),) if ordered else ()
    return SemanticQuery(catalog="main.demo", model="sales", terms=(Term(measure="sales"),), groups=groups, order=order)


def test_one_value_is_a_number() -> None:
    assert chart(query(), (SALES,), [[10.5]]).kind == "number"
    assert headline(query(), (SALES,), [[1234.5]]) == "Sales: 1,234.50."


def test_categories_are_bars_and_the_leader_is_named() -> None:
    asked = query(Group(dimension="region"), ordered=True)
    rows = [["West", 20.0], ["North", 5.0]]
    drawn = chart(asked, (REGION, SALES), rows)
    assert (drawn.kind, drawn.x, drawn.y) == ("bar", "region", ("sales",))
    assert headline(asked, (REGION, SALES), rows) == "West leads with 20.00 (sales); 2 rows."


def test_time_is_a_line_and_a_second_group_its_series() -> None:
    asked = query(Group(dimension="order date", grain="month"), Group(dimension="region"))
    rows = [["2026-01-01", "West", 1.0], ["2026-01-01", "North", 2.0], ["2026-02-01", "West", 3.0]]
    drawn = chart(asked, (MONTH, REGION, SALES), rows)
    assert (drawn.kind, drawn.x, drawn.series) == ("line", "month", "region")


def test_a_list_or_nothing_is_not_drawn() -> None:
    listing = SemanticQuery(
        catalog="main.demo", model="stores", groups=(Group(dimension="store"),), list_entity="store"
    )
    name = Column(name="store", type="STRING")
    assert chart(listing, (name,), [["A"], ["B"]]).kind == "none"
    assert headline(listing, (name,), [["A"], ["B"]]) == "2 stores."
    assert headline(listing, (name,), []) == "No rows match."
    assert headline(listing, (name,), [["A"], ["B"]], truncated=True) == "More than 2 stores."


def test_averages_are_not_added_up() -> None:
    asked = SemanticQuery(
        catalog="main.demo",
        model="sales",
        terms=(Term(aggregate="avg", dimension="quantity"),),
        groups=(Group(dimension="region"),),
    )
    told = headline(asked, (REGION, SALES), [["West", 20.0], ["North", 5.0]])
    assert "in all" not in told
    assert "highest West (20.00), lowest North (5.00)" in told


def test_a_missing_value_is_said() -> None:
    assert headline(query(), (SALES,), [[None]]) == "There is no value for sales."
