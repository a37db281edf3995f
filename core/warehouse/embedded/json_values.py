"""JSON text to the values of a schema, as from_json reads it; the engine calls it as a function of its own.

The result is JSON again, in which every field of the schema is present, in its order, and every value is the text
that a plain cast reads exactly: decimals keep all their digits, and moments are in UTC.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import ROUND_HALF_UP, Context, Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

Convert = Callable[[Any], Any]
_MOMENT = re.compile(
    r"(\d{4,6})(?:-(\d{1,2})(?:-(\d{1,2})(?:[ T](\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:\.(\d{0,9}))?)?\s?(Z|UTC|GMT|"
    r"(?:UTC|GMT)?[+-]\d{1,2}(?::?\d{2})?)?)?)?)?"
)
_ZONE = re.compile(r"(?:UTC|GMT)?([+-])(\d{1,2})(?::?(\d{2}))?")
_INFINITE = {
    "NaN": "NaN", "INF": "Infinity", "+INF": "Infinity", "Infinity": "Infinity", "+Infinity": "Infinity",
    "-INF": "-Infinity", "-Infinity": "-Infinity",
}  # fmt: skip
_WHOLE = {"TINYINT": 2**7, "SMALLINT": 2**15, "INT": 2**31, "BIGINT": 2**63}
_DIGITS = Context(prec=80)


class _Number(str):
    """A JSON number as it was written, told from a JSON string."""


class _Wrong(Exception):
    """The value is not of the type: the field becomes NULL."""


def from_json(text: str | None, schema: str | None) -> str | None:
    """The canonical JSON of `text` under `schema` (the JSON form of `json_schema.plan`); None for SQL NULL.

    Text that is no JSON gives NULL, or for a struct one with NULL fields. Raises ValueError (`[CLASS] sentence`) for
    what this reading does not decide: single-quoted JSON, years beyond 9999, moments in a named zone.
    """
    if text is None or schema is None or not text.strip():
        return None
    convert, empty = _reader(schema)
    try:
        root, _ = _DECODER.raw_decode(text.lstrip())
    except (ValueError, RecursionError) as error:
        if "'" in text and '"' not in text:
            raise ValueError("[UNSUPPORTED_FEATURE] JSON in single quotes is not read here.") from error
        return empty
    try:
        found = convert(root)
    except _Wrong:
        return empty
    return None if found is None else json.dumps(found, ensure_ascii=False, separators=(",", ":"))


_DECODER = json.JSONDecoder(parse_int=_Number, parse_float=_Number, parse_constant=_Number)


@lru_cache(maxsize=256)
def _reader(schema: str) -> tuple[Convert, str | None]:
    plan = json.loads(schema)
    convert = _convert(plan)
    if plan["type"] == "ARRAY" and plan["element"]["type"] == "STRUCT":
        convert = _rows(convert)
    if plan["type"] != "STRUCT":
        return convert, None
    return convert, json.dumps(dict.fromkeys((name for name, _ in plan["fields"])))


def _convert(plan: dict[str, Any]) -> Convert:
    kind = plan["type"]
    if kind == "STRUCT":
        return _struct([(name, _convert(field)) for name, field in plan["fields"]])
    if kind == "ARRAY":
        return _array(_convert(plan["element"]))
    if kind == "MAP":
        return _map(_convert(plan["value"]))
    if kind in _WHOLE:
        return _whole(_WHOLE[kind])
    if kind == "DECIMAL":
        return _decimal(plan["precision"], plan["scale"])
    return _SIMPLE[kind]


def _struct(fields: list[tuple[str, Convert]]) -> Convert:
    def convert(value: Any) -> Any:
        if value is None:
            return None
        if not isinstance(value, dict):
            raise _Wrong
        row: dict[str, Any] = {}
        for name, field in fields:
            try:
                row[name] = field(value.get(name))
            except _Wrong:
                row[name] = None
        return row

    return convert


def _rows(array: Convert) -> Convert:
    """An object where an array of structs is expected is an array of one."""
    return lambda value: array([value] if isinstance(value, dict) else value)


def _array(element: Convert) -> Convert:
    def convert(value: Any) -> Any:
        if value is None:
            return None
        if not isinstance(value, list):
            raise _Wrong
        return [element(item) for item in value]

    return convert


def _map(member: Convert) -> Convert:
    def convert(value: Any) -> Any:
        if value is None:
            return None
        if not isinstance(value, dict):
            raise _Wrong
        return {key: member(item) for key, item in value.items()}

    return convert


def _text(value: Any) -> Any:
    if value is None or type(value) is str:
        return value
    if isinstance(value, _Number):
        return str(value)
    return _compact(value)


def _compact(value: Any) -> str:
    """JSON text of a value that was read, its numbers as they were written."""
    if isinstance(value, _Number):
        return str(value)
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(k, ensure_ascii=False)}:{_compact(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_compact, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def _boolean(value: Any) -> Any:
    if value is None:
        return None
    if not isinstance(value, bool):
        raise _Wrong
    return "true" if value else "false"


def _whole(limit: int) -> Convert:
    def convert(value: Any) -> Any:
        if value is None:
            return None
        if not isinstance(value, _Number) or not value.lstrip("-").isdigit() or not -limit <= int(value) < limit:
            raise _Wrong
        return str(value)

    return convert


def _double(value: Any) -> Any:
    if value is None:
        return None
    if not isinstance(value, str):
        raise _Wrong
    if value in _INFINITE:
        return _INFINITE[value]
    if not isinstance(value, _Number):
        raise _Wrong
    # Beyond the range of a DOUBLE the text is an infinity to the JVM and an error to the cast.
    number = float(value)
    return repr(number) if abs(number) != float("inf") else ("Infinity" if number > 0 else "-Infinity")


def _decimal(precision: int, scale: int) -> Convert:
    step = Decimal(1).scaleb(-scale)

    def convert(value: Any) -> Any:
        if value is None:
            return None
        if not isinstance(value, str):
            raise _Wrong
        try:
            number = Decimal(value.replace(",", "")).quantize(step, ROUND_HALF_UP, _DIGITS)
        except InvalidOperation as error:
            raise _Wrong from error
        if not number.is_finite() or (number.adjusted() >= precision - scale and number != 0):
            raise _Wrong
        return f"{number:f}"

    return convert


def _date(value: Any) -> Any:
    if value is None:
        return None
    return _parts(value)[0].date().isoformat()


def _moment(value: Any) -> Any:
    if value is None:
        return None
    if isinstance(value, _Number):
        if not value.lstrip("-").isdigit():
            raise _Wrong
        return _printed(datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=int(value))) + "+00"
    local, zone = _parts(value)
    return _printed(local.replace(tzinfo=zone or UTC).astimezone(UTC)) + "+00"


def _local_moment(value: Any) -> Any:
    if value is None:
        return None
    local, zone = _parts(value)
    if zone is not None:
        raise _Wrong
    return _printed(local)


def _printed(moment: datetime) -> str:
    return moment.replace(tzinfo=None).isoformat(sep=" ", timespec="microseconds")


def _parts(value: Any) -> tuple[datetime, timezone | None]:
    """The moment that a text spells, and its zone if it names one."""
    if isinstance(value, _Number) or not isinstance(value, str):
        raise _Wrong
    found = _MOMENT.fullmatch(value.strip())
    if found is None:
        if re.fullmatch(r"\d{4}.*[A-Za-z]+/[A-Za-z_]+", value.strip()):
            raise ValueError(f"[UNSUPPORTED_FEATURE] A moment in a named zone is not read here: {value}")
        raise _Wrong
    if len(found[1]) > 4:
        raise ValueError(f"[UNSUPPORTED_FEATURE] A year beyond 9999 is not read here: {value}")
    try:
        day = date(int(found[1]), int(found[2] or 1), int(found[3] or 1))
        micros = int((found[7] or "").ljust(6, "0")[:6])
        moment = datetime(
            day.year, day.month, day.day, int(found[4] or 0), int(found[5] or 0), int(found[6] or 0), micros
        )
        return moment, _zone(found[8])
    except (ValueError, OverflowError) as error:
        raise _Wrong from error


def _zone(text: str | None) -> timezone | None:
    if text is None:
        return None
    found = _ZONE.fullmatch(text)
    if found is None:
        return UTC
    offset = timedelta(hours=int(found[2]), minutes=int(found[3] or 0))
    if offset > timedelta(hours=18):
        raise _Wrong
    return timezone(offset if found[1] == "+" else -offset)


_SIMPLE: dict[str, Convert] = {
    "STRING": _text,
    "BOOLEAN": _boolean,
    "DOUBLE": _double,
    "FLOAT": _double,
    "DATE": _date,
    "TIMESTAMP": _moment,
    "TIMESTAMP_NTZ": _local_moment,
}
