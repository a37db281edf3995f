"""What must not be answered with a number that only looks right, over small models made for it."""

from __future__ import annotations

from datetime import date

import pytest

from core.semantic import Interpretation, SemanticCatalog, interpret
from core.semantic.yaml_format import parse_catalog

TODAY = date(2026, 11, 23)
_SHOP = """
name: main.shop
models:
  - name: buyers
    source: main.shop.buyers
    dimensions:
      - {name: name, expr: source.name}
      - {name: country, expr: source.country, indexed: true}
    entities: [{name: buyer, key: [id], label: name}]
  - name: goods
    source: main.shop.goods
    dimensions:
      - {name: title, expr: source.title, indexed: true}
      - {name: list price, expr: source.list_price, type: number}
    entities: [{name: good, key: [id], label: title, synonyms: [product]}]
  - name: orders
    source: main.shop.orders
    joins:
      - {name: buyers, source: main.shop.buyers, 'on': source.buyer_id = buyers.id}
      - {name: goods, source: main.shop.goods, 'on': source.good_id = goods.id}
    dimensions:
      - {name: quantity, expr: source.quantity, type: integer}
      - {name: ordered on, expr: source.ordered_on, type: date}
      - {name: shipped on, expr: source.shipped_on, type: date, synonyms: [shipped]}
      - {name: delivered on, expr: source.delivered_on, type: date, synonyms: [delivered]}
      - {name: status, expr: source.status, indexed: true}
      - {name: buyer name, expr: buyers.name}
      - {name: buyer country, expr: buyers.country, indexed: true}
      - {name: good title, expr: goods.title, indexed: true}
    entities:
      - {name: order, key: [id]}
      - {name: buyer, alias: buyers, key: [id], label: buyer name}
      - {name: good, alias: goods, key: [id], label: good title, synonyms: [product]}
    time_dimension: ordered on
  - name: reviews
    source: main.shop.reviews
    joins:
      - {name: buyers, source: main.shop.buyers, 'on': source.buyer_id = buyers.id}
      - {name: goods, source: main.shop.goods, 'on': source.good_id = goods.id}
    dimensions:
      - {name: stars, expr: source.stars, type: integer}
      - {name: buyer name, expr: buyers.name}
      - {name: good title, expr: goods.title, indexed: true}
    entities:
      - {name: review, key: [id]}
      - {name: buyer, alias: buyers, key: [id], label: buyer name}
      - {name: good, alias: goods, key: [id], label: good title, synonyms: [product]}
  - name: trips
    source: main.shop.trips
    joins:
      - {name: origin, source: main.shop.ports, 'on': source.origin_port = origin.code}
      - {name: destination, source: main.shop.ports, 'on': source.destination_port = destination.code}
    dimensions:
      - {name: trip id, expr: source.id, type: integer}
      - {name: origin port town, expr: origin.town, indexed: true}
      - {name: destination port town, expr: destination.town, indexed: true}
    entities: [{name: trip, key: [id], label: trip id}]
"""
_VALUES = {
    "main.shop.orders|status": ("paid", "shipped"),
    "main.shop.goods|title": ("Kite", "Lamp"),
    "main.shop.buyers|country": ("Spain", "Norway"),
    "main.shop.ports|town": ("Bergen", "Vigo"),
}


@pytest.fixture(scope="module")
def shop() -> SemanticCatalog:
    catalog = parse_catalog(_SHOP, "shop.yaml")
    return catalog.model_copy(update={"values": _VALUES, "complete": frozenset(_VALUES)})


def ask(question: str, catalog: SemanticCatalog) -> Interpretation:
    return interpret(question, [catalog], today=TODAY, suggest=False)


def flat(found: Interpretation) -> str:
    return " ".join((found.sql or "").split()).replace("`", "")


def test_the_verb_says_which_records_link_two_things(shop: SemanticCatalog) -> None:
    assert "FROM main.shop.orders" in flat(ask("How many buyers bought a Kite?", shop))
    assert "FROM main.shop.reviews" in flat(ask("How many buyers reviewed a Kite?", shop))


def test_records_that_nothing_names_are_not_chosen_by_path_length(shop: SemanticCatalog) -> None:
    assert ask("How many buyers have a Kite?", shop).outcome == "not_understood"


def test_both_and_not_over_many_rows_become_existence_tests(shop: SemanticCatalog) -> None:
    both = flat(ask("buyers who ordered a Kite and a Lamp", shop))
    assert both.startswith("SELECT buyers.name AS name FROM main.shop.buyers")
    assert both.count("EXISTS(") == 2
    assert "IN (" not in both
    without = flat(ask("buyers who ordered a Kite but not a Lamp", shop))
    assert without.count("EXISTS(") == 2
    assert without.count("NOT EXISTS(") == 1
    either = flat(ask("buyers who ordered a Kite or a Lamp", shop))
    assert "IN ('Kite', 'Lamp')" in either


def test_time_stays_with_the_rows_that_are_tested(shop: SemanticCatalog) -> None:
    sql = flat(ask("buyers who ordered a Kite but not a Lamp in 2025", shop))
    assert sql.count("ordered_on >= CAST('2025-01-01' AS DATE)") == 2


def test_amounts_of_finer_rows_are_added_up_before_they_rank(shop: SemanticCatalog) -> None:
    sql = flat(ask("top 5 goods by quantity", shop))
    assert "SUM(orders.quantity)" in sql
    assert "GROUP BY goods.id, goods.title" in sql


@pytest.mark.parametrize("question", ["top 5 goods by stars", "goods by quantity", "quantity", "orders on hold"])
def test_what_has_no_sum_and_no_owner_is_declined(question: str, shop: SemanticCatalog) -> None:
    assert ask(question, shop).outcome == "not_understood"


def test_prepositions_say_the_role_of_a_place(shop: SemanticCatalog) -> None:
    assert "origin.town = 'Bergen'" in flat(ask("trips from Bergen", shop))
    assert "destination.town = 'Bergen'" in flat(ask("trips to Bergen", shop))
    assert ask("trips in Bergen", shop).outcome != "code"


def test_a_refusal_does_not_tell_which_values_exist(shop: SemanticCatalog) -> None:
    for name in ("Kite", "Kitex"):
        found = interpret(f"orders of {name}", [], today=TODAY, forbidden_catalogs=[shop], suggest=False)
        assert found.outcome == "not_understood"
    named = interpret("how many orders are there", [], today=TODAY, forbidden_catalogs=[shop], suggest=False)
    assert named.outcome == "not_allowed"


def test_listed_numbers_stand_beside_what_they_belong_to(shop: SemanticCatalog) -> None:
    sql = flat(ask("list price of Kite and Lamp", shop))
    assert sql.startswith("SELECT goods.title AS title, goods.list_price AS list_price")


def test_the_day_of_a_deed_is_not_the_rows_own_day(shop: SemanticCatalog) -> None:
    found = ask("orders shipped in December", shop)
    assert "ordered_on" not in flat(found)


def test_what_was_never_done_has_no_date(shop: SemanticCatalog) -> None:
    assert "delivered_on IS NULL" in flat(ask("How many orders have not been delivered yet?", shop))


def test_a_status_passed_long_ago_is_not_taken_for_a_deed_undone(shop: SemanticCatalog) -> None:
    sql = flat(ask("How many orders have not been shipped yet?", shop))
    assert sql.endswith("WHERE orders.shipped_on IS NULL")


@pytest.mark.parametrize(
    "question", ["buyers orders goods", "orders on each day of the week", "orders by buyers from Spain"]
)
def test_words_without_a_relation_are_declined(question: str, shop: SemanticCatalog) -> None:
    assert ask(question, shop).outcome == "not_understood"
