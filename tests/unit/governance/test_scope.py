"""Names and patterns."""

from __future__ import annotations

import pytest
import sqlglot
from hypothesis import given
from hypothesis import strategies as st
from sqlglot import exp
from sqlglot.dialects.databricks import Databricks

from core.governance.scope import covers, join_name, quote_part, split_name

PART = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), min_size=1, max_size=12).filter(
    lambda part: part.strip() == part and bool(part.strip())
)


@given(st.lists(PART, min_size=1, max_size=3))
def test_joined_parts_split_into_themselves(parts: list[str]) -> None:
    assert split_name(join_name(parts)) == tuple(parts)


@pytest.mark.parametrize("name", ["", ".", "a.", ".a", "a..b", "a.b.c.d", "`a", "a`b`", "`a`b"])
def test_what_is_not_a_name_raises(name: str) -> None:
    with pytest.raises(ValueError):
        split_name(name)


def test_every_word_of_sql_can_name_a_table() -> None:
    words = [word for word in Databricks.Tokenizer.KEYWORDS if word.isalpha()]
    assert len(words) > 100
    for word in words:
        tree = sqlglot.parse_one(f"SELECT * FROM {join_name(('a', 'b', word))}", dialect="databricks")
        (table,) = tree.find_all(exp.Table)
        assert [part.name for part in table.parts] == ["a", "b", word]


def test_plain_parts_stay_bare_and_others_are_quoted() -> None:
    assert [quote_part(part) for part in ("orders", "Order Details", "1st", "a`b")] == [
        "orders",
        "`Order Details`",
        "`1st`",
        "`a``b`",
    ]


@given(st.lists(PART, min_size=1, max_size=3), st.tuples(PART, PART, PART))
def test_a_longer_pattern_never_covers_more(pattern: list[str], table: tuple[str, str, str]) -> None:
    shorter = tuple(pattern[:-1])
    if shorter and covers(tuple(pattern), table):
        assert covers(shorter, table) or table[1] == "information_schema"
