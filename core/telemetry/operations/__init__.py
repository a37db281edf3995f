"""The platform as data about itself: named views beside the state schema, and the statements over them."""

from core.telemetry.operations.views import VIEWS, operations_schema, reports, script, view_definitions

__all__ = ["VIEWS", "operations_schema", "reports", "script", "view_definitions"]
