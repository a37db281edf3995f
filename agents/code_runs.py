"""Runs of Python code: in a sandbox, or as a job of the workspace; nothing generated runs in the platform's process."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from core.clock import Clock
from core.codecheck import Review
from core.errors import (
    PlatformError,
    StatementCancelled,
    StatementFailed,
    StatementOutcomeUnknown,
    StatementTimeout,
)
from core.execution import Effect, RunLimits, RunOutcome
from core.execution.runner import RunEnd
from core.execution.sandbox import SandboxFailure, SandboxLadder, SandboxLimits, SandboxResult, Tables, table_reads
from core.governance import ApprovalRequest
from core.types import Cancellation

if TYPE_CHECKING:
    from core.telemetry import Telemetry
    from core.workspace import Jobs

_WALLS = {
    "monty": "in a small interpreter of its own: no files, no network, no libraries",
    "bubblewrap": "in a sealed process: no network, no environment, no files but its own empty folder",
    "weak": "WITHOUT a wall around it: only its memory and time are limited",
}


@dataclass(frozen=True)
class Ran:
    """How a run ended, and what code printed."""

    outcome: RunOutcome
    output: str = ""


class CodeRuns:
    """What Python would do, and doing it."""

    def __init__(self, ladder: SandboxLadder, clock: Clock, telemetry: Telemetry, jobs: Jobs | None = None) -> None:
        """Without `jobs` PySpark needs a Spark on this machine."""
        self._ladder = ladder
        self._clock = clock
        self._telemetry = telemetry
        self._jobs = jobs

    def examine(self, language: str, review: Review) -> Effect:
        """What the guard found, and where it would run; raises SandboxUnavailable where it cannot be run at all."""
        code = review.statement or ""
        if self._is_job(language, code):
            place = "as a one-time serverless job, as the executor"
            notes: tuple[str, ...] = ()
        else:
            rung = self._ladder.choose(code).rung
            place = _WALLS[rung]
            notes = ("It runs with weak isolation on this machine.",) if rung == "weak" else ()
        reads = f"; reads {', '.join(review.tables)}" if review.tables else ""
        writes = f"; writes {review.target}" if review.target else ""
        return Effect(
            operation="pyspark" if language == "pyspark" else "python",
            summary=(f"Runs {len(code.splitlines())} lines of Python {place}{reads}{writes}.",),
            notes=(*notes, "Code is not run before it is approved, so what it gives is not known."),
        )

    def reads(self, language: str, code: str) -> Mapping[str, tuple[str, ...] | None]:
        """The tables, and of each the columns (None: all), that have to be handed in; none where a job reads them."""
        return {} if self._is_job(language, code) else table_reads(code) or {}

    def _is_job(self, language: str, code: str) -> bool:
        """Where there are jobs, whatever uses Spark is one: it has a real one there."""
        return self._jobs is not None and (language == "pyspark" or bool(table_reads(code)))

    def run(
        self,
        request: ApprovalRequest,
        run_id: str,
        limits: RunLimits,
        cancellation: Cancellation,
        tables: Tables | None = None,
    ) -> Ran:
        """Run it, once; how it ended is in what it gives. Raises SandboxUnavailable where it cannot be run."""
        started = self._clock.now()
        if self._jobs is not None and self._is_job(request.language, request.statement):
            return self._run_job(self._jobs, request, run_id, limits, cancellation)
        caps = SandboxLimits(seconds=limits.timeout_s, result_bytes=min(limits.bytes, 64 * 1024**2))
        with self._telemetry.span("sandbox run", kind="sandbox") as span:
            sandbox = self._ladder.choose(request.statement)
            span.set(sandbox=sandbox.rung, language=request.language)
            result = sandbox.run(
                request.statement, inputs={"spark": tables} if tables else None, limits=caps, cancellation=cancellation
            )
            if result.error is not None:
                span.failed(_error(result.error))
            if result.table is not None:
                span.set(rows=result.table.num_rows)
        return Ran(self._outcome(run_id, started, result), _printed(result))

    def _outcome(self, run_id: str, started: datetime, result: SandboxResult) -> RunOutcome:
        error = _error(result.error) if result.error else None
        return RunOutcome(
            run_id,
            _end(error),
            started,
            self._clock.now(),
            table=result.table,
            truncated_by="rows" if result.truncated else None,
            error=error,
        )

    def _run_job(
        self, jobs: Jobs, request: ApprovalRequest, run_id: str, limits: RunLimits, cancellation: Cancellation
    ) -> Ran:
        started = self._clock.now()
        try:
            with self._telemetry.span("sandbox job", kind="sandbox", sandbox="job", language=request.language) as span:
                number = jobs.submit(request.request_id, request.statement, timeout_s=limits.timeout_s)
                span.set(job_run=number)
                output = jobs.result(jobs.wait(number, timeout_s=limits.timeout_s, cancellation=cancellation))
        except PlatformError as error:
            return Ran(RunOutcome(run_id, _end(error), started, self._clock.now(), error=error))
        outcome = RunOutcome(run_id, "done", started, self._clock.now(), statement_id=str(number))
        return Ran(outcome, output.text)


def _printed(result: SandboxResult) -> str:
    shown = result.stdout + ("\n… (cut off)" if result.stdout_truncated else "")
    if result.result is not None and result.table is None:
        shown += f"\n{result.result!r}"[:4_000]
    return shown.strip()


def _error(failure: SandboxFailure) -> PlatformError:
    where = f" (line {failure.line})" if failure.line is not None else ""
    message = f"{failure.message}{where}"
    if failure.kind == "cancelled":
        return StatementCancelled(message)
    if failure.kind == "timeout":
        return StatementTimeout(message)
    return StatementFailed(message, next_step="Correct the code and ask for it again.")


def _end(error: PlatformError | None) -> RunEnd:
    if error is None:
        return "done"
    if isinstance(error, StatementOutcomeUnknown):
        return "unknown"
    return "cancelled" if isinstance(error, StatementCancelled) else "failed"
