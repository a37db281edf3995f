"""What a candidate gives: its plan, then its rows, capped and read with the rights of whoever asked."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Sequence

from agents.base import Context, Ports
from agents.messages import AssessRequest, AssessResponse
from core.errors import AccessDenied, SignInExpired, StatementCancelled, WarehouseError
from core.execution import ReadOptions, ReadResult
from core.types import Column, Scalar

_SHOWN = 50
_DIGITS = 9
_MOST_NULLS = 0.95
_NUMERIC = ("DECIMAL", "DOUBLE", "FLOAT", "BIGINT", "INT", "SMALLINT", "TINYINT")


class Assessor:
    """ExecutionAgent's `sql.assess`. It is part of asking for an approval, so it needs the right to ask for one."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports

    def assess(self, request: AssessRequest, context: Context) -> AssessResponse:
        """Cheapest first: the plan, the rows, and whether they can be an answer."""
        warehouse, principal = self._ports.execution.warehouse, context.principal
        review = self._ports.rights().guard.review(
            request.statement, principal.role, action="execution.request", limit=request.row_limit
        )
        if not review.allowed or review.statement is None:
            return _failed(request, {"guard": False}, " ".join(review.reasons))
        try:
            warehouse.explain(review.statement, principal=principal)
            result = self._ports.rights().reader.read(
                request.statement,
                principal=principal,
                options=ReadOptions(
                    request.row_limit, self._ports.step_seconds, context.cancellation, action="execution.request"
                ),
            )
        except (SignInExpired, StatementCancelled):
            raise
        except AccessDenied as denied:
            return _failed(request, {"guard": False}, denied.message)
        except WarehouseError as error:
            if error.retryable:
                raise
            return _failed(request, {"guard": True, "runs": False}, error.message)
        return _assessed(request, result)


def fingerprint(columns: Sequence[Column], rows: Sequence[Sequence[Scalar]], *, cut_off: str = "") -> str:
    """Equal for results with the same content: order of rows and columns, names, and noise of floats are ignored.

    Of rows that were cut off nobody knows whether the rest agrees: `cut_off`, their statement, keeps them apart.
    """
    kinds = [column.type.upper() for column in columns]
    values = [tuple(_cell(row[at], kind) for row in rows) for at, kind in enumerate(kinds)]
    # Columns are put in order by what they hold, so that their place in the statement does not matter.
    values.sort(key=lambda column: tuple(sorted(Counter(column).items())))
    text = json.dumps([len(values), sorted(zip(*values, strict=True)), *([cut_off] if cut_off else [])])
    return hashlib.sha256(text.encode()).hexdigest()


def _cell(value: Scalar, kind: str) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return f"bool {value}"
    if isinstance(value, str) and not kind.startswith(_NUMERIC):
        return f"text {value}"
    try:
        number = float(value)
    except ValueError:
        return f"text {value}"
    return f"number {number:.{_DIGITS}g}" if number else "number 0"


def _failed(request: AssessRequest, checks: dict[str, bool], reason: str) -> AssessResponse:
    return AssessResponse(statement=request.statement, checks=checks, reason=reason)


def _assessed(request: AssessRequest, result: ReadResult) -> AssessResponse:
    checks = {"guard": True, "runs": True, "not_empty": bool(result.rows), "known_values": _known(result)}
    reason = "" if result.rows else "It gives no row."
    if result.rows and not checks["known_values"]:
        reason = "Almost everything that it gives is unknown (NULL)."
    return AssessResponse(
        statement=request.statement,
        checks=checks,
        reason=reason,
        fingerprint=fingerprint(result.columns, result.rows, cut_off=request.statement if result.truncated else ""),
        columns=result.columns,
        rows=result.rows[:_SHOWN],
        row_count=result.row_count,
        truncated=result.truncated,
    )


def _known(result: ReadResult) -> bool:
    """Whether some column is not almost wholly NULL; a column that is says that a join met nothing."""
    if not result.rows or not result.columns:
        return True
    nulls = [sum(row[at] is None for row in result.rows) / len(result.rows) for at in range(len(result.columns))]
    return max(nulls) <= _MOST_NULLS
