"""The Databricks workspace beside its SQL warehouse: credentials, who somebody is, secrets, the warehouse's state."""

from core.workspace.api import Member, WorkspaceApi
from core.workspace.config import service_config, workspace_config

__all__ = ["Member", "WorkspaceApi", "service_config", "workspace_config"]
