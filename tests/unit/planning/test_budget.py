"""A turn's budget: each part ends it, by name, before the work is done."""

from __future__ import annotations
