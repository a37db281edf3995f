"""The warehouses that the bus is tested on: add a name here and the whole suite, its processes included, runs on it.

`databricks` is the real connector over a workspace on loopback. One workspace serves a folder: the first who opens the
folder in the test's process starts it, its children find it by an environment variable, `end` stops it.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from core.errors import SettingsError
from core.types import PLATFORM
from core.warehouse import EmbeddedWarehouse
from core.warehouse.databricks import DatabricksWarehouse, UserTokens, WarehouseOptions, WorkspaceCredentials
from core.warehouse.port import StatementRecord, Warehouse
from core.workspace import workspace_config
from tests.workspace import Workspace
from tests.workspace.faults import Faults

WAREHOUSES = ("embedded", "databricks")
GIVE_TWICE = frozenset({"databricks"})
"""Whose `changes` gives rows of the last two minutes again: a new process' subscribers get such events once more."""
VARIABLE = "AIOPS_TEST_BUS_WAREHOUSE"
"""Tells a child process which warehouse its home is on."""
ADDRESS = "AIOPS_TEST_BUS_WORKSPACE"
"""Tells a child process where the workspace of its home is."""
_TOKEN = "dapi-app"
_PAUSES = {"first_pause_s": 0.02, "longest_pause_s": 0.2}
_workspaces: dict[Path, Workspace] = {}
OnStatement = Callable[[StatementRecord], None]


def chosen() -> str:
    """The warehouse of this process: the variable's, else the first."""
    return os.environ.get(VARIABLE, WAREHOUSES[0])


def open_warehouse(name: str, folder: Path, on_statement: OnStatement | None = None) -> Warehouse:
    """An adapter on the tables of `folder`; several may be open on one folder, in several processes."""
    if name == "embedded":
        return EmbeddedWarehouse(folder, on_statement=on_statement)
    if name == "databricks":
        return _connected(os.environ.get(ADDRESS) or _workspace(folder).url, on_statement)
    raise SettingsError(f"There is no test warehouse {name!r}; there are {', '.join(WAREHOUSES)}.")


def for_children(name: str, folder: Path) -> dict[str, str]:
    """The variables by which a child process opens the same warehouse on `folder`."""
    return {VARIABLE: name, **({ADDRESS: _workspace(folder).url} if name == "databricks" else {})}


def faults_of(folder: Path) -> Faults:
    """What may go wrong on the wire to the workspace of `folder`."""
    return _workspace(folder).faults


def end(folder: Path) -> None:
    """Stop the workspace of `folder`, if there is one."""
    workspace = _workspaces.pop(folder, None)
    if workspace is not None:
        workspace.stop()


def compact(warehouse: Warehouse, table: str) -> None:
    """Join the small files of a table, as each warehouse does it."""
    if isinstance(warehouse, EmbeddedWarehouse):
        warehouse.compact(table)
    else:
        warehouse.execute(f"OPTIMIZE {table}", principal=PLATFORM)


def _workspace(folder: Path) -> Workspace:
    if folder not in _workspaces:
        _workspaces[folder] = Workspace(folder).start()
    return _workspaces[folder]


def _connected(url: str, on_statement: OnStatement | None) -> DatabricksWarehouse:
    return DatabricksWarehouse(
        WarehouseOptions(host=url, warehouse_id="wh1", **_PAUSES),
        WorkspaceCredentials(workspace_config(url, _TOKEN), UserTokens()),
        on_statement=on_statement,
    )
