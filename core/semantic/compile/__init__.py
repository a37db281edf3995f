"""Semantic query + model -> one Databricks SQL SELECT."""

from core.semantic.compile.over_view import compile_over_view
from core.semantic.compile.own_rows import own_rows
from core.semantic.compile.statement import compile_query, repeats_across_groups

__all__ = ["compile_over_view", "compile_query", "own_rows", "repeats_across_groups"]
