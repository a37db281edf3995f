"""Semantic query + model -> one Databricks SQL SELECT."""

from core.semantic.compile.statement import compile_query

__all__ = ["compile_query"]
