"""Words that mean nearly the same: derived from one another, or in one group of `synonyms.yaml`."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import cache
from importlib.resources import files

from core.knowledge.lexical import stems

SAME, DERIVED, SYNONYM = 1.0, 0.85, 0.7
_SHARED_BEGINNING = 5
_LONGEST_ENDING = 4


def likeness(stem: str, among: Collection[str]) -> float:
    """How well `among` holds the stem: itself 1, a word derived from it or a synonym less, else 0."""
    if stem in among:
        return SAME
    if any(_is_derived(stem, other) for other in among):
        return DERIVED
    return SYNONYM if not _synonyms().get(stem, frozenset()).isdisjoint(among) else 0.0


def _is_derived(one: str, other: str) -> bool:
    """`expir` and `expiri`, `anonym` and `anonymis`: one begins with the other."""
    short, long = sorted((one, other), key=len)
    return len(short) >= _SHARED_BEGINNING and len(long) - len(short) <= _LONGEST_ENDING and long.startswith(short)


@cache
def _synonyms() -> Mapping[str, frozenset[str]]:
    groups: dict[str, set[str]] = {}
    for line in files("core.knowledge").joinpath("synonyms.yaml").read_text(encoding="utf-8").splitlines():
        group = set() if line.startswith("#") else set(stems(line))
        for stem in group:
            groups.setdefault(stem, set()).update(group - {stem})
    return {stem: frozenset(others) for stem, others in groups.items()}
