"""Reading + choice of meanings + model -> semantic query."""

from core.semantic.match.building.builder import Builder
from core.semantic.match.building.naming import Unbound

__all__ = ["Builder", "Unbound"]
