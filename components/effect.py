"""What a request would do, as its dry run found it: sentences first, then objects, changes, rows before and after."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import streamlit as st
from pydantic import ValidationError

from components.escaping import plain, rich
from components.formats import counted, size, words
from components.samples import cut, sample_table
from core.execution import Effect, Sample

_OBJECTS = (
    ("creates", "add_circle", "green", "Creates"),
    ("replaces", "swap_horiz", "orange", "Replaces"),
    ("alters", "edit", "orange", "Alters"),
    ("drops", "delete", "red", "Drops"),
    ("dependants", "warning", "orange", "Read by"),
)
_COLUMNS_NAMED = 8


def effect_of(stored: Mapping[str, Any]) -> Effect | None:
    """The effect as typed; None where none was stored, or what is stored is not one."""
    try:
        return Effect.model_validate(stored) if stored else None
    except ValidationError:
        return None


def draw_effect(stored: Mapping[str, Any]) -> None:
    """All of it but the samples, for whoever decides."""
    effect = effect_of(stored)
    if effect is None:
        st.markdown(":gray[:material/visibility_off: There was no dry run of this.]")
        return
    for sentence in effect.summary:
        st.markdown(rich(sentence))
    lines = [*_objects(effect), *_amounts(effect), *_changes(effect)]
    if lines:
        st.markdown("  \n".join(lines))
    for note in effect.notes:
        st.markdown(f":orange[:material/info:] {rich(note)}")
    if effect.plan:
        with st.expander("Plan of the engine", type="compact"):
            st.code(effect.plan, language=None)


def draw_effect_briefly(stored: Mapping[str, Any]) -> None:
    """For the conversation, below the sentences of the answer: amounts and objects, the rows on demand."""
    effect = effect_of(stored)
    if effect is None:
        return
    lines = [*_objects(effect), *_amounts(effect), *_changes(effect)]
    if lines:
        st.markdown("  \n".join(lines))
    if has_samples(effect):
        with st.expander("Rows before and after" if effect.before else "Its first rows", type="compact"):
            draw_samples(stored)


def has_samples(effect: Effect) -> bool:
    """Whether there are rows to show."""
    return bool((effect.before and effect.before.rows) or (effect.after and effect.after.rows))


def draw_samples(stored: Mapping[str, Any]) -> None:
    """The rows as they are and as they would be, side by side where there is room."""
    effect = effect_of(stored)
    if effect is None or not has_samples(effect):
        return
    reads = effect.operation in ("read", "select", "query")
    with st.grid("auto", min_column_width=300):
        if effect.before is not None:
            _draw_sample("Before", effect.before, effect.after)
        if effect.after is not None:
            _draw_sample("Its first rows" if reads else "After", effect.after, effect.before)


def _draw_sample(title: str, sample: Sample, other: Sample | None) -> None:
    with st.container(gap="xxsmall"):
        st.markdown(f"**{title}** :gray[· {counted(len(sample.rows), 'row')} shown]")
        if sample.rows:
            st.markdown(sample_table(sample, other))
        else:
            st.caption("No rows.")
        if more := cut(sample):
            st.caption(more)


def _objects(effect: Effect) -> Iterator[str]:
    for field, icon, colour, title in _OBJECTS:
        names: tuple[str, ...] = getattr(effect, field)
        if names:
            yield f":{colour}[:material/{icon}: {title}] {', '.join(map(plain, names))}"


def _amounts(effect: Effect) -> Iterator[str]:
    parts = []
    if effect.rows is not None:
        parts.append(f"{'about ' if effect.rows_estimated else ''}{counted(effect.rows, 'row')}")
    if effect.columns:
        parts.append(counted(len(effect.columns), "column"))
    if effect.bytes is not None:
        parts.append(f"reads tables of {size(effect.bytes)}")
    if parts:
        yield f":gray[:material/table_rows:] {' · '.join(parts)}"
    if effect.columns:
        named = [f"{plain(c.name)} :gray[{plain(c.type)}]" for c in effect.columns[:_COLUMNS_NAMED]]
        more = len(effect.columns) - len(named)
        yield f":gray[:material/view_column:] {', '.join(named)}{f' and {more} more' if more > 0 else ''}"


def _changes(effect: Effect) -> Iterator[str]:
    if effect.counts:
        told = " · ".join(f"{count:,} {plain(words(name))}" for name, count in effect.counts.items())
        yield f":gray[:material/difference:] {told}"
    for column, count in effect.changed.items():
        yield f":orange[:material/edit:] {plain(column)} differs in {counted(count, 'row')}"
