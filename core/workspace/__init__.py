"""The Databricks workspace beside its SQL warehouse: credentials, who somebody is, secrets, files, the
warehouse's state."""

from core.workspace.api import Member, WorkspaceApi
from core.workspace.config import workspace_config

__all__ = ["Member", "WorkspaceApi", "workspace_config"]
