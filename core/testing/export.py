"""Tests as files to take away: pytest, with its own connection, and SQL, one named query a test."""

from __future__ import annotations

from collections.abc import Sequence

from core.testing.check import Check, Rows

_HEAD = '''"""Tests of {title}, written by the platform. Every rule's query returns violations; none means passed.

Run with pytest in the project's folder. AIOPS_HOME names the home, AIOPS_ROLE whose rights are used.
"""

from __future__ import annotations

import math
import os

import pytest

from agents.platform import open_platform
from core.types import Principal


@pytest.fixture(scope="module")
def read():
    """Runs a query under the guard, with the rights of a role."""
    with open_platform(home=os.environ.get("AIOPS_HOME"), kind="test", demo=False) as platform:
        who = Principal(user_id="pytest", role=os.environ.get("AIOPS_ROLE", "data_engineer"))
        yield lambda statement: platform.rights().reader.read(statement, principal=who).rows


def same(one, other):
    if isinstance(one, float) or isinstance(other, float):
        return one is not None and other is not None and math.isclose(one, other, rel_tol=1e-5, abs_tol=1e-5)
    return one == other


def compared(expected, given):
    left = list(given)
    for row in expected:
        match = next((i for i, other in enumerate(left) if all(map(same, row, other))), None)
        assert match is not None, f"missing {{row}} in {{given}}"
        left.pop(match)
    assert left == []
'''
_RULE = '''
{name} = """
{statement}
"""


def test_{lower}(read):
    {sentence}
    violations = read({name})
    assert len(violations) == 0, f"{{len(violations)}} violations, for example {{violations[:5]}}"
'''
_CASE = '''
{name} = """
{statement}
"""


def test_{lower}(read):
    {sentence}
    compared({expected}, read({name}))
'''


def to_pytest(title: str, checks: Sequence[Check]) -> str:
    """A Python file of one test a check."""
    parts = [_HEAD.format(title=_plain(title))]
    for check, name in zip(checks, _names(checks), strict=True):
        parts.append(
            (_CASE if check.kind == "unit" else _RULE).format(
                name=name.upper(),
                lower=name,
                statement=check.statement.replace("\\", "\\\\").replace('"""', '\\"\\"\\"'),
                sentence=_docstring(check.sentence),
                expected=_rows(check.expected or ()),
            )
        )
    return "\n".join(parts)


def to_sql(title: str, checks: Sequence[Check]) -> str:
    """A SQL file: each named query returns the violations; of a unit case, the rows to compare with those in its
    comment.
    """
    cases = any(check.kind == "unit" for check in checks)
    told = "Every query returns violations; none means passed."
    told += "\n-- A query with expected rows above it has to give exactly those, in any order." if cases else ""
    parts = [f"-- Tests of {_plain(title)}. {told}\n"]
    for check, name in zip(checks, _names(checks), strict=True):
        lines = [f"-- name: {name}", f"-- {_plain(check.sentence)}"]
        if check.kind == "unit":
            rows = [f"--   {_plain(repr(tuple(row)))}" for row in check.expected or ()]
            lines += ["-- expected rows:", *(rows or ["--   none"])]
        parts.append("\n".join([*lines, f"{check.statement};\n"]))
    return "\n".join(parts)


def _names(checks: Sequence[Check]) -> list[str]:
    """A name each that Python and SQL files take, different from all others."""
    names: list[str] = []
    for check in checks:
        table = (check.table or check.target).split(".", 2)[-1]
        base = _word(f"{table} {check.name}")
        name, count = base, 2
        while name in names:
            name, count = f"{base}_{count}", count + 1
        names.append(name)
    return names


def _word(text: str) -> str:
    letters = "".join(character if character.isascii() and character.isalnum() else " " for character in text.lower())
    return "_".join(letters.split())[:90] or "check"


def _plain(text: str) -> str:
    """Text of people and tables on one line of a comment, that closes nothing."""
    return " ".join(text.split()).replace('"""', "'''").replace("\\", "/")


def _docstring(text: str) -> str:
    return repr(_plain(text))


def _rows(rows: Rows) -> str:
    return "[" + ", ".join(repr(tuple(row)) for row in rows) + "]"
