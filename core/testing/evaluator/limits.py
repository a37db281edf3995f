"""How the evaluator says that it does not know, and that a statement would fail over these rows."""

from __future__ import annotations


class NotCovered(Exception):
    """A construct outside of the closed part; the text names it."""


class Fails(Exception):
    """An engine would raise here, or may: division by zero, rows cut where the order leaves a tie."""
