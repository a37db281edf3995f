"""Hourly rollups of spans, the list of those that were written twice, and how long rows are kept."""

from core.telemetry.rollups.rollup import GROWTH, Retention, RolledUp, Rollups

__all__ = ["GROWTH", "Retention", "RolledUp", "Rollups"]
