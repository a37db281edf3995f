"""The warehouse port over a Databricks SQL warehouse, through the vendor's own SQL connector."""

from core.warehouse.databricks.credentials import Credentials, UserTokens, WorkspaceCredentials
from core.warehouse.databricks.options import WarehouseOptions
from core.warehouse.databricks.warehouse import DatabricksWarehouse

__all__ = ["Credentials", "DatabricksWarehouse", "UserTokens", "WarehouseOptions", "WorkspaceCredentials"]
