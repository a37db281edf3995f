"""JSON lines (.jsonl, .ndjson) and JSON files that hold one list of objects: one column a key."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa

from core.errors import LoadError
from core.warehouse.loading import encoding
from core.warehouse.loading.arrow_types import normalised
from core.warehouse.loading.dates import iso_dates
from core.warehouse.loading.plan import LISTED_PER_KIND, Contents, LoadedTable


def read_json(path: Path, contents: Contents) -> None:
    """Add the file's table to `contents`, called by the file's stem.

    Lines that are not JSON objects are skipped, each by its number. Raises LoadError when nothing is left.
    """
    found = encoding.detect(path)
    if found.remark:
        contents.adjust(path.name, "encoding", found.remark)
    columns: dict[str, list[Any]] = {}
    count = 0
    with encoding.open_text(path, found) as file:
        for record in _records(path, file, contents):
            for key, value in record.items():
                if key not in columns:
                    columns[key] = [None] * count
                columns[key].append(value)
            count += 1
            if len(columns) != len(record):
                for values in columns.values():
                    if len(values) < count:
                        values.append(None)
    if not columns:
        raise LoadError(
            f"{path.name} holds no JSON objects.", next_step='Write one object a line, such as {"id": 1, "name": "x"}.'
        )
    arrays = [_column(path.name, name, values, contents) for name, values in columns.items()]
    table = normalised(pa.table(arrays, names=list(columns)), path.name, contents)
    contents.add(path.stem, LoadedTable(table), where=path.name)


def _records(path: Path, file: Any, contents: Contents) -> Iterator[dict[str, Any]]:
    start = file.read(4096).lstrip("\ufeff \t\r\n")
    file.seek(0)
    if start.startswith("[") or (path.suffix.lower() == ".json" and not _is_line(start)):
        yield from _listed(path, file.read(), contents)
        return
    skipped = 0
    for number, line in enumerate(file, start=1):
        text = line.strip().lstrip("\ufeff")
        if not text:
            continue
        record, why = _object(text)
        if record is not None:
            yield record
            continue
        skipped += 1
        if skipped <= LISTED_PER_KIND:
            contents.skip(f"{path.name} line {number}", text[:60], why)
    if skipped > LISTED_PER_KIND:
        contents.skip(path.name, f"{skipped - LISTED_PER_KIND} more lines", "not JSON objects")


def _object(text: str) -> tuple[dict[str, Any] | None, str]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        return None, f"not JSON: {error}"
    return (value, "") if isinstance(value, dict) else (None, "not a JSON object")


def _is_line(start: str) -> bool:
    """Whether the first line is an object of its own."""
    line, *more = start.split("\n", 1)
    return bool(more) and _object(line)[0] is not None


def _listed(path: Path, text: str, contents: Contents) -> Iterator[dict[str, Any]]:
    try:
        values = json.loads(text.lstrip("\ufeff"))
    except (ValueError, RecursionError) as error:
        raise LoadError(f"{path.name} is not valid JSON: {error}.") from error
    if isinstance(values, dict):
        # One object around one list, as many interfaces answer; else the object is the only row.
        inner = [value for value in values.values() if isinstance(value, list) and value]
        values = inner[0] if len(inner) == 1 and isinstance(inner[0][0], dict) else [values]
    if not isinstance(values, list):
        values = [values]
    for position, value in enumerate(values, start=1):
        if isinstance(value, dict):
            yield value
        else:
            contents.skip(f"{path.name} element {position}", json.dumps(value)[:60], "not a JSON object")


def _column(file: str, name: str, values: list[Any], contents: Contents) -> pa.ChunkedArray:
    """Numbers, truth values and lists as they are; text as dates where all of it is ISO; the rest as JSON text."""
    kinds = {type(value) for value in values if value is not None}
    try:
        array = pa.chunked_array([pa.array(values)])
    except (pa.ArrowException, OverflowError, ValueError):
        return _json_text(file, name, values, "values of several kinds", contents)
    if kinds == {str}:
        dates = iso_dates(array)
        return array if dates is None else dates
    if kinds <= {int, float, bool} and (bool not in kinds or kinds == {bool}):
        return array
    if _has_hole(array.type):
        return _json_text(file, name, values, "nested values without a common shape", contents)
    return array


def _json_text(file: str, name: str, values: list[Any], why: str, contents: Contents) -> pa.ChunkedArray:
    contents.adjust(f"{file} column {name!r}", "kept as JSON text", why)
    texts = [
        None if value is None else value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        for value in values
    ]
    return pa.chunked_array([pa.array(texts, pa.string())])


def _has_hole(kind: pa.DataType) -> bool:
    """Whether a part of a nested type is known to be nothing but null or an empty object."""
    if pa.types.is_list(kind):
        return pa.types.is_null(kind.value_type) or _has_hole(kind.value_type)
    if pa.types.is_struct(kind):
        return kind.num_fields == 0 or any(pa.types.is_null(part.type) or _has_hole(part.type) for part in kind)
    return False
