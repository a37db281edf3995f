"""Whether what a person approved is still what would happen: versions first, then the dry run once more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from core.codecheck import Review
from core.errors import AccessDenied, StatementFailed, StatementInvalid, StatementRefused
from core.execution import objects
from core.execution.dry_run import DryRun
from core.execution.effect import ABSENT, Effect
from core.types import Cancellation, Frozen, Principal

if TYPE_CHECKING:
    from core.warehouse.port import Parameters, Warehouse

SHARE = 0.1
READ = "read"
_OBJECTS = ("operation", "creates", "replaces", "alters", "drops", "dependants", "columns")


class Drift(Frozen):
    """`none`: as approved. `small`: other data, about the same effect. `beyond`: ask again."""

    kind: Literal["none", "small", "beyond"]
    sentence: str
    effect: Effect | None = None
    """The effect now; None when the statement would fail now."""


class DriftCheck:
    """Compares a stored effect with the present; as the requester, like the dry run. Thread-safe."""

    def __init__(self, warehouse: Warehouse, dry_run: DryRun, *, share: float = SHARE, timeout_s: float = 30.0) -> None:
        """`share`: by how much a number of rows may differ, of what it was."""
        self._warehouse = warehouse
        self._dry_run = dry_run
        self._share = share
        self._timeout_s = timeout_s

    def check(
        self,
        stored: Effect,
        review: Review,
        parameters: Parameters | None = None,
        *,
        principal: Principal,
        cancellation: Cancellation | None = None,
    ) -> Drift:
        """One statement when no table has a new version; else a dry run.

        Raises what a dry run raises, but for errors that say that the statement itself would fail now: those are
        drift `beyond`.
        """
        if self._unchanged(stored, principal, cancellation):
            return Drift(kind="none", sentence="No table has changed since the dry run.", effect=stored)
        try:
            now = self._dry_run.run(review, parameters, principal=principal, cancellation=cancellation)
        except (StatementInvalid, StatementFailed, StatementRefused) as error:
            return Drift(kind="beyond", sentence=f"It would fail now: {error.message}")
        reasons = compare(stored, now, self._share)
        if reasons:
            return Drift(kind="beyond", sentence=f"Since the dry run {'; '.join(reasons)}.", effect=now)
        sentence = "Its tables have changed since the dry run, and what it would do has not, by more than "
        return Drift(kind="small", sentence=f"{sentence}{self._share:.0%}.", effect=now)

    def _unchanged(self, stored: Effect, principal: Principal, cancellation: Cancellation | None) -> bool:
        known = {name: token for name, token in stored.versions.items() if token is not None}
        if len(known) < len(stored.versions):
            return False

        def ask(statement: str, parameters: Parameters) -> object:
            return self._warehouse.query(
                statement,
                parameters,
                principal=principal,
                timeout_s=self._timeout_s,
                cancellation=cancellation,
            )

        try:
            return objects.tokens(ask, known, ABSENT) == known
        except (StatementInvalid, StatementFailed, StatementRefused, AccessDenied):
            return False  # a table is gone or is a view now: the dry run says what that means


def compare(stored: Effect, now: Effect, share: float) -> tuple[str, ...]:
    """What differs by more than `share`, each in half a sentence; empty when nothing does."""
    reasons = [_object_reason(name, stored, now) for name in _OBJECTS if getattr(stored, name) != getattr(now, name)]
    if stored.operation == READ:
        return tuple(reasons)  # it changes nothing, however many rows there are
    if stored.rows is not None or now.rows is not None:
        reasons += _number("rows", stored.rows, now.rows, share)
    elif stored.versions != now.versions:
        reasons.append("the data changed, and rows were not counted")
    for what, before, after in (("value", stored.changed, now.changed), ("row", stored.counts, now.counts)):
        for name in sorted({*before, *after} - {"kept"}):
            label = f"values of {name} that differ" if what == "value" else f"rows {name}"
            reasons += _number(label, before.get(name), after.get(name), share)
    return tuple(dict.fromkeys(reasons))


def _object_reason(name: str, stored: Effect, now: Effect) -> str:
    before, after = getattr(stored, name), getattr(now, name)
    if name == "columns":
        return "the columns changed"
    if name == "dependants":
        added = sorted(set(after) - set(before))
        return f"views read it that did not: {', '.join(added)}" if added else "views that read it are gone"
    return f"what it {name} changed" if name != "operation" else "the kind of statement changed"


def _number(what: str, before: int | None, after: int | None, share: float) -> list[str]:
    if before is None or after is None:
        return [] if before == after else [f"{what} cannot be compared"]
    if abs(after - before) <= share * before:
        return []
    return [f"{what} went from {before:,} to {after:,}"]
