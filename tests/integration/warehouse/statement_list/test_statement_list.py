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
from tests.cases import check_each
from tests.integration.warehouse import statement_list
from tests.integration.warehouse.statement_list.checks import (
    Case,
    Failure,
    Refusal,
    Scalar,
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


def having(table: str) -> pytest.MarkDecorator:
    """Once for each theme that has entries of this kind, named by the theme."""
    found = {theme.__name__.rpartition(".")[2]: getattr(theme, table, []) for theme in themes()}
    found = {name: entries for name, entries in found.items() if entries}
    return pytest.mark.parametrize("entries", found.values(), ids=found)


def statements() -> list[str]:
    """Every statement whose value or error the list checks."""
    scalars = [f"SELECT {entry[0]}" for theme in themes() for entry in getattr(theme, "SCALARS", [])]
    return scalars + [
        entry[0] for theme in themes() for name in ("CASES", "FAILURES") for entry in getattr(theme, name, [])
    ]


@having("SCALARS")
def test_expressions_have_the_documented_value(values: Warehouse, entries: list[Scalar]) -> None:
    check_each(entries, lambda entry: check_scalar(values, *entry), statement)


@having("CASES")
def test_queries_have_the_documented_rows(values: Warehouse, entries: list[Case]) -> None:
    check_each(entries, lambda entry: check_rows(values, *entry), statement)


@having("REFUSED")
def test_constructs_that_are_not_exact_are_refused_by_name(values: Warehouse, entries: list[Refusal]) -> None:
    check_each(entries, lambda entry: check_refusal(values, *entry), statement)


@having("FAILURES")
def test_values_that_cannot_be_given_are_errors(values: Warehouse, entries: list[Failure]) -> None:
    check_each(entries, lambda entry: check_failure(values, *entry), statement)


def statement(entry: tuple[str, object]) -> str:
    return entry[0]
