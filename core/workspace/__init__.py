"""The Databricks workspace beside its SQL warehouse: credentials, who somebody is, secrets, files, jobs, the
warehouse's state."""

from core.workspace.api import Member, WorkspaceApi
from core.workspace.config import service_config, workspace_config
from core.workspace.jobs import JobOptions, JobOutput, JobRun, Jobs
from core.workspace.volumes import VolumeFiles

__all__ = [
    "JobOptions",
    "JobOutput",
    "JobRun",
    "Jobs",
    "Member",
    "VolumeFiles",
    "WorkspaceApi",
    "service_config",
    "workspace_config",
]
