"""What a test is, whatever its kind, and what became of it when it ran.

A check is a read that returns violations: none means passed. A unit case is a read over miniature rows whose expected
answer was computed by our own evaluator.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import Any, Literal

from pydantic import Field

from core.types import Column, Frozen, Scalar

Kind = Literal["unit", "integration", "rule"]
Status = Literal["passed", "failed", "error", "not_run"]
Change = Literal["new", "same", "first failed", "still failing", "mended"]
Rows = tuple[tuple[Scalar, ...], ...]


class Answer(Frozen):
    """What a read gave."""

    columns: tuple[Column, ...]
    rows: Rows
    statement_id: str = ""


Read = Callable[[str], Answer]
"""Runs one SELECT for the person who asked, under the guard and their rights; raises PlatformError."""


class Check(Frozen):
    """One test. Its identity is (target, kind, name); a change of anything else is a new version."""

    kind: Kind
    rule: str
    """What it looks for: not_null, unique, referential, ..., or `case` for a unit test."""
    name: str
    target: str
    """`catalog.schema.table`, or `statement <hash>`, or `model <name>`."""
    schema_name: str
    """`catalog.schema` of what it reads; a run of the schema's tests takes it along."""
    sentence: str
    """What must hold, for a person."""
    statement: str
    """A SELECT that returns the violations; of a unit case, the statement over its miniature rows."""
    shown: tuple[str, ...] = ()
    """Output columns of `statement` that name a violation to a person."""
    condition: str | None = None
    """The violation as a condition on one row of `table`: such checks of a table are counted in one statement."""
    table: str | None = None
    columns: tuple[str, ...] = ()
    reads: tuple[str, ...] = ()
    """Tables beside `table` that it reads; who may not read them does not see it."""
    expected: Rows | None = None
    """Of a unit case: the rows of the right answer."""
    ordered: bool = False
    """Whether the rows must come in the order of `expected`."""
    baseline: Mapping[str, Any] = Field(default_factory=dict)
    """Figures that were learned from the data when the check was written; kept until somebody asks for new ones."""
    version: int = 1
    retired: bool = False

    @property
    def check_id(self) -> str:
        """The same for every version."""
        return _digest(self.target, self.kind, self.name)

    @property
    def definition(self) -> str:
        """Everything but the version, as JSON."""
        return self.model_dump_json(exclude={"version"})


class Outcome(Frozen):
    """How one check went."""

    check: Check
    status: Status
    violations: int | None = None
    rows: int | None = None
    """Rows that were looked at, where that is known."""
    sample: tuple[str, ...] = ()
    """At most five violations in words."""
    detail: str = ""
    statement: str = ""
    """As it was sent."""
    statement_id: str = ""
    change: Change = "new"


class Gap(Frozen):
    """Something that no test covers, and why: it is named, never guessed."""

    what: str
    why: str


class Suite(Frozen):
    """The tests of one target, and what they do not cover."""

    target: str
    checks: tuple[Check, ...] = ()
    gaps: tuple[Gap, ...] = ()


def _digest(*parts: str) -> str:
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:32]


def statement_target(statement: str) -> str:
    """The name under which the tests of a statement are kept: the same for the same guarded text."""
    return f"statement {_digest(statement)[:12]}"
