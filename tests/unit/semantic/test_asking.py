"""What begins with 'which' and things of the tables asks for their rows."""

from __future__ import annotations

import pytest

from core.semantic import SemanticCatalog, asks_for_rows
from core.semantic.yaml_format import parse_catalog

_LAMPS = """
name: main.light
models:
  - name: lamps
    source: main.light.lamps
    dimensions: [{name: title, expr: source.title}]
    entities: [{name: lamp, key: [id], label: title, synonyms: [light bulb]}]
"""


@pytest.fixture(scope="module")
def light() -> SemanticCatalog:
    return parse_catalog(_LAMPS, "light.yaml")


@pytest.mark.parametrize(
    "question",
    [
        "which lamps are not lit any more",
        "Which old lamps were dimmed?",
        "which light bulbs have dust on them",
        "lamps that miss their shade",
        "our old lamps by year",
        "any lamps still lit?",
    ],
)
def test_rows_are_asked_for(question: str, light: SemanticCatalog) -> None:
    assert asks_for_rows(question, light)


@pytest.mark.parametrize(
    "question",
    [
        "which lamp is ours",
        "which roles are there here",
        "why are lamps dim",
        "which lamps",
        "which lamps get a discount",
        "lamps without a receipt",
        "what is a lamp",
        "that lamp",
    ],
)
def test_anything_else_is_left_open(question: str, light: SemanticCatalog) -> None:
    assert not asks_for_rows(question, light)
