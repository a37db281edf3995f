"""From a path to a plan of what it holds; no warehouse is touched."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from core.clock import Clock, SystemClock
from core.errors import LoadError
from core.warehouse.loading.files import read_file
from core.warehouse.loading.folder import read_folder
from core.warehouse.loading.plan import Contents, ForeignKey, LoadedTable, LoadPlan, schema_name


def read_path(path: Path, *, schema: str | None = None, clock: Clock | None = None) -> LoadPlan:
    """Everything loadable of a file or a folder, typed.

    `schema` names the schema to write to; without it the path's stem does. The clock says what `CURRENT_DATE` in
    a dump means. Raises LoadError with the file, the reason and the next step.
    """
    path = Path(path)
    if not path.exists():
        raise LoadError(
            f"{path} does not exist.", next_step="Check the path; relative ones start at the current folder."
        )
    name = schema_name(path, schema)
    contents = Contents((clock or SystemClock()).now())
    try:
        if path.is_dir():
            read_folder(path, contents)
        elif path.is_file():
            read_file(path, contents)
        else:
            raise LoadError(f"{path} is neither a file nor a folder.")
    except PermissionError as error:
        raise LoadError(
            f"{path} may not be read: {error.strerror}.", next_step="Give yourself the right to read it."
        ) from error
    except OSError as error:
        raise LoadError(f"{path} could not be read: {error.strerror or error}.") from error
    except MemoryError as error:
        raise LoadError(f"{path} does not fit into memory.", next_step="Split it, or save it as Parquet.") from error
    _refuse_empty(path, contents)
    tables = {name: _with_known_keys(name, table, contents) for name, table in contents.tables.items()}
    return LoadPlan(
        name,
        tables,
        tuple(contents.documents),
        tuple(contents.skipped),
        tuple(contents.adjusted),
        source=str(path.resolve()),
    )


def _refuse_empty(path: Path, contents: Contents) -> None:
    for name, table in list(contents.tables.items()):
        if not table.table.num_columns:
            contents.skip(f"{path.name} table {name!r}", "a table without columns", "nothing of it can be asked about")
            del contents.tables[name]
    if not contents.tables and not contents.documents:
        raise LoadError(f"{path.name} holds no tables.", next_step="Load a file that holds at least one table.")


def _with_known_keys(name: str, loaded: LoadedTable, contents: Contents) -> LoadedTable:
    """Keys whose columns and tables are all loaded, spelled as loaded; the others are dropped and named."""
    columns = {column.casefold(): column for column in loaded.table.column_names}
    primary = tuple(columns[key.casefold()] for key in loaded.primary_key if key.casefold() in columns)
    if len(primary) != len(loaded.primary_key):
        primary = ()
    kept = []
    for key in loaded.foreign_keys:
        spelled = _spelled(key, columns, contents)
        if spelled is None:
            contents.adjust(
                f"table {name!r}", f"reference to {key.table!r} dropped", "the other table or column is missing"
            )
        else:
            kept.append(spelled)
    return replace(loaded, primary_key=primary, foreign_keys=tuple(kept))


def _spelled(key: ForeignKey, columns: dict[str, str], contents: Contents) -> ForeignKey | None:
    target = next((table for table in contents.tables if table.casefold() == key.table.casefold()), None)
    if target is None:
        return None
    others = {column.casefold(): column for column in contents.tables[target].table.column_names}
    wanted = key.references or contents.tables[target].primary_key
    sources = tuple(columns.get(column.casefold(), "") for column in key.columns)
    targets = tuple(others.get(column.casefold(), "") for column in wanted)
    if not all(sources) or not all(targets) or len(sources) != len(targets):
        return None
    return ForeignKey(sources, target, targets)
