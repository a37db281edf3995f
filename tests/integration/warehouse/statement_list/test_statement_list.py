"""The statement list: what is supported gives the documented value, what is not is refused by name.

One module a theme holds tables: SCALARS, CASES, REFUSED and FAILURES. The values are written down from the Databricks
SQL documentation and from ANSI semantics, never from an engine.
"""

from __future__ import annotations

import importlib
import pkgutil
from types import ModuleType

import pytest

from core.warehouse.port import Warehouse
from tests.integration.warehouse import statement_list
from tests.integration.warehouse.statement_list.checks import (
    Rows,
    check_failure,
    check_refusal,
    check_rows,
    check_scalar,
)

_NOT_THEMES = ("checks",)


def themes() -> list[ModuleType]:
    names = [found.name for found in pkgutil.iter_modules(statement_list.__path__)]
    return [
        importlib.import_module(f"{statement_list.__name__}.{name}")
        for name in names
        if not name.startswith("test_") and name not in _NOT_THEMES
    ]


def table(name: str) -> list[object]:
    """The entries of one kind of table in every theme, as parameters named by theme and statement."""
    return [
        pytest.param(*entry, id=f"{theme.__name__.rpartition('.')[2]}: {entry[0]}")
        for theme in themes()
        for entry in getattr(theme, name, [])
    ]


def statements() -> list[str]:
    """Every statement whose value or error the list checks."""
    scalars = [f"SELECT {entry[0]}" for theme in themes() for entry in getattr(theme, "SCALARS", [])]
    return scalars + [
        entry[0] for theme in themes() for name in ("CASES", "FAILURES") for entry in getattr(theme, name, [])
    ]


@pytest.mark.parametrize(("expression", "expected"), table("SCALARS"))
def test_expression_has_the_documented_value(values: Warehouse, expression: str, expected: object) -> None:
    check_scalar(values, expression, expected)


@pytest.mark.parametrize(("statement", "expected"), table("CASES"))
def test_query_has_the_documented_rows(values: Warehouse, statement: str, expected: Rows) -> None:
    check_rows(values, statement, expected)


@pytest.mark.parametrize(("statement", "named"), table("REFUSED"))
def test_construct_that_is_not_exact_is_refused_by_name(values: Warehouse, statement: str, named: str) -> None:
    check_refusal(values, statement, named)


@pytest.mark.parametrize(("statement", "error_class"), table("FAILURES"))
def test_value_that_cannot_be_given_is_an_error(values: Warehouse, statement: str, error_class: str) -> None:
    check_failure(values, statement, error_class)
