"""The embedded warehouse: Delta tables in a folder, written by delta-rs and read by DuckDB."""

from __future__ import annotations

from core.warehouse.embedded.warehouse import EmbeddedWarehouse

__all__ = ["EmbeddedWarehouse"]
