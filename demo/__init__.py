"""A made-up retailer to ask about from the first minute: its tables and its handbook."""

from demo.company import SEED, generate

__all__ = ["SEED", "generate"]
