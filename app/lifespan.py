"""What happens once a process: the platform and the drawing libraries are warmed beside the first paint, and
everything still in memory is written when the server is told to stop."""

from __future__ import annotations

import ctypes
import gc
import importlib
import logging
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

from app import session
from core.errors import PlatformError

log = logging.getLogger(__name__)
DRAWING = ("pandas", "plotly.graph_objects", "components.answer")
"""Imported ahead, so that the first answer with a chart does not pay for them."""


@asynccontextmanager
async def lifespan(_: Any) -> AsyncIterator[None]:
    """Open the platform in a background thread at start; close it (a barrier flush) at the end."""
    warming = threading.Thread(target=warm, name="console-warm-up", daemon=True)
    warming.start()
    try:
        yield
    finally:
        session.close()
        warming.join(5)


def warm() -> None:
    """Open the platform and import what drawing needs; a failure is logged here and shown by the first page."""
    try:
        platform = session.platform()
        platform.warm()
        platform.watch_for_orphans()
    except PlatformError as error:
        log.error("the platform did not open: %s", error.message)
    for name in DRAWING:
        importlib.import_module(name)
    give_back_memory()


def give_back_memory() -> None:
    """Hand freed heap back to the system: reading the embedding model leaves some 45 MB of it (glibc only)."""
    gc.collect()
    with suppress(OSError, AttributeError):
        ctypes.CDLL("libc.so.6").malloc_trim(0)
