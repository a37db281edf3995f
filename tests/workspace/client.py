"""The Databricks adapter over a workspace on loopback, put together as the platform does it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from core.clock import Clock
from core.warehouse.databricks import DatabricksWarehouse, UserTokens, WarehouseOptions, WorkspaceCredentials
from core.warehouse.databricks.start_watch import StartWatch
from core.warehouse.port import StatementRecord
from core.workspace import WorkspaceApi, workspace_config
from tests.workspace.workspace import Workspace


class LoopbackWarehouse(DatabricksWarehouse):
    """Ends its workspace when it is closed."""

    workspace: Workspace
    tokens: UserTokens

    def close(self) -> None:
        super().close()
        self.workspace.stop()


def open_over_loopback(
    workspace: Workspace,
    *,
    owned: bool = True,
    clock: Clock | None = None,
    on_statement: Callable[[StatementRecord], None] | None = None,
    **options: Any,
) -> DatabricksWarehouse:
    """The adapter as the principal `app`, with the tokens of all people of the workspace at hand.

    `owned`: closing it stops the workspace; `options` are those of WarehouseOptions.
    """
    config = workspace_config(workspace.url, workspace.token("app"))
    tokens = UserTokens()
    for person in workspace.principals:
        tokens.keep(person.name, person.token)
    chosen = WarehouseOptions(host=workspace.url, warehouse_id=next(iter(workspace.warehouses)), **options)
    kind = LoopbackWarehouse if owned else DatabricksWarehouse
    warehouse = kind(
        chosen,
        WorkspaceCredentials(config, tokens),
        clock=clock,
        on_statement=on_statement,
        start=StartWatch(lambda: WorkspaceApi(config).warehouse_state(chosen.warehouse_id)),
    )
    if isinstance(warehouse, LoopbackWarehouse):
        warehouse.workspace, warehouse.tokens = workspace, tokens
    return warehouse
