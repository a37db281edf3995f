"""An evaluator of our own for a small, closed part of SQL, over a few rows: what unit tests compare an engine with.

It shares no code with any engine. What it does not know it refuses by name (`NotCovered`); it never guesses.
"""

from core.testing.evaluator.limits import Fails, NotCovered
from core.testing.evaluator.query import Evaluation, evaluate

__all__ = ["Evaluation", "Fails", "NotCovered", "evaluate"]
