"""A SQL dump cut into statements, each with the line it starts on; COPY blocks keep their data lines.

Quotes, comments, dollar quotes and backslashes are read as the dump's own dialect reads them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Dialect = Literal["sqlite", "postgres", "mysql"]

_COMMENT = r"--[^\n]*|/\*.*?(?:\*/|\Z)"
_TOKENS: dict[Dialect, re.Pattern[str]] = {
    "sqlite": re.compile(rf"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|`[^`]*`|\[[^\]]*\]|{_COMMENT}|;", re.DOTALL),
    "postgres": re.compile(
        rf"\b[eE]'(?:[^'\\]|\\.|'')*'|'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|(\$\w*\$).*?\1|{_COMMENT}|;", re.DOTALL
    ),
    "mysql": re.compile(rf"'(?:[^'\\]|\\.|'')*'|\"(?:[^\"\\]|\\.|\"\")*\"|`[^`]*`|{_COMMENT}|#[^\n]*|;", re.DOTALL),
}
_COPY = re.compile(r"COPY\s.+\sFROM\s+stdin\b", re.IGNORECASE | re.DOTALL)
_TRIGGER = re.compile(r"CREATE\s+(?:TEMP\s+|TEMPORARY\s+)?TRIGGER\b", re.IGNORECASE)
_MARKS: tuple[tuple[Dialect, str], ...] = (
    (
        "postgres",
        r"^COPY .+ FROM stdin|::[a-z]|\bpublic\.|pg_catalog|\bcharacter varying\b|ALTER TABLE ONLY|\bbigserial\b",
    ),
    ("postgres", r"PostgreSQL database dump|\bTIMESTAMPTZ\b|\bJSONB\b|\bBYTEA\b|\bSERIAL\b|COMMENT ON "),
    ("mysql", r"ENGINE\s*=|MySQL dump|MariaDB dump|/\*!\d{5}|AUTO_INCREMENT|^\s*`\w+` \w+.*\bCOMMENT '|LOCK TABLES"),
    ("sqlite", r"^PRAGMA |AUTOINCREMENT|sqlite|^\s*\[[\w ]+\]|CREATE TABLE \["),
)


@dataclass(frozen=True)
class Statement:
    """One statement without its comments in front; `data` holds the lines of a COPY block."""

    line: int
    text: str
    data: str | None = None

    @property
    def head(self) -> str:
        """The first words, for a person."""
        words = " ".join(self.text.split())
        return words if len(words) <= 60 else f"{words[:57]}..."


def recognise(text: str) -> Dialect:
    """The dialect whose marks are found most; SQLite, the most lenient, when there is none."""
    score: dict[Dialect, int] = {"postgres": 0, "mysql": 0, "sqlite": 0}
    sample = text[:400_000]
    for dialect, marks in _MARKS:
        score[dialect] += len(re.findall(marks, sample, re.IGNORECASE | re.MULTILINE))
    best = max(score, key=lambda dialect: score[dialect])
    return best if score[best] else "sqlite"


def statements(text: str, dialect: Dialect) -> Iterator[Statement]:
    """Every statement, in order; the last one need not end in a semicolon."""
    start, position, line, counted = 0, 0, 1, 0
    tokens = _TOKENS[dialect]
    while match := tokens.search(text, position):
        position = match.end()
        if match[0] != ";":
            if match[0][0] in "-/#" and not text[start : match.start()].strip():
                start = _after_comment(match, start)
            continue
        body = text[start : match.start()]
        if _TRIGGER.match(body.lstrip()) and not re.search(r"\bEND\s*$", body, re.IGNORECASE):
            continue
        begin = start + len(body) - len(body.lstrip())
        line, counted = line + text.count("\n", counted, begin), begin
        data = None
        if dialect == "postgres" and _COPY.match(body.lstrip()):
            data, position = _copy_data(text, position)
        start = position
        if body.strip():
            yield Statement(line, body.strip(), data)
    rest = text[start:]
    if rest.strip():
        begin = start + len(rest) - len(rest.lstrip())
        yield Statement(line + text.count("\n", counted, begin), rest.strip())


def _after_comment(match: re.Match[str], start: int) -> int:
    """A comment in front of a statement is no part of it, except MySQL's conditional ones, which are code."""
    return start if match[0].startswith("/*!") else match.end()


def _copy_data(text: str, position: int) -> tuple[str, int]:
    """The lines up to `\\.` and the position behind it."""
    begin = text.find("\n", position) + 1 or len(text)
    ended = re.compile(r"^\\\.[ \t\r]*$", re.MULTILINE).search(text, begin)
    if ended is None:
        return text[begin:], len(text)
    return text[begin : ended.start()], ended.end()
