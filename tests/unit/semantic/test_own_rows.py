"""A compiled statement cut down to one person's rows reaches nothing else."""

from __future__ import annotations

import pytest

from core.errors import ModelQueryError
from core.semantic.compile import own_rows

OPS = "main.aiops_ops"


def test_every_table_is_replaced_by_the_persons_part_of_it() -> None:
    sql = own_rows(
        "SELECT SUM(r.cost) FROM `main`.`aiops_ops`.`requests` AS `r` "
        "WHERE EXISTS (SELECT 1 FROM main.aiops_ops.approvals AS a WHERE a.user_id <> r.user_id)",
        OPS, "user_id", "ana",
    )  # fmt: skip
    assert sql.count("`user_id` = 'ana'") == 2
    assert " ".join(sql.split()).startswith(
        "SELECT SUM(r.cost) FROM ( SELECT * FROM `main`.`aiops_ops`.`requests` WHERE `user_id` = 'ana' ) AS `r` WHERE"
    )


def test_a_name_with_quotes_stays_one_text() -> None:
    sql = own_rows("SELECT 1 FROM main.aiops_ops.requests", OPS, "user_id", "o'r' OR 1=1 --\\")
    assert r"'o\'r\' OR 1=1 --\\'" in sql


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT 1 FROM main.aiops.query_log",
        "SELECT 1 FROM requests",
        "SELECT 1 FROM main.aiops_ops.requests AS r JOIN main.demo.orders AS o ON TRUE",
        "WITH requests AS (SELECT 1) SELECT * FROM requests",
    ],
)
def test_what_belongs_to_nobody_is_refused(statement: str) -> None:
    with pytest.raises(ModelQueryError):
        own_rows(statement, OPS, "user_id", "ana")
