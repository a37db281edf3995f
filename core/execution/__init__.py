"""Running things for people: guarded reads and the log of runs."""

from core.execution.guarded_reader import GuardedReader, ReadOptions, ReadResult
from core.execution.run_log import Run, RunLog

__all__ = ["GuardedReader", "ReadOptions", "ReadResult", "Run", "RunLog"]
