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
      - {name: trade, expr: source.trade, indexed: true}
      - {name: registered on, expr: source.registered_on, type: date, synonyms: [registered]}
    entities: [{name: buyer, key: [id], label: name}]
    time_dimension: registered on
  - name: goods
    source: main.shop.goods
    dimensions:
      - {name: title, expr: source.title, indexed: true}
      - {name: list price, expr: source.list_price, type: number}
      - {name: fragile, expr: source.fragile, type: boolean}
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
      - {name: discount, expr: source.discount, type: number}
      - {name: buyer name, expr: buyers.name}
      - {name: buyer country, expr: buyers.country, indexed: true}
      - {name: buyer trade, expr: buyers.trade, indexed: true}
      - {name: good title, expr: goods.title, indexed: true}
      - {name: fragile, expr: goods.fragile, type: boolean}
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
  - name: claims
    source: main.shop.claims
    joins:
      - {name: goods, source: main.shop.goods, 'on': source.good_id = goods.id}
    dimensions:
      - {name: claim id, expr: source.id, type: integer}
      - {name: claimed on, expr: source.claimed_on, type: date}
      - {name: good title, expr: goods.title, indexed: true}
    measures:
      - {name: claimed pieces, expr: SUM(source.pieces)}
      - {name: pieces sent, expr: SUM(source.sent)}
    entities:
      - {name: claim, key: [id], label: claim id}
      - {name: good, alias: goods, key: [id], label: good title, synonyms: [product]}
    time_dimension: claimed on
  - name: ports
    source: main.shop.ports
    dimensions:
      - {name: town, expr: source.town, indexed: true}
      - {name: area, expr: source.area, type: number}
      - {name: capacity, expr: source.capacity, type: integer}
    entities: [{name: port, key: [code], label: town}]
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
    "main.shop.buyers|trade": ("catering", "chief driver"),
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


def test_a_bare_noun_that_several_numbers_fit_is_asked_back_and_each_button_answers(shop: SemanticCatalog) -> None:
    found = ask("claims by product in 2025", shop)
    assert found.outcome == "ambiguous"
    assert [option.label.split(" by ")[0] for option in found.readings] == [
        "number of claims",
        "claimed pieces",
        "pieces sent",
    ]
    assert all(ask(option.question, shop).sql == option.sql for option in found.readings)


@pytest.mark.parametrize(
    "question", ["number of claims by product", "how many claims by product", "trips by origin port town"]
)
def test_a_number_that_is_named_or_the_only_one_is_answered(question: str, shop: SemanticCatalog) -> None:
    assert "COUNT(*)" in flat(ask(question, shop))


@pytest.mark.parametrize(
    "question", ["who placed the last order", "who bought the latest Kite", "who is the latest order"]
)
def test_who_is_not_answered_with_a_thing(question: str, shop: SemanticCatalog) -> None:
    assert ask(question, shop).outcome == "not_understood"


def test_who_is_answered_with_people(shop: SemanticCatalog) -> None:
    assert flat(ask("who are the buyers from Spain", shop)).startswith("SELECT buyers.name AS name")


def test_the_first_place_is_shown_with_its_ties(shop: SemanticCatalog) -> None:
    sql = flat(ask("which buyer has the most orders", shop))
    assert "QUALIFY RANK() OVER (ORDER BY COUNT(*) DESC) <= 1" in sql
    assert "LIMIT" not in sql
    assert "LIMIT 3" in flat(ask("top 3 buyers by number of orders", shop))


def test_pieces_that_were_sent_are_the_sum_of_what_was_sent(shop: SemanticCatalog) -> None:
    for question in ("how many pieces of Kite have been sent", "how many pieces of Kite were sent in 2025"):
        sql = flat(ask(question, shop))
        assert sql.startswith("SELECT SUM(claims.sent)")
        assert "goods.title = 'Kite'" in sql


def test_what_stands_after_per_is_not_what_a_column_holds() -> None:
    more = "- {name: quantity per unit, expr: source.per_unit}\n      - {name: list price,"
    catalog = parse_catalog(_SHOP.replace("- {name: list price,", more), "shop.yaml")
    named = catalog.model_copy(update={"values": _VALUES, "complete": frozenset(_VALUES)})
    found = ask("how many units of Kite have been sold", named)
    assert found.outcome == "not_understood"


def test_a_rank_begins_with_the_highest_number_and_with_the_first_name(shop: SemanticCatalog) -> None:
    assert "ORDER BY goods.list_price DESC" in flat(ask("goods ranked by list price", shop))
    assert "ORDER BY goods.title ASC" in flat(ask("goods ranked by title", shop))
    assert "ORDER BY goods.list_price ASC" in flat(ask("goods sorted by list price", shop))


def test_rates_are_not_added_up_even_when_a_total_is_asked_for(shop: SemanticCatalog) -> None:
    assert ask("total discount in 2025", shop).outcome == "not_understood"
    assert "AVG(orders.discount)" in flat(ask("average discount in 2025", shop))


def test_what_somebody_is_says_nothing_of_what_was_never_done(shop: SemanticCatalog) -> None:
    assert ask("buyers who never did catering", shop).outcome == "not_understood"
    assert "buyers.trade <> 'catering'" in flat(ask("buyers whose trade is not catering", shop))


def test_which_asks_for_rows_and_never_for_their_number(shop: SemanticCatalog) -> None:
    sql = flat(ask("which trips are from Bergen", shop))
    assert sql.startswith("SELECT trips.id AS trip_id")


def test_by_a_kind_of_person_is_one_row_each_and_by_another_text_is_not_guessed(shop: SemanticCatalog) -> None:
    sql = flat(ask("number of orders by chief driver", shop))
    assert "buyers.trade = 'chief driver'" in sql
    assert "GROUP BY buyers.id, buyers.name" in sql
    assert ask("number of orders by catering", shop).outcome == "not_understood"


def test_the_largest_of_two_sizes_is_asked_back_and_the_largest_by_one_is_answered(shop: SemanticCatalog) -> None:
    found = ask("what is the largest port", shop)
    assert found.outcome == "ambiguous"
    assert [option.label for option in found.readings] == ["by area", "by capacity"]
    assert "ORDER BY ports.capacity DESC" in flat(ask("largest port by capacity", shop))


def test_the_best_months_are_ranked_by_the_number_that_is_named(shop: SemanticCatalog) -> None:
    sql = flat(ask("top 3 months by number of claims", shop))
    assert sql.endswith(
        "ORDER BY COUNT(*) DESC, CAST(DATE_TRUNC('MONTH', claims.claimed_on) AS DATE) ASC NULLS LAST LIMIT 3"
    )
    assert ask("top 5 by list price", shop).outcome == "not_understood"


@pytest.mark.parametrize(
    "question",
    ["buyers without orders of Kite", "buyers without fragile orders", "buyers who have no fragile goods ordered"],
)
def test_what_is_said_of_something_missing_is_not_said_of_its_owner(question: str, shop: SemanticCatalog) -> None:
    assert ask(question, shop).outcome == "not_understood"


def test_conditions_before_what_is_missing_are_its_owners(shop: SemanticCatalog) -> None:
    sql = flat(ask("buyers from Spain without orders", shop))
    assert "buyers.country = 'Spain' AND NOT EXISTS(" in sql


def test_a_thing_named_after_a_superlatives_number_is_shown_with_it(shop: SemanticCatalog) -> None:
    sql = flat(ask("highest list price product", shop))
    assert sql.startswith("SELECT goods.title AS title, goods.list_price AS list_price")
    assert flat(ask("highest list price", shop)).startswith("SELECT MAX(goods.list_price)")


@pytest.mark.parametrize(
    "question",
    [
        "buyers in 2025",
        "how many buyers ordered a Kite again",
        "buyers who visited the Kite",
        "number of buyers number of orders by country",
    ],
)
def test_a_word_that_says_more_is_never_dropped(question: str, shop: SemanticCatalog) -> None:
    assert ask(question, shop).outcome == "not_understood"


def test_the_day_on_which_something_lasting_began_has_to_be_said(shop: SemanticCatalog) -> None:
    sql = flat(ask("how many buyers registered in 2025", shop))
    assert "buyers.registered_on >= CAST('2025-01-01' AS DATE)" in sql
    assert "claims.claimed_on >= CAST('2025-01-01' AS DATE)" in flat(ask("how many claims in 2025", shop))
