"""Questions about the platform itself: their wording, the models they are asked of, the guarded read, the sentence."""

from agents.operations.operations import Asked, Operations, OperationsDesk

__all__ = ["Asked", "Operations", "OperationsDesk"]
