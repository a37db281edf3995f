"""Evaluations as people see them: the runs that were kept, how each stands against the baseline, what failed in one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from config.settings import ROOT
from core.errors import AccessDenied
from core.evaluation import EvaluationHistory, Failure, KeptRun, Standing, compare
from core.evaluation.baseline import read as read_baseline
from core.governance import Policy
from core.types import Principal

ACTION = "operations.read"
BASELINE = ROOT / "config" / "eval_baseline.yaml"


@dataclass(frozen=True)
class ShownRun:
    """A run and how it stands against the stored baseline of its questions."""

    kept: KeptRun
    standing: Standing


class Evaluations:
    """Thread-safe; every method is one statement and raises AccessDenied for who may not see figures of all."""

    def __init__(self, history: EvaluationHistory, policy: Callable[[], Policy], baseline: Path = BASELINE) -> None:
        self._history = history
        self._policy = policy
        self._baseline = baseline

    def runs(self, principal: Principal) -> tuple[ShownRun, ...]:
        """The newest 200 runs, newest first. Raises EvaluationError where the baseline cannot be read."""
        self._permit(principal)
        before = read_baseline(self._baseline)
        return tuple(
            ShownRun(run, compare(run.summary.name, run.reached, before.get(run.summary.name)))
            for run in self._history.kept_runs()
        )

    def failures(self, principal: Principal, run_id: str) -> tuple[Failure, ...]:
        """What did not end as it should in a run, wrong answers first; none of a run that is not there."""
        self._permit(principal)
        return self._history.failures(run_id)

    def _permit(self, principal: Principal) -> None:
        ruling = self._policy().decide(principal.role, ACTION)
        if not ruling.permitted:
            raise AccessDenied(ruling.sentence)
