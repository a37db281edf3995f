"""What a statement would do, found without doing it."""

from core.execution.dry_run.dry_run import DryRun
from core.execution.dry_run.inquiry import DryRunOptions

__all__ = ["DryRun", "DryRunOptions"]
