"""Gold statements that name several right answers: `{a, b}` any of these columns, `;` between whole alternatives.

The form of the public sql-eval sets: a file of questions with PostgreSQL statements, one database a name.
"""

from __future__ import annotations

import csv
import itertools
import re
from collections.abc import Iterator
from pathlib import Path

import sqlglot
from sqlglot.errors import SqlglotError

from core.errors import EvaluationError
from core.types import Frozen

_CHOICE = re.compile(r"\{([^{}]*)\}")
_MOST = 64
"""So many alternatives of one statement are tried."""


class GoldQuestion(Frozen):
    """A question, the database it is asked of, and the statements whose answers are right."""

    database: str
    text: str
    category: str
    statements: tuple[str, ...]
    """DuckDB SQL."""


def read_gold(path: Path) -> tuple[GoldQuestion, ...]:
    """The questions of a CSV file with the columns question, query, db_name, query_category. Raises EvaluationError."""
    try:
        with path.open(newline="", encoding="utf-8") as file:
            return tuple(
                GoldQuestion(
                    database=row["db_name"],
                    text=row["question"],
                    category=row["query_category"],
                    statements=tuple(in_duckdb(text) for text in alternatives(row["query"])),
                )
                for row in csv.DictReader(file)
            )
    except (OSError, UnicodeDecodeError, KeyError, SqlglotError) as error:
        raise EvaluationError(f"{path.name} holds no gold statements: {error}") from error


def alternatives(query: str) -> tuple[str, ...]:
    """Every statement that a gold query stands for, each once; at most 64."""
    found = dict.fromkeys(
        statement for part in query.split(";") if part.strip() for statement in _expanded(part.strip())
    )
    return tuple(itertools.islice(found, _MOST))


def _expanded(statement: str) -> Iterator[str]:
    """A choice is any of its columns or several; `{}` repeats what was chosen first, without aliases."""
    choice = next((match for match in _CHOICE.finditer(statement) if match[1].strip()), None)
    if choice is None:
        yield statement
        return
    columns = [column.strip() for column in choice[1].split(",")]
    for size in range(1, len(columns) + 1):
        for chosen in itertools.combinations(columns, size):
            bare = ", ".join(re.split(r"\s+as\s+", column, flags=re.IGNORECASE)[0] for column in chosen)
            filled = f"{statement[: choice.start()]}{', '.join(chosen)}{statement[choice.end() :]}"
            yield from _expanded(re.sub(r"\{\s*\}", bare.replace("\\", r"\\"), filled))


def in_duckdb(statement: str) -> str:
    """A PostgreSQL statement as DuckDB takes it."""
    return sqlglot.transpile(statement, read="postgres", write="duckdb")[0]
