"""Rows written out in a dump: the tuples of INSERT ... VALUES and the lines of a COPY block, as values.

Only literals are read; an expression is never evaluated.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from core.warehouse.loading.declared import Cell

_GAP = r"(?:\s|--[^\n]*\n|/\*.*?\*/)*"
_STRING = r"'(?:[^'\\]|\\.|'')*'"
_PLAIN_STRING = r"'(?:[^']|'')*'"
_CAST = r"(?:\s*::\s*[\w .\"]+(?:\(\s*\d+(?:\s*,\s*\d+)?\s*\))?(?:\[\])?)?"
_BYTES = r"(?:[xX]'[0-9a-fA-F]*'|0x[0-9a-fA-F]+|_binary\s+'(?:[^'\\]|\\.|'')*')"
_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_WORD = r"(?i:null|true|false)\b"


def _value_pattern(backslashes: bool) -> re.Pattern[str]:
    plain = _STRING if backslashes else _PLAIN_STRING
    return re.compile(
        rf"{_GAP}(?:(?P<bytes>{_BYTES})|(?P<escaped>[eE]{_STRING})|[nN]?(?P<string>{plain})|(?P<number>{_NUMBER})"
        rf"|(?P<word>{_WORD})|(?P<typed>(?i:date|timestamp|time)\s+{_PLAIN_STRING})){_CAST}{_GAP}(?P<end>[,)])",
        re.DOTALL,
    )


_VALUE = {True: _value_pattern(True), False: _value_pattern(False)}
_OPEN = re.compile(rf"{_GAP},?{_GAP}\(", re.DOTALL)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v", "0": "\0", "Z": "\x1a"}
_COPY_ESCAPE = re.compile(r"\\([0-7]{1,3}|x[0-9a-fA-F]{1,2}|.)", re.DOTALL)


class NotLiteral(ValueError):
    """A row holds something else than literals."""


@dataclass(frozen=True)
class WrittenRow:
    """One tuple of a VALUES list: its values, None when one is no literal; positions in the statement's text."""

    begin: int
    end: int
    values: list[Cell] | None


def tuples(text: str, position: int, *, backslashes: bool) -> Iterator[WrittenRow]:
    """The tuples of a VALUES list from `position` on; ends where no further one follows."""
    while opened := _OPEN.match(text, position):
        begin = opened.end() - 1
        try:
            values, position = _row(text, opened.end(), backslashes)
            yield WrittenRow(begin, position, values)
        except NotLiteral:
            position = _past_row(text, opened.end())
            yield WrittenRow(begin, position, None)


def _row(text: str, position: int, backslashes: bool) -> tuple[list[Cell], int]:
    values: list[Cell] = []
    pattern = _VALUE[backslashes]
    while True:
        match = pattern.match(text, position)
        if match is None:
            shown = text[position : position + 30].strip().split("\n")[0]
            raise NotLiteral(f"{shown!r} is no literal value")
        values.append(_cell(match, backslashes))
        position = match.end()
        if match["end"] == ")":
            return values, position


def _cell(match: re.Match[str], backslashes: bool) -> Cell:
    if (text := match["string"]) is not None:
        return _unescaped(text[1:-1]) if backslashes else text[1:-1].replace("''", "'")
    if (number := match["number"]) is not None:
        # Digits stay text so that a DECIMAL keeps each of them; the declared type makes the number.
        return int(number) if number.lstrip("+-").isdigit() else number.lstrip("+")
    if (word := match["word"]) is not None:
        return None if word.lower() == "null" else word.lower() == "true"
    if (escaped := match["escaped"]) is not None:
        return _unescaped(escaped[2:-1])
    if (typed := match["typed"]) is not None:
        return typed.split("'", 1)[1][:-1]
    return b""  # bytes are dropped with their column


def _unescaped(text: str) -> str:
    text = text.replace("''", "'")
    return re.sub(r"\\(.)", lambda m: _ESCAPES.get(m[1], m[1]), text, flags=re.DOTALL) if "\\" in text else text


def _past_row(text: str, position: int) -> int:
    """Behind the bracket that closes the row, strings and inner brackets skipped."""
    depth = 1
    for match in re.compile(rf"{_PLAIN_STRING}|[()]", re.DOTALL).finditer(text, position):
        depth += {"(": 1, ")": -1}.get(match[0], 0)
        if depth == 0:
            return match.end()
    return len(text)


def copy_rows(data: str, delimiter: str = "\t", null: str = "\\N") -> Iterator[list[Cell]]:
    """The rows of a COPY block in PostgreSQL's text format."""
    for line in data.split("\n"):
        if line and line != "\r":
            fields = line.rstrip("\r").split(delimiter)
            yield [None if field == null else _copy_unescaped(field) for field in fields]


def _copy_unescaped(field: str) -> str:
    return _COPY_ESCAPE.sub(_copy_escape, field) if "\\" in field else field


def _copy_escape(match: re.Match[str]) -> str:
    code = match[1]
    if code[0].isdigit():
        return chr(int(code, 8))
    if code[0] == "x" and len(code) > 1:
        return chr(int(code[1:], 16))
    return _ESCAPES.get(code, code)
