"""Python with pandas for a specification. It reads tables and computes; it writes none. Names are Python literals."""

from __future__ import annotations

from collections.abc import Sequence

from core.coding.frames import Schema, dtype, read_frame
from core.coding.pandas_query import PandasQuery
from core.coding.pandas_rows import NotCovered
from core.coding.spec import Aggregate, Clean, Deduplicate, Expect, JoinTables, Merge, Read, Spec

_KEY = "{} (right)"


def render_pandas(specs: Sequence[Spec], schema: Schema) -> str:
    """The whole code; of several steps a later one reads what an earlier one made of the same table.

    `result` is what the last one gives. Raises NotCovered with what the templates have no form for.
    """
    parts, frames = ["import pandas as pd\n"], dict[str, str]()
    for number, spec in enumerate(specs, 1):
        if isinstance(spec, Aggregate):
            parts.append(PandasQuery(spec.statement, schema, frames).render())
            continue
        parts.append(_step(spec, schema))
        if number < len(specs):
            frames[spec.table] = f"prepared_{number}"  # type: ignore[union-attr]  # a merge has raised
            parts.append(f"prepared_{number} = result\n")
    text = "\n".join(parts)
    return text if "pd." in text else text.removeprefix(parts[0] + "\n")


def _step(spec: Spec, schema: Schema) -> str:
    if isinstance(spec, Merge | Aggregate) or (spec.table and getattr(spec, "into", None) is not None):
        raise NotCovered("writing a table")
    match spec:
        case Read():
            return f"result = {read_frame(spec.table)}\n"
        case Clean():
            return _clean(spec)
        case Deduplicate():
            return _deduplicate(spec)
        case JoinTables():
            return _join(spec, schema)
        case Expect():
            return _expect(spec)


def _clean(spec: Clean) -> str:
    lines = [f"result = {read_frame(spec.table)}"]
    for name in spec.texts:
        lines.append(f"result[{name!r}] = result[{name!r}].astype('string').str.strip(' ')")
        lines.append(f"result[{name!r}] = result[{name!r}].mask(result[{name!r}] == '')")
    if spec.required:
        lines.append(f"result = result.dropna(subset={list(spec.required)!r}).reset_index(drop=True)")
    return "\n".join(lines) + "\n"


def _deduplicate(spec: Deduplicate) -> str:
    order = f"{[spec.newest]!r}, ascending={spec.ascending}, na_position='last', kind='stable'"
    return (
        f"source = {read_frame(spec.table)}\n"
        f"ordered = source.sort_values({order})\n"
        f"result = ordered.drop_duplicates(subset={list(spec.keys)!r}).sort_index().reset_index(drop=True)\n"
        "print(f'{len(source):,} rows, {len(result):,} of them kept')\n"
    )


def _join(spec: JoinTables, schema: Schema) -> str:
    """Keys of equal types meet; the right side's go by names that no column has."""
    columns = list(schema[spec.table])
    keys = [_KEY.format(right) for _, right in spec.keys]
    if set(keys) & {*columns, *schema[spec.other]}:
        raise NotCovered(f"columns called {', '.join(keys)}")
    for left, right in spec.keys:
        if dtype(schema[spec.table][left]) != dtype(schema[spec.other][right]):
            raise NotCovered(f"a join of {schema[spec.table][left]} with {schema[spec.other][right]}")
    named = {right: key for (_, right), key in zip(spec.keys, keys, strict=True) if right not in spec.added}
    copied = [(right, key) for (_, right), key in zip(spec.keys, keys, strict=True) if right in spec.added]
    wanted = tuple(dict.fromkeys((*(right for _, right in spec.keys), *spec.added)))
    lines = [f"left = {read_frame(spec.table)}", f"right = {read_frame(spec.other, wanted)}"]
    if named:
        lines.append(f"right = right.rename(columns={named!r})")
    for right, key in copied:
        lines.append(f"right[{key!r}] = right[{right!r}]")
    for (left, _), key in zip(spec.keys, keys, strict=True):
        kind = dtype(schema[spec.table][left])
        lines.append(f"left[{left!r}] = left[{left!r}].astype({kind!r})")
        lines.append(f"right[{key!r}] = right[{key!r}].astype({kind!r})")
    on = f"left_on={[left for left, _ in spec.keys]!r}, right_on={keys!r}"
    lines.append(f"joined = left.merge(right.dropna(subset={keys!r}), how='left', {on})")
    lines.append(f"result = joined[{columns + list(spec.added)!r}]")
    return "\n".join(lines) + "\n"


def _expect(spec: Expect) -> str:
    """A row for each expectation with how many rows do not hold it."""
    lines = [f"rows = {read_frame(spec.table)}", "failing = {}"]
    for name in spec.not_null:
        title = f"{name} is not null"
        lines.append(f"failing[{title!r}] = rows[{name!r}].isna().sum()")
    for keys in spec.unique:
        title = f"{', '.join(keys)} is unique"
        lines.append(f"failing[{title!r}] = (rows.groupby({list(keys)!r}, dropna=False).size() > 1).sum()")
    for item in spec.ranges:
        for sign, words, bound in (("<", "at least", item.low), (">", "at most", item.high)):
            if bound is not None:
                title = f"{item.column} is {words} {bound:g}"
                lines.append(f"failing[{title!r}] = (rows[{item.column!r}] {sign} {bound!r}).sum()")
    for number, reference in enumerate(spec.references):
        known = f"known_{number}"
        lines.append(f"{known} = {read_frame(reference.other, (reference.other_column,))}")
        there = f"rows[{reference.column!r}].dropna()"
        missing = f"(~{there}.isin({known}[{reference.other_column!r}])).sum()"
        title = f"{reference.column} is in {reference.other}"
        lines.append(f"failing[{title!r}] = {missing}")
    lines.append("counts = [int(count) for count in failing.values()]")
    lines.append("result = pd.DataFrame({'expectation': list(failing), 'failing rows': counts})")
    return "\n".join(lines) + "\n"
