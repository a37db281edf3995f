"""A made-up retailer to ask about from the first minute: its tables and its handbook."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from demo.company import SEED, generate
    from demo.publish import write

__all__ = ["SEED", "generate", "write"]


def __getattr__(name: str) -> Any:
    """Import on first use: the handbook's readers need none of numpy."""
    if name in ("SEED", "generate"):
        from demo import company

        return getattr(company, name)
    if name == "write":
        from demo.publish import write

        return write
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
