"""A number's course over time in a sentence: beside the period before, or added up."""

from __future__ import annotations

from collections.abc import Sequence

from core.semantic.figures import figure, label
from core.semantic.match.phrasing import term_phrase
from core.semantic.query import Comparison, SemanticQuery
from core.types import Column, Scalar


def compared(query: SemanticQuery, columns: Sequence[Column], rows: Sequence[Sequence[Scalar]]) -> str:
    """'2025: sales 120.00, 20.0 % more than a year before (100.00).'; of several periods the newest is told."""
    if len(query.groups) > 1:
        return f"{len(rows):,} rows, {_beside(query)}."
    row, at = rows[-1], len(query.groups)
    name = query.terms[0].label or term_phrase(query.terms[0])
    value = figure(query.terms[0], columns[at], row[at])
    told = f"{label(query.groups, row)}: {name} {value}{_than(query, columns, row)}."
    return told if len(rows) == 1 else f"{told} {len(rows):,} rows, {_beside(query)}."


def added_up(query: SemanticQuery, columns: Sequence[Column], rows: Sequence[Sequence[Scalar]]) -> str:
    """'Sales added up by month: 1,200.00 by December 2025.'"""
    name = query.terms[0].label or term_phrase(query.terms[0])
    grain = query.groups[query.running or 0].grain
    if len(query.groups) > 1:
        return f"{len(rows):,} rows, {name} added up {grain} by {grain}."
    total = figure(query.terms[0], columns[-1], rows[-1][-1])
    return f"{name[:1].upper()}{name[1:]} added up {grain} by {grain}: {total} by {label(query.groups, rows[-1])}."


def _beside(query: SemanticQuery) -> str:
    comparison = query.comparison
    assert comparison is not None
    shown = query.groups[comparison.group].grain
    before = "before" if (shown, 1) == (comparison.grain, comparison.count) else _before(comparison)
    return f"each {shown} beside the {shown} {before}"


def _before(comparison: Comparison) -> str:
    """'a year before', '3 years before'."""
    count = comparison.count
    return f"a {comparison.grain} before" if count == 1 else f"{count} {comparison.grain}s before"


def _than(query: SemanticQuery, columns: Sequence[Column], row: Sequence[Scalar]) -> str:
    comparison = query.comparison
    assert comparison is not None
    before, percent = row[-3], row[-1]
    if before is None:
        return f"; nothing is there for {_before(comparison)}"
    then = figure(query.terms[0], columns[-3], before)
    if not isinstance(percent, (int, float)):
        return f", after {then} {_before(comparison)}"
    if percent == 0:
        return f", as {_before(comparison)}"
    return f", {abs(percent):.1f} % {'more' if percent > 0 else 'less'} than {_before(comparison)} ({then})"
