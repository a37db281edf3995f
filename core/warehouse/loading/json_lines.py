"""JSON lines (.jsonl, .ndjson) and JSON files that hold one list of objects: each object is a row."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa

from core.errors import LoadError
from core.warehouse.loading import encoding
from core.warehouse.loading.arrow_types import normalised
from core.warehouse.loading.json_columns import exact_number, typed_columns
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
    typed = list(typed_columns(path.name, columns, contents))
    table = pa.table([values for _, values in typed], names=[name for name, _ in typed])
    table = normalised(table, path.name, contents)
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
        value = json.loads(text, parse_float=exact_number)
    except (ValueError, RecursionError) as error:
        return None, f"not JSON: {error}"
    return (value, "") if isinstance(value, dict) else (None, "not a JSON object")


def _is_line(start: str) -> bool:
    """Whether the first line is an object of its own."""
    line, *more = start.split("\n", 1)
    return bool(more) and _object(line)[0] is not None


def _listed(path: Path, text: str, contents: Contents) -> Iterator[dict[str, Any]]:
    try:
        values = json.loads(text.lstrip("\ufeff"), parse_float=exact_number)
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
            contents.skip(f"{path.name} element {position}", json.dumps(value, default=str)[:60], "not a JSON object")
