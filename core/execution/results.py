"""Full results of runs, each for its owner only: Parquet files in a folder of HOME, or in a Unity Catalog volume."""

from __future__ import annotations

import csv
import io
import os
import uuid
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from core.errors import HomeError, NotFound
from core.execution import cells

if TYPE_CHECKING:
    import pyarrow as pa

RETENTION = timedelta(days=30)
_OWNER = b"aiops.owner"
_ENDING = ".parquet"
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


class ResultFiles(Protocol):
    """Files by name in one place. Each write is whole or absent. Raises NotFound for what is not there."""

    def write(self, name: str, data: bytes) -> None:
        """Keep a file, in place of one of the same name."""
        ...

    def read(self, name: str) -> bytes:
        """The bytes of a file."""
        ...

    def delete(self, name: str) -> None:
        """Remove a file; nothing happens when it is gone already."""
        ...

    def names(self) -> tuple[str, ...]:
        """All files."""
        ...


class LocalFiles:
    """Files of one folder that only this user may read (mode 0600). Raises HomeError when the disk does not let it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def write(self, name: str, data: bytes) -> None:
        """Keep a file: written beside and moved over, so that a crash leaves the old one or the new one."""
        draft = self._folder / f"{name}.{uuid.uuid4().hex}.part"
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            draft.replace(self._folder / name)
        except OSError as error:
            with suppress(OSError):
                draft.unlink()
            raise HomeError(f"The result cannot be kept: {error.strerror}.") from error

    def read(self, name: str) -> bytes:
        """The bytes of a file; raises NotFound."""
        try:
            return (self._folder / name).read_bytes()
        except FileNotFoundError as error:
            raise NotFound("There is no such file.") from error

    def delete(self, name: str) -> None:
        """Remove a file."""
        (self._folder / name).unlink(missing_ok=True)

    def names(self) -> tuple[str, ...]:
        """All files, drafts that a crash left behind included."""
        return tuple(sorted(path.name for path in self._folder.iterdir())) if self._folder.is_dir() else ()


class ResultStore:
    """Keeps the result of a run until it is 30 days old. A run id (UUIDv7) says when it was made. Thread-safe."""

    def __init__(self, files: ResultFiles) -> None:
        self._files = files

    def keep(self, run_id: str, owner: str, table: pa.Table) -> int:
        """Store a result for `owner`; gives its size in bytes. The same run again replaces it."""
        import pyarrow.parquet as parquet

        name = _file(run_id)
        described = table.replace_schema_metadata({**(table.schema.metadata or {}), _OWNER: owner.encode()})
        sink = io.BytesIO()
        parquet.write_table(described, sink, compression="zstd")
        data = sink.getvalue()
        self._files.write(name, data)
        return len(data)

    def read(self, run_id: str, user_id: str) -> pa.Table:
        """The result, for its owner; raises NotFound for anybody else, as if there were none."""
        return self._read(self.parquet(run_id, user_id))

    def parquet(self, run_id: str, user_id: str) -> bytes:
        """The result as the bytes of a Parquet file, for its owner; raises NotFound."""
        missing = NotFound(
            "There is no result of this run: it is not yours, or it is older than 30 days.",
            next_step="Run it again, or ask whoever ran it.",
        )
        try:
            data = self._files.read(_file(run_id))
        except NotFound as error:
            raise missing from error
        if _owner(data) != user_id.encode():
            raise missing
        return data

    def csv(self, run_id: str, user_id: str) -> bytes:
        """The result as CSV (UTF-8, header first), for its owner; raises NotFound.

        Text that a spreadsheet would take for a formula has an apostrophe before it.
        """
        return csv_of(self.read(run_id, user_id))

    def expire(self, now: datetime) -> int:
        """Remove what is older than 30 days; gives how many files went."""
        old = [name for name in self._files.names() if (made := _made(name)) is not None and now - made > RETENTION]
        for name in old:
            self._files.delete(name)
        return len(old)

    @staticmethod
    def _read(data: bytes) -> pa.Table:
        import pyarrow.parquet as parquet

        table = parquet.ParquetFile(io.BytesIO(data)).read()
        kept = {name: value for name, value in (table.schema.metadata or {}).items() if name != _OWNER}
        return table.replace_schema_metadata(kept or None)


def csv_of(table: pa.Table) -> bytes:
    """The rows as CSV, safe to open in a spreadsheet: only text is changed, numbers and dates are as they are."""
    columns = cells.columns(table)
    text = [column.type in ("STRING", "BINARY") for column in columns]
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([_inert(column.name) for column in columns])
    for row in cells.rows(table):
        writer.writerow([_inert(cell) if is_text else cell for cell, is_text in zip(row, text, strict=True)])
    return out.getvalue().encode("utf-8")


def _inert(cell: object) -> object:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell


def _file(run_id: str) -> str:
    """The file of a run; raises NotFound for what is no run id (it could be a path)."""
    try:
        return f"{uuid.UUID(run_id)}{_ENDING}"
    except ValueError as error:
        raise NotFound("There is no such run.") from error


def _owner(data: bytes) -> bytes | None:
    import pyarrow.parquet as parquet

    metadata = parquet.read_schema(io.BytesIO(data)).metadata or {}
    found: bytes | None = metadata.get(_OWNER)
    return found


def _made(name: str) -> datetime | None:
    """When the run began, by the 48 time bits of its id; None for a file that is not ours."""
    try:
        run = uuid.UUID(name.partition(".")[0])
    except ValueError:
        return None
    return datetime.fromtimestamp((run.int >> 80) / 1000, UTC)
