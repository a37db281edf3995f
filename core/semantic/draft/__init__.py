"""Drafting a catalog from tables: keys, joins, names, numbers, times and values; marked a draft until confirmed."""

from core.semantic.draft.catalog import draft_catalog

__all__ = ["draft_catalog"]
