"""Running things for people: guarded reads, dry runs, approved runs, their results, and the log of it all."""

from core.execution.drift import Drift, DriftCheck
from core.execution.dry_run import DryRun, DryRunOptions
from core.execution.effect import Effect, Sample, preview
from core.execution.guarded_reader import GuardedReader, ReadOptions, ReadResult
from core.execution.results import LocalFiles, ResultFiles, ResultStore, csv_of
from core.execution.run_log import Run, RunLog
from core.execution.runner import RunLimits, Runner, RunOrder, RunOutcome, StatementIds

__all__ = [
    "Drift",
    "DriftCheck",
    "DryRun",
    "DryRunOptions",
    "Effect",
    "GuardedReader",
    "LocalFiles",
    "ReadOptions",
    "ReadResult",
    "ResultFiles",
    "ResultStore",
    "Run",
    "RunLimits",
    "RunLog",
    "RunOrder",
    "RunOutcome",
    "Runner",
    "Sample",
    "StatementIds",
    "csv_of",
    "preview",
]
