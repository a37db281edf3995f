"""Databricks SQL to DuckDB SQL: parse, resolve, rewrite what would silently differ, refuse the rest by name."""

from __future__ import annotations
