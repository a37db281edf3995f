"""Fewer tables for a model whose context is short: those that share words with the question."""

from __future__ import annotations

from agents.prompting import nearest

STORES = "TABLE main.demo.stores -- Places that sell.\n  store_id BIGINT\n  region STRING -- Part of the country."
ORDERS = "TABLE main.demo.orders -- A TABLE of orders.\n  order_id BIGINT\n  ordered_on DATE"
PEOPLE = "TABLE main.demo.people -- Who works.\n  name STRING\n  hired_on DATE -- First day of work."


def test_half_of_the_tables_stay_the_nearest_in_their_order() -> None:
    tables = "\n".join([STORES, ORDERS, PEOPLE])
    assert nearest(tables, "orders on a day") == ORDERS
    assert nearest(tables, "region of each store") == STORES
    assert nearest("\n".join([tables, tables]), "on the first day of work").count("people") == 2


def test_one_table_is_not_halved() -> None:
    assert nearest(STORES, "region") == ""
    assert nearest("", "region") == ""
