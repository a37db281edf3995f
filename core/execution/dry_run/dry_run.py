"""The dry run: what a reviewed statement would do, found with queries only, before anybody is asked to approve it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from core.clock import Clock, SystemClock
from core.codecheck import Review
from core.errors import AccessDenied, StatementRefused
from core.execution.dry_run.altering import altered, commented
from core.execution.dry_run.changing import deleted, updated
from core.execution.dry_run.defining import defined, dropped
from core.execution.dry_run.inquiry import Asker, DryRunOptions, Inquiry
from core.execution.dry_run.merging import merged
from core.execution.dry_run.subject import Subject, subject_of
from core.execution.dry_run.trees import parsed
from core.execution.dry_run.words import many
from core.execution.dry_run.writing import created, inserted, redefined
from core.execution.effect import Effect, sample
from core.types import Cancellation, Principal

if TYPE_CHECKING:
    from core.warehouse.port import Parameters, Warehouse

_MOST_PLAN = 4_000
Look = Callable[[Inquiry, Subject], Effect]


class DryRun:
    """Every statement it sends is a query or an EXPLAIN, as the requester, and changes nothing. Thread-safe."""

    def __init__(
        self, warehouse: Warehouse, options: DryRunOptions | None = None, *, clock: Clock | None = None
    ) -> None:
        self._warehouse = warehouse
        self._options = options or DryRunOptions()
        self._clock = clock or SystemClock()

    def run(
        self,
        review: Review,
        parameters: Parameters | None = None,
        *,
        principal: Principal,
        cancellation: Cancellation | None = None,
    ) -> Effect:
        """What `review.statement` would do now.

        Raises AccessDenied for a denied review, and the WarehouseError that the statement would fail with: a table
        that is not there, one that exists already, a value that does not fit, an ambiguous MERGE.
        """
        if review.verdict == "deny" or review.statement is None:
            raise AccessDenied(" ".join(review.reasons) or "Not allowed.")
        tree = parsed(review.statement)
        look = _look(tree, review.operation)
        inquiry = Inquiry(self._warehouse, Asker(principal, cancellation), self._options, self._clock)
        subject = subject_of(inquiry, tree, review, parameters or {})
        found = look(inquiry, subject)
        return found.model_copy(
            update={
                "bytes": subject.bytes,
                "versions": subject.tokens,
                "plan": subject.plan.text[:_MOST_PLAN] if subject.plan else None,
                "seconds": inquiry.seconds,
                "statements": inquiry.statements,
                "notes": tuple(dict.fromkeys(subject.notes)),
            }
        )


def _look(tree: Any, operation: str) -> Look:
    """Who looks at this kind of statement; raises StatementRefused when nobody does."""
    from sqlglot import exp

    refusal = StatementRefused(
        f"There is no dry run of this kind of statement ({operation}), so it cannot be approved.",
        error_class="UNSUPPORTED_FEATURE",
    )
    if isinstance(tree, (exp.Create, exp.Drop, exp.Alter)) and tree.args.get("kind") not in ("TABLE", "VIEW"):
        raise refusal
    if len(tree.args.get("tables") or ()) > 1 or (isinstance(tree, exp.TruncateTable) and len(tree.expressions) > 1):
        raise StatementRefused("One table at a time: the statement names several.", error_class="UNSUPPORTED_FEATURE")
    if isinstance(tree, exp.Create):
        if isinstance(tree.expression, exp.Query):
            return created
        if tree.args.get("kind") == "TABLE" and isinstance(tree.this, exp.Schema):
            return defined
    if isinstance(tree, exp.Alter) and tree.args.get("kind") == "VIEW":
        return redefined
    looks: dict[type, Look] = {
        exp.Insert: inserted,
        exp.Update: updated,
        exp.Delete: deleted,
        exp.TruncateTable: deleted,
        exp.Merge: merged,
        exp.Drop: dropped,
        exp.Alter: altered,
        exp.Comment: commented,
    }
    found = looks.get(type(tree))
    if found is not None:
        return found
    if isinstance(tree, (exp.Query, exp.Show, exp.Describe)) or operation == "read":
        return _read
    raise refusal


def _read(inquiry: Inquiry, subject: Subject) -> Effect:
    """A query: the plan's estimate and the first rows."""
    most = inquiry.options.sample_rows
    first = inquiry.rows(subject.review.statement or "", subject.parameters, row_limit=most + 1)
    shown = sample(first, most)
    estimated = subject.plan.estimated_rows if subject.plan else None
    rows, is_estimate = (first.num_rows, False) if first.num_rows <= most else (estimated, estimated is not None)
    counted = f"more than {many(most)}" if rows is None else many(rows, estimated=is_estimate)
    return Effect(
        operation=subject.review.operation,
        summary=(f"Reads {counted}, {many(len(shown.columns), 'column')}; changes nothing.",),
        rows=rows,
        rows_estimated=is_estimate,
        columns=shown.columns,
        after=shown,
    )
