"""Looks at a statement that was not compiled: does it say what the question says, and do its numbers add up?"""

from core.semantic.scrutiny.expectations import Expectations, expectations
from core.semantic.scrutiny.scrutiny import Fault, scrutinise

__all__ = ["Expectations", "Fault", "expectations", "scrutinise"]
