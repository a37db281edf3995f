"""PySpark for a specification. Names go in as Python literals, so that no name can add to the code."""

from __future__ import annotations

from core.coding.spec import Aggregate, Clean, Deduplicate, Expect, JoinTables, Merge, Read, Spec

_FUNCTIONS = "from pyspark.sql import functions as F\n\n"
_SHOWN = 20


def render(spec: Spec) -> str:
    """The whole code; `spark` is the session of the notebook or job."""
    match spec:
        case Read():
            return f"result = spark.table({spec.table!r})\n" + _out(spec.into)
        case Clean():
            return _clean(spec)
        case Deduplicate():
            return _deduplicate(spec)
        case JoinTables():
            return _join(spec)
        case Aggregate():
            return f'result = spark.sql(\n    """\n{_text(spec.statement)}\n"""\n)\n' + _out(spec.into)
        case Merge():
            return _merge(spec)
        case Expect():
            return _expect(spec)


def _out(into: str | None) -> str:
    """Shown, or written with a stated mode."""
    if into is None:
        return f"result.show({_SHOWN})\n"
    return f'result.write.format("delta").mode("overwrite").saveAsTable({into!r})\n'


def _text(statement: str) -> str:
    return statement.replace("\\", "\\\\").replace('"""', '\\"\\"\\"')


def _column(name: str) -> str:
    """A column by its name as it is: dots, spaces and reserved words are no syntax in back quotes."""
    return f"F.col({quoted(name)!r})"


def quoted(name: str) -> str:
    """A column's name between back quotes."""
    return "`" + name.replace("`", "``") + "`"


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(repr(quoted(name)) for name in names)


def _clean(spec: Clean) -> str:
    lines = [f"result = spark.table({spec.table!r})"]
    for name in spec.texts:
        trimmed = f"F.trim({_column(name)})"
        lines.append(f'result = result.withColumn({name!r}, F.when({trimmed} != "", {trimmed}))')
    for name in spec.required:
        lines.append(f"result = result.where({_column(name)}.isNotNull())")
    return _FUNCTIONS + "\n".join(lines) + "\n" + _out(spec.into)


def _deduplicate(spec: Deduplicate) -> str:
    order = "asc_nulls_last" if spec.ascending else "desc_nulls_last"
    return (
        "from pyspark.sql import Window\n" + _FUNCTIONS + f"source = spark.table({spec.table!r})\n"
        f"order = Window.partitionBy({_listed(spec.keys)}).orderBy({_column(spec.newest)}.{order}())\n"
        'numbered = source.withColumn("__row_number", F.row_number().over(order))\n'
        'result = numbered.where(F.col("__row_number") == 1).drop("__row_number")\n' + _out(spec.into)
    )


def _join(spec: JoinTables) -> str:
    pairs = [f"(F.col({'l.' + quoted(left)!r}) == F.col({'r.' + quoted(right)!r}))" for left, right in spec.keys]
    added = "".join(f", F.col({'r.' + quoted(name)!r})" for name in spec.added)
    return (
        _FUNCTIONS + f'left = spark.table({spec.table!r}).alias("l")\n'
        f'right = spark.table({spec.other!r}).alias("r")\n'
        f'joined = left.join(right, {" & ".join(pairs)}, "left")\n'
        f'result = joined.select(F.col("l.*"){added})\n' + _out(spec.into)
    )


def _merge(spec: Merge) -> str:
    condition = " AND ".join(f"t.{quoted(key)} = s.{quoted(key)}" for key in spec.keys)
    changed = {quoted(name): f"s.{quoted(name)}" for name in spec.columns if name not in spec.keys}
    inserted = {quoted(name): f"s.{quoted(name)}" for name in spec.columns}
    update = f"    .whenMatchedUpdate(set={changed!r})\n" if changed else ""
    return (
        "from delta.tables import DeltaTable\n\n"
        f"source = spark.table({spec.source!r})\n"
        f"target = DeltaTable.forName(spark, {spec.target!r})\n"
        f'(\n    target.alias("t")\n    .merge(source.alias("s"), {condition!r})\n{update}'
        f"    .whenNotMatchedInsert(values={inserted!r})\n    .execute()\n)\n"
    )


def _expect(spec: Expect) -> str:
    lines = [f"rows = spark.table({spec.table!r})", "found = {}"]
    for name in spec.not_null:
        lines.append(_counted(f"{name} is not null", f"rows.where({_column(name)}.isNull())"))
    for keys in spec.unique:
        grouped = f'rows.groupBy({_listed(keys)}).agg(F.count(F.lit(1)).alias("__rows"))'
        lines.append(_counted(f"{', '.join(keys)} is unique", f'{grouped}.where(F.col("__rows") > 1)'))
    for item in spec.ranges:
        for sign, words, bound in (("<", "at least", item.low), (">", "at most", item.high)):
            if bound is not None:
                fails = f"rows.where({_column(item.column)} {sign} {bound!r})"
                lines.append(_counted(f"{item.column} is {words} {bound:g}", fails))
    for number, reference in enumerate(spec.references):
        known = f"known_{number}"
        lines.append(
            f"{known} = spark.table({reference.other!r}).select({_column(reference.other_column)}.alias('__key'))"
        )
        orphans = f"rows.join({known}, {_column(reference.column)} == F.col('__key'), 'left_anti')"
        present = f"{orphans}.where({_column(reference.column)}.isNotNull())"
        lines.append(_counted(f"{reference.column} is in {reference.other}", present))
    lines.append("failed = {name: count for name, count in found.items() if count > 0}")
    lines.append('print("All expectations hold." if not failed else failed)')
    lines.append('if failed:\n    raise ValueError(f"Expectations that do not hold: {failed}")')
    return _FUNCTIONS + "\n".join(lines) + "\n"


def _counted(title: str, failing: str) -> str:
    return f"found[{title!r}] = {failing}.count()"
