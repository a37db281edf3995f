"""What the interpreter in the sandbox is told: the code, its limits, and its inputs as files and plain values."""

from __future__ import annotations

import ast
import importlib.util
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from core.execution.sandbox.port import Inputs, SandboxLimits
from core.execution.sandbox.tables import Tables, table_reads

_DATA_LIBRARIES = frozenset({"pandas", "numpy"})
_SHIPPED = ("pandas", "numpy", "pyarrow", "dateutil", "six", "tzdata", "pytz")
_SPARK = frozenset({"pyspark", "delta"})


def imported_modules(code: str) -> set[str]:
    """The first parts of what `code` imports; empty when it does not parse."""
    try:
        nodes = list(ast.walk(ast.parse(code)))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return set()
    names = [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
    names += [node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)]
    return {name.split(".")[0] for name in names}


def needs_data_libraries(code: str, inputs: Inputs | None) -> bool:
    """Whether pandas or numpy are imported, or a table is read or handed in."""
    return bool(imported_modules(code) & _DATA_LIBRARIES or table_reads(code)) or any(
        is_table(value) or isinstance(value, Tables) for value in (inputs or {}).values()
    )


def needs_spark(code: str) -> bool:
    """Whether the code imports PySpark or Delta, or uses the session that Databricks predeclares for more than
    `spark.table("…").toPandas()`.
    """
    try:
        names = {node.id for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Name)}
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return bool(imported_modules(code) & _SPARK) or ("spark" in names and table_reads(code) is None)


def is_table(value: object) -> bool:
    return type(value).__module__.startswith("pyarrow") and type(value).__name__ == "Table"


@dataclass(frozen=True)
class Libraries:
    """The folders and files of pandas and what it needs, each to be shown read-only."""

    folder: Path
    names: tuple[str, ...]


def installed_libraries() -> Libraries | None:
    """Where the data libraries of this environment lie; None when there are none."""
    spec = importlib.util.find_spec("pandas")
    if spec is None or spec.origin is None:
        return None
    folder = Path(spec.origin).parent.parent
    wanted = [*_SHIPPED, "six.py", *(f"{name}.libs" for name in _SHIPPED)]
    return Libraries(folder, tuple(name for name in wanted if (folder / name).exists()))


def write_tables(inputs: Inputs | None, folder: Path) -> dict[str, Path]:
    """Each table input as an Arrow file that everybody may read."""
    import pyarrow as pa

    written = {}
    flat: dict[str, object] = {}
    for name, value in (inputs or {}).items():
        held = value.by_name.items() if isinstance(value, Tables) else ()
        flat |= {_key(name, table): rows for table, rows in held} or {name: value}
    for position, (name, value) in enumerate(flat.items()):
        if isinstance(value, pa.Table):
            path = folder / f"{position}.arrow"
            with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, value.schema) as writer:
                writer.write_table(value)
            path.chmod(0o444)
            written[name] = path
    return written


def _key(name: str, table: str) -> str:
    return f"{name} {table}"


def build_request(code: str, inputs: Inputs | None, tables: dict[str, str], limits: SandboxLimits) -> dict[str, Any]:
    """The request as plain JSON; `tables` are paths as the sandbox sees them."""
    given: dict[str, Any] = {}
    for name, value in (inputs or {}).items():
        if not name.isidentifier():
            raise ValueError(f"'{name}' is no name for an input")
        if isinstance(value, Tables):
            given[name] = {"tables": {table: tables[_key(name, table)] for table in value.by_name}}
        else:
            given[name] = {"table": tables[name]} if name in tables else {"value": value}
    libraries = sorted(imported_modules(code) & _DATA_LIBRARIES) or (["pandas"] if tables else [])
    return {
        "code": code,
        "inputs": given,
        "limits": asdict(limits),
        "libraries": libraries,
        "paths": [],
        "uid": None,
        "filter": "",
    }
