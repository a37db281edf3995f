"""Semantic models as administration shows them: catalogs, measures with their values now, dimensions, joins, and the
verified queries beside them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import streamlit as st

from components.escaping import plain
from components.formats import cell, counted, moment
from core.types import Column, Scalar

_CUT = 90
_STATES = {
    "in use": ":green[:material/verified: in use]",
    "outdated": ":orange[:material/warning: outdated, not used]",
    "not readable": ":gray[:material/lock: not readable for you]",
}


@dataclass(frozen=True)
class CatalogCard:
    """One schema's models in a line."""

    name: str
    draft: bool
    models: int
    measures: int
    verified: int
    saved_by: str
    saved_at: datetime
    confirmed_by: str | None
    confirmed_at: datetime | None


@dataclass(frozen=True)
class MeasureLine:
    """A measure: its name, how it is computed, what else it is called, and what is said of it."""

    name: str
    expression: str
    synonyms: Sequence[str]
    note: str


@dataclass(frozen=True)
class DimensionLine:
    """A dimension, and whether its values may be named in questions."""

    name: str
    kind: str
    expression: str
    synonyms: Sequence[str]
    indexed: bool


@dataclass(frozen=True)
class PreviewTable:
    """The measures' values by period, newest first; the first column is the period where there is one."""

    columns: Sequence[Column]
    rows: Sequence[Sequence[Scalar]]
    by_time: bool
    left_out: Sequence[str]
    reason: str


@dataclass(frozen=True)
class VerifiedLine:
    """A verified query with its state for the viewer."""

    query_id: str
    question: str
    others: Sequence[str]
    sql: str
    values: Sequence[str]
    confirmed: str
    state: str


def draw_catalogs(cards: Sequence[CatalogCard], now: datetime, open_: Callable[[str], None]) -> None:
    """One card a schema."""
    if not cards:
        st.caption("No models yet. `python3 -m app load PATH` drafts them from any set of tables.")
        return
    for card in cards:
        with (
            st.container(border=True, key=f"catalog-{card.name}"),
            st.container(horizontal=True, vertical_alignment="center", gap="small"),
        ):
            with st.container(width="stretch", gap="xxsmall"):
                st.markdown(f"**{plain(card.name)}** &nbsp; {status(card)}")
                st.caption(f"{_size(card)} · {plain(origin(card, now))}")
            st.button(
                "Open", key=f"open-{card.name}", icon=":material/arrow_forward:", on_click=open_, args=(card.name,),
                width="content",
            )  # fmt: skip


def status(card: CatalogCard) -> str:
    """Draft or confirmed, with icon, word and colour."""
    return ":orange[:material/draft: draft]" if card.draft else ":green[:material/check_circle: confirmed]"


def origin(card: CatalogCard, now: datetime) -> str:
    """Who confirmed it, or who saved the draft."""
    if card.confirmed_by and card.confirmed_at is not None and not card.draft:
        return f"confirmed by {card.confirmed_by} · {moment(card.confirmed_at, now)}"
    word = {"load": "drafted from the tables", "demo": "comes with the demo"}.get(card.saved_by)
    return f"{word or f'saved by {card.saved_by}'} · {moment(card.saved_at, now)}"


def _size(card: CatalogCard) -> str:
    verified = f" · {_counted(card.verified, 'verified query', 'verified queries')}" if card.verified else ""
    return f"{counted(card.models, 'model')} · {counted(card.measures, 'measure')}{verified}"


def _counted(count: int, one: str, many: str) -> str:
    return f"{count:,} {one if count == 1 else many}"


def draw_measures(measures: Sequence[MeasureLine], preview: PreviewTable) -> None:
    """Each measure with its values: now and in the periods before."""
    if not measures:
        st.caption("No measures. Rows can still be counted and listed.")
        return
    values = _values(preview)
    periods = _periods(preview)
    heads = ("Measure", "Definition", *periods)
    lines = [heads]
    for measure in measures:
        shown = values.get(measure.name.replace(" ", "_").casefold()) or tuple("–" for _ in periods)
        lines.append((f"**{plain(measure.name)}**", _definition(measure), *shown))
    st.markdown(_table(lines, right=tuple(range(2, len(heads)))))
    if preview.reason:
        st.markdown(f":orange[:material/warning: No values:] {plain(preview.reason)}")
    elif preview.left_out:
        st.caption(f"Counted over other rows than the rest, so not shown beside them: {plain(_list(preview.left_out))}")


def _definition(measure: MeasureLine) -> str:
    """How it is computed, what is said of it, and a few of its other names."""
    also = f"also: {_list(measure.synonyms, 4)}" if measure.synonyms else ""
    said = " · ".join(filter(None, (measure.note, also)))
    return plain(_cut(measure.expression)) + (f" :gray[:small[{plain(said)}]]" if said else "")


def _periods(preview: PreviewTable) -> tuple[str, ...]:
    if not preview.rows:
        return ()
    return tuple(str(row[0] or "–")[:7] for row in preview.rows) if preview.by_time else ("Now",)


def _values(preview: PreviewTable) -> dict[str, tuple[str, ...]]:
    """Measure -> its value in each period, newest first."""
    first = 1 if preview.by_time else 0
    return {
        column.name.casefold(): tuple(cell(row[index], column) for row in preview.rows)
        for index, column in enumerate(preview.columns)
        if index >= first
    }


def draw_dimensions(dimensions: Sequence[DimensionLine], time: str | None) -> None:
    """What rows can be grouped and filtered by."""
    lines = [("Dimension", "Kind", "Column", "Values in questions")]
    for dimension in dimensions:
        said = f" :gray[:small[{plain(_list(dimension.synonyms))}]]" if dimension.synonyms else ""
        clock = " :blue[:material/schedule: its time]" if dimension.name == time else ""
        indexed = ":green[:material/check: named]" if dimension.indexed else ":gray[no]"
        lines.append(
            (f"**{plain(dimension.name)}**{clock}{said}", dimension.kind, plain(_cut(dimension.expression)), indexed)
        )
    st.markdown(_table(lines))


def draw_joins(joins: Sequence[tuple[str, str, str]], things: Sequence[tuple[str, str]]) -> None:
    """The tables that a model leads to, and the things whose rows it counts."""
    if joins:
        lines = [("Join", "Table", "On")]
        lines += [(plain(name), plain(table), plain(_cut(condition))) for name, table, condition in joins]
        st.markdown(_table(lines))
    else:
        st.caption("This model joins no other table.")
    if things:
        counts = " · ".join(f"**{plain(name)}** :gray[:small[{plain(said)}]]" for name, said in things)
        st.markdown(f"Counts and lists: {counts}")


def draw_verified_queries(lines: Iterable[VerifiedLine], *, may_retire: bool, retire: Callable[[str], None]) -> None:
    """Every verified query of a schema, with the way to end it."""
    drawn = False
    for line in lines:
        drawn = True
        with st.container(border=True, key=f"verified-{line.query_id}", gap="xsmall"):
            with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                with st.container(width="stretch", gap="xxsmall"):
                    st.markdown(f"**{plain(line.question)}** &nbsp; {_STATES.get(line.state, plain(line.state))}")
                    st.caption(" · ".join(map(plain, (line.confirmed, *line.values))))
                if may_retire:
                    st.button(
                        "Retire …", key=f"retire-{line.query_id}", icon=":material/block:", on_click=retire,
                        args=(line.query_id,), width="content",
                    )  # fmt: skip
            with st.expander("SQL and other ways to ask it", type="compact", icon=":material/code:"):
                for other in line.others:
                    st.text(other)
                st.code(line.sql, language="sql", wrap_lines=True)
    if not drawn:
        st.caption("None yet. Below an answer in the chat, “Keep as verified” makes one of it.")


def draw_problems(problems: Sequence[str]) -> None:
    """What is wrong with a changed text, each with the way to its key."""
    with st.container(border=True):
        st.markdown(f":red[:material/error:] **{_counted(len(problems), 'key is wrong', 'keys are wrong')}**")
        st.markdown("\n".join(f"- {plain(problem)}" for problem in problems))


def draw_difference(difference: str) -> None:
    """The changed text against the saved one."""
    if not difference:
        st.caption("Nothing is changed yet.")
        return
    added = sum(line.startswith("+") and not line.startswith("+++") for line in difference.splitlines())
    removed = sum(line.startswith("-") and not line.startswith("---") for line in difference.splitlines())
    with st.expander(f"Changes: {added} lines added, {removed} removed", icon=":material/difference:", expanded=True):
        st.code(difference, language="diff", height=280 if added + removed > 14 else "content")


def _list(names: Sequence[str], most: int = 6) -> str:
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")


def _cut(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _CUT else f"{line[: _CUT - 1]}…"


def _table(lines: Sequence[Sequence[str]], right: tuple[int, ...] = ()) -> str:
    rule = ["---:" if column in right else "---" for column in range(len(lines[0]))]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in (lines[0], rule, *lines[1:]))
