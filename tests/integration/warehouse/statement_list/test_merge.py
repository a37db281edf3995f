"""MERGE INTO with every clause."""

from __future__ import annotations

import pytest

from core.errors import StatementFailed, StatementInvalid, StatementRefused
from core.warehouse.port import Warehouse
from tests.integration.warehouse.statement_list.calls import refused, run, tuples

T = "main.lab.t"
S = "main.lab.s"


@pytest.fixture
def pair(warehouse: Warehouse) -> Warehouse:
    run(warehouse, f"CREATE TABLE {T} (id INT, n INT, note STRING)")
    run(warehouse, f"INSERT INTO {T} VALUES (1, 10, 'a'), (2, 20, 'b'), (3, 30, NULL)")
    run(warehouse, f"CREATE TABLE {S} (id INT, n INT, note STRING)")
    run(warehouse, f"INSERT INTO {S} VALUES (2, 200, 'B'), (3, NULL, 'C'), (4, 400, 'D')")
    return warehouse


def rows(warehouse: Warehouse) -> list[tuple[object, ...]]:
    return [*tuples(warehouse, f"SELECT * FROM {T} ORDER BY id, n")]


def test_update_all_and_insert_all(pair: Warehouse) -> None:
    statement = (
        f"MERGE INTO {T} AS t USING {S} AS s ON t.id = s.id"
        " WHEN MATCHED THEN UPDATE SET * WHEN NOT MATCHED BY TARGET THEN INSERT *"
    )
    assert run(pair, statement) == 3
    assert rows(pair) == [(1, 10, "a"), (2, 200, "B"), (3, None, "C"), (4, 400, "D")]


def test_first_clause_whose_condition_holds_is_the_one_that_counts(pair: Warehouse) -> None:
    statement = (
        f"MERGE INTO {T} t USING {S} s ON t.id = s.id"
        " WHEN MATCHED AND s.n IS NULL THEN DELETE"
        " WHEN MATCHED AND t.n < :low THEN UPDATE SET n = -1"
        " WHEN MATCHED THEN UPDATE SET t.n = s.n + t.n, note = concat(t.note, s.note)"
        " WHEN NOT MATCHED AND s.n > 1000 THEN INSERT (id) VALUES (0)"
        " WHEN NOT MATCHED THEN INSERT (note, id) VALUES (lower(s.note), s.id)"
        " WHEN NOT MATCHED BY SOURCE AND t.n > 1000 THEN DELETE"
        " WHEN NOT MATCHED BY SOURCE THEN UPDATE SET note = 'gone'"
    )
    assert run(pair, statement, {"low": 5}) == 4
    assert rows(pair) == [(1, 10, "gone"), (2, 220, "bB"), (4, None, "d")]


def test_stars_leave_out_what_they_except(pair: Warehouse) -> None:
    run(
        pair,
        f"MERGE INTO {T} t USING {S} s ON t.id = s.id WHEN MATCHED THEN UPDATE SET * EXCEPT (note)"
        " WHEN NOT MATCHED THEN INSERT * EXCEPT (n)",
    )
    assert rows(pair) == [(1, 10, "a"), (2, 200, "b"), (3, None, None), (4, None, "D")]


def test_source_is_a_query_with_parameters_or_a_list_of_values(pair: Warehouse) -> None:
    statement = (
        f"MERGE INTO {T} t USING (SELECT :id AS id, :n AS n) s ON t.id = s.id"
        " WHEN MATCHED THEN UPDATE SET n = s.n WHEN NOT MATCHED THEN INSERT (id, n) VALUES (s.id, s.n)"
    )
    assert run(pair, statement, {"id": 1, "n": 11}) == 1
    assert run(pair, statement, {"id": 5, "n": 55}) == 1
    run(
        pair, f"MERGE INTO {T} t USING VALUES (2, 'v') AS s(id, x) ON t.id = s.id WHEN MATCHED THEN UPDATE SET note = x"
    )
    run(
        pair,
        f"WITH q AS (SELECT 3 AS id) MERGE INTO {T} t USING q ON t.id = q.id WHEN MATCHED THEN DELETE",
    )
    assert rows(pair) == [(1, 11, "a"), (2, 20, "v"), (5, 55, None)]


def test_merge_can_read_the_table_that_it_changes(pair: Warehouse) -> None:
    run(
        pair,
        f"MERGE INTO {T} t USING (SELECT id + 1 AS id, n FROM {T}) s ON t.id = s.id"
        " WHEN MATCHED THEN UPDATE SET n = s.n WHEN NOT MATCHED THEN INSERT (id, n) VALUES (s.id, s.n)",
    )
    assert [row[:2] for row in rows(pair)] == [(1, 10), (2, 10), (3, 20), (4, 30)]


def test_condition_may_never_hold(pair: Warehouse) -> None:
    statement = f"MERGE INTO {T} t USING {S} s ON false WHEN NOT MATCHED AND s.id = 4 THEN INSERT *"
    assert run(pair, statement) == 1
    assert len(rows(pair)) == 4
    nothing = f"MERGE INTO {T} t USING (SELECT * FROM {S} WHERE false) s ON t.id = s.id WHEN MATCHED THEN DELETE"
    assert run(pair, nothing) == 0


@pytest.mark.parametrize(
    "clauses",
    [
        "WHEN MATCHED THEN UPDATE SET n = s.n",
        "WHEN MATCHED AND s.n = 1 THEN UPDATE SET n = s.n WHEN MATCHED THEN DELETE",
        "WHEN MATCHED AND s.n > 0 THEN DELETE",
    ],
)
def test_row_that_two_source_rows_match_is_an_error(pair: Warehouse, clauses: str) -> None:
    source = "(SELECT * FROM VALUES (2, 1), (2, 2) AS q(id, n)) s"
    error = refused(pair, f"MERGE INTO {T} t USING {source} ON t.id = s.id {clauses}", StatementFailed)
    assert error.error_class == "DELTA_MULTIPLE_SOURCE_ROW_MATCHING_TARGET_ROW_IN_MERGE"
    assert rows(pair)[1] == (2, 20, "b")


def test_two_matches_are_no_error_where_one_counts_or_all_delete(pair: Warehouse) -> None:
    source = "(SELECT * FROM VALUES (2, 1), (2, 2) AS q(id, n)) s"
    statement = f"MERGE INTO {T} t USING {source} ON t.id = s.id WHEN MATCHED AND s.n = 2 THEN UPDATE SET n = s.n"
    assert run(pair, statement) == 1
    assert rows(pair)[1] == (2, 2, "b")
    assert run(pair, f"MERGE INTO {T} t USING {source} ON t.id = s.id WHEN MATCHED THEN DELETE") == 1
    assert [row[0] for row in rows(pair)] == [1, 3]


def test_default_stands_for_the_columns_default(warehouse: Warehouse) -> None:
    run(
        warehouse,
        f"CREATE TABLE {T} (id INT, n INT DEFAULT 42)"
        " TBLPROPERTIES ('delta.feature.allowColumnDefaults' = 'supported')",
    )
    run(warehouse, f"INSERT INTO {T} VALUES (1, 1)")
    run(
        warehouse,
        f"MERGE INTO {T} t USING VALUES (1), (2), (3) AS s(id) ON t.id = s.id WHEN MATCHED THEN UPDATE SET n = DEFAULT"
        " WHEN NOT MATCHED AND s.id = 2 THEN INSERT (id, n) VALUES (s.id, DEFAULT)"
        " WHEN NOT MATCHED THEN INSERT (id) VALUES (s.id)",
    )
    assert rows(warehouse) == [(1, 42), (2, 42), (3, 42)]


@pytest.mark.parametrize(
    ("clauses", "error_class"),
    [
        ("WHEN MATCHED THEN DELETE WHEN MATCHED THEN UPDATE SET n = 1", "NON_LAST_MATCHED_CLAUSE_OMIT_CONDITION"),
        ("WHEN MATCHED THEN INSERT *", "PARSE_SYNTAX_ERROR"),
        ("WHEN NOT MATCHED THEN DELETE", "PARSE_SYNTAX_ERROR"),
        ("WHEN NOT MATCHED BY SOURCE THEN INSERT *", "PARSE_SYNTAX_ERROR"),
        ("WHEN NOT MATCHED THEN INSERT (id, n) VALUES (1)", "PARSE_SYNTAX_ERROR"),
        ("WHEN MATCHED THEN UPDATE SET nothing = 1", "UNRESOLVED_COLUMN"),
        ("WHEN NOT MATCHED THEN INSERT (nothing) VALUES (1)", "UNRESOLVED_COLUMN"),
        ("", "PARSE_SYNTAX_ERROR"),
    ],
)
def test_merge_that_makes_no_sense_is_named(pair: Warehouse, clauses: str, error_class: str) -> None:
    error = refused(pair, f"MERGE INTO {T} t USING {S} s ON t.id = s.id {clauses}", StatementInvalid)
    assert error.error_class == error_class


def test_star_needs_every_column_in_the_source(pair: Warehouse) -> None:
    statement = f"MERGE INTO {T} t USING (SELECT 1 AS id, 2 AS n) s ON t.id = s.id WHEN MATCHED THEN UPDATE SET *"
    refused(pair, statement, StatementInvalid, "note")
    assert rows(pair)[0] == (1, 10, "a")


def test_schema_evolution_is_refused_by_name(pair: Warehouse) -> None:
    statement = f"MERGE WITH SCHEMA EVOLUTION INTO {T} t USING {S} s ON t.id = s.id WHEN MATCHED THEN UPDATE SET *"
    refused(pair, statement, StatementRefused, "SCHEMA EVOLUTION")
