"""Functions that the engine lacks: those in Python, registered on the connection before it is locked."""

from __future__ import annotations

from typing import Any

from core.warehouse.embedded.dialect.json_schema import READER
from core.warehouse.embedded.json_values import from_json


def register(connection: Any) -> None:
    """Make the functions known to every cursor of `connection`."""
    connection.create_function(READER, from_json, ["VARCHAR", "VARCHAR"], "VARCHAR", null_handling="special")
