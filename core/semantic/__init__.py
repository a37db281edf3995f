"""The semantic layer: models of what can be asked, drafting them, matching questions, compiling queries."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from core.semantic.compile import compile_query
    from core.semantic.draft import draft_catalog
    from core.semantic.match.asking import asks_for_rows
    from core.semantic.match.examples import example_questions
    from core.semantic.match.interpret import Interpretation, ReadingOption, interpret
    from core.semantic.metric_view import metric_view_yaml
    from core.semantic.model import Dimension, Entity, Join, Measure, SemanticCatalog, SemanticModel
    from core.semantic.query import SemanticQuery
    from core.semantic.store import SemanticStore
    from core.semantic.yaml_format import dump_catalog, load_catalog, parse_catalog

_HOMES = {
    "SemanticCatalog": "model", "SemanticModel": "model", "Dimension": "model", "Measure": "model", "Entity": "model",
    "Join": "model", "SemanticQuery": "query", "load_catalog": "yaml_format", "parse_catalog": "yaml_format",
    "dump_catalog": "yaml_format", "metric_view_yaml": "metric_view", "compile_query": "compile",
    "SemanticStore": "store", "draft_catalog": "draft", "example_questions": "match.examples",
    "interpret": "match.interpret", "Interpretation": "match.interpret", "ReadingOption": "match.interpret",
    "asks_for_rows": "match.asking",
}  # fmt: skip

__all__ = [
    "Dimension", "Entity", "Interpretation", "Join", "Measure", "ReadingOption", "SemanticCatalog", "SemanticModel",
    "SemanticQuery", "SemanticStore", "asks_for_rows", "compile_query", "draft_catalog", "dump_catalog",
    "example_questions", "interpret", "load_catalog", "metric_view_yaml", "parse_catalog",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(name)
    return getattr(import_module(f"core.semantic.{_HOMES[name]}"), name)
