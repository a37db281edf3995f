"""Files into tables: `read_path` makes a plan of what a path holds, `write_plan` puts it into a warehouse."""

from core.warehouse.loading.plan import Adjusted, ForeignKey, LoadedTable, LoadPlan, Skipped, key_properties
from core.warehouse.loading.reading import read_path
from core.warehouse.loading.writing import LoadReport, LoadTarget, WrittenTable, write_plan

__all__ = [
    "Adjusted",
    "ForeignKey",
    "LoadPlan",
    "LoadReport",
    "LoadTarget",
    "LoadedTable",
    "Skipped",
    "WrittenTable",
    "key_properties",
    "read_path",
    "write_plan",
]
