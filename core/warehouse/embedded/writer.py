"""Every write through delta-rs: one writer at a time in this process, conflicts re-read and retried with jitter."""

from __future__ import annotations

import itertools
import os
import random
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import pyarrow as pa
from deltalake import DeltaTable, PostCommitHookProperties, write_deltalake
from deltalake.exceptions import SchemaMismatchError

from core.errors import StatementInvalid, WriteConflict
from core.warehouse.embedded.delta import DeltaFolder, Snapshot
from core.warehouse.embedded.errors import disk_full, storage_errors
from core.warehouse.embedded.names import TableName
from core.warehouse.embedded.properties import stored
from core.warehouse.embedded.replacement import Draft, Revision
from core.warehouse.embedded.rows import fitted

T = TypeVar("T")
Check = Callable[[DeltaFolder, pa.Table], None]

ALREADY_EXISTS = "TABLE_OR_VIEW_ALREADY_EXISTS"
DEADLINE_S = 20.0
"""How long a write is retried against other writers before WriteConflict."""
_FIRST_PAUSE_S = 0.02
_LONGEST_PAUSE_S = 0.5
_LEAST_ROOM_BYTES = 128 * 1024
_ATTEMPTS_BEFORE_PAUSE = 4
_LONGEST_PAUSE_FOR_UPDATE_S = 3.0
"""How long an append waits for an update that appends would starve; a process that died holds nobody up longer."""
_TARGET_BYTES = 16 * 1024 * 1024
"""Files of this size are not joined any more, so that joining costs the same however large a table grows."""
_NO_HOOKS = PostCommitHookProperties(create_checkpoint=False, cleanup_expired_logs=False)
"""Checkpoints and old commits are the housekeeping's work, not that of a caller who waits for a commit."""


@dataclass(frozen=True)
class Revised:
    """What a table shall be after an ALTER: all its rows, or none of them when its files stay."""

    rows: pa.Table
    properties: Mapping[str, str]
    comment: str | None
    revision: Revision


class Writer:
    """Commits to Delta tables. An append that returned is durable and whole."""

    def __init__(self, deadline_s: float = DEADLINE_S) -> None:
        self.check: Check | None = None
        """Called with the table and the rows of each append and overwrite, before they are written."""
        self._deadline_s = deadline_s
        self._locks: dict[Path, threading.RLock] = {}
        self._guard = threading.Lock()

    def append(self, folder: DeltaFolder, rows: pa.Table) -> None:
        """One commit for all `rows`, which are in the table's own schema."""
        with self._lock(folder.path):
            _give_way(folder)
            self.retried(folder, lambda: self._append(folder, rows))

    def overwrite(self, folder: DeltaFolder, table: Any, rows: pa.Table) -> None:
        """Replace the rows that `table` (a handle at a known version) has; rows appended since are kept."""
        self._checked(folder, rows)
        with _committing(folder):
            write_deltalake(table, rows, mode="overwrite", post_commithook_properties=_NO_HOOKS)

    def replace(
        self,
        folder: DeltaFolder,
        rows: pa.Table,
        *,
        properties: Mapping[str, str] | None = None,
        comment: str | None = None,
    ) -> None:
        """New columns, rows, properties and comment as the table's next version; earlier ones stay readable."""
        with self._drafted(folder.path, folder.name, rows, properties, comment) as path:
            with storage_errors(folder.name.full_name):
                draft = Draft(path)
            self.alone(folder, lambda: self._put_in_place(folder, draft))

    def revise(self, folder: DeltaFolder, change: Callable[[Snapshot], Revised]) -> None:
        """Make the newest version into what `change` makes of it, in one commit; again when another writer won."""
        self.alone(folder, lambda: self._revise(folder, change(folder.current())))

    def _revise(self, folder: DeltaFolder, revised: Revised) -> None:
        drafted = self._drafted(folder.path, folder.name, revised.rows, revised.properties, revised.comment)
        with drafted as path, storage_errors(folder.name.full_name):
            Draft(path).commit(folder, revised.revision)

    def create(
        self,
        name: TableName,
        path: Path,
        rows: pa.Table,
        *,
        properties: Mapping[str, str] | None = None,
        comment: str | None = None,
    ) -> None:
        """A new table with `rows`; raises StatementInvalid when it exists."""
        drafted = self._drafted(path, name, rows, properties, comment)
        with self._lock(path), drafted as draft, storage_errors(name.full_name):
            _publish(draft, path, name)

    def compact(self, folder: DeltaFolder) -> int:
        """Join small files into few, beside appends; never beside an update or another joining.

        delta-rs commits two joinings of the same files one after the other, and the table then has its rows twice.
        """
        self.optimize(folder)
        return len(folder.current().files)

    def optimize(self, folder: DeltaFolder) -> dict[str, Any]:
        """As `compact`; gives delta-rs' own figures."""
        with self.exclusive(folder):
            return self.retried(folder, lambda: self._compact(folder))

    def alone(self, folder: DeltaFolder, action: Callable[[], T]) -> T:
        """`action` alone among updates and retried; when appends won too often, other processes hold theirs back."""
        with self.exclusive(folder), self._lock(folder.path), ExitStack() as held:
            attempts = itertools.count(1)

            def attempt() -> T:
                if next(attempts) == _ATTEMPTS_BEFORE_PAUSE:
                    held.callback(_pause_file(folder).unlink, missing_ok=True)
                    _pause_file(folder).touch()
                return action()

            return self.retried(folder, attempt)

    def retried(self, folder: DeltaFolder, action: Callable[[], T]) -> T:
        """`action`, again after a pause as long as another writer won, up to the deadline."""
        started, pause = time.monotonic(), _FIRST_PAUSE_S
        while True:
            try:
                return action()
            except WriteConflict:
                if time.monotonic() - started > self._deadline_s:
                    raise
                time.sleep(pause * random.uniform(0.5, 1.5))
                pause = min(pause * 2, _LONGEST_PAUSE_S)

    @contextmanager
    def exclusive(self, folder: DeltaFolder) -> Iterator[None]:
        """Alone among the updates and joinings of this table, in every process on the same folder."""
        from filelock import FileLock, Timeout

        lock = FileLock(folder.path.with_name(f".{folder.path.name}.lock"), timeout=self._deadline_s)
        with storage_errors(folder.name.full_name):
            try:
                lock.acquire()
            except Timeout as error:
                raise WriteConflict(
                    f"{folder.name.full_name} has been changed by others for {self._deadline_s:g} seconds.",
                    error_class="DELTA_CONCURRENT_WRITE",
                ) from error
        try:
            yield
        finally:
            lock.release()

    @contextmanager
    def _drafted(
        self, path: Path, name: TableName, rows: pa.Table, properties: Mapping[str, str] | None, comment: str | None
    ) -> Iterator[Path]:
        """A whole table in a folder that no name stands for, beside `path`; what is left of it is removed."""
        _check_room(path.parent, name.full_name)
        draft = path.with_name(f".new-{time.time_ns():x}-{random.getrandbits(32):x}")
        try:
            with storage_errors(name.full_name):
                table = DeltaTable.create(
                    str(draft),
                    schema=rows.schema,
                    name=name.name,
                    description=comment,
                    configuration=stored(properties),
                    raise_if_key_not_exists=False,
                )
                if len(rows):
                    write_deltalake(table, rows, mode="append")
            yield draft
        finally:
            _discard(draft)

    def _put_in_place(self, folder: DeltaFolder, draft: Draft) -> None:
        with storage_errors(folder.name.full_name):
            draft.commit(folder)

    def _append(self, folder: DeltaFolder, rows: pa.Table) -> None:
        _check_room(folder.path, folder.name.full_name)
        table = folder.writable()
        rows = _in_columns(rows, folder)
        self._checked(folder, rows)
        with _committing(folder):
            try:
                write_deltalake(table, rows, mode="append", post_commithook_properties=_NO_HOOKS)
            except SchemaMismatchError as error:
                if table.version() == folder.current().version:
                    raise
                # The rows are in the newest columns, the handle is from before the ALTER that made them.
                raise WriteConflict(f"{folder.name.full_name} was altered while rows were appended.") from error

    def _checked(self, folder: DeltaFolder, rows: pa.Table) -> None:
        if self.check is not None:
            self.check(folder, rows)

    def _compact(self, folder: DeltaFolder) -> dict[str, Any]:
        table = folder.open()
        with storage_errors(folder.name.full_name):
            done: dict[str, Any] = table.optimize.compact(
                target_size=_TARGET_BYTES, post_commithook_properties=_NO_HOOKS
            )
            return done

    def _lock(self, path: Path) -> threading.RLock:
        with self._guard:
            return self._locks.setdefault(path, threading.RLock())


def _in_columns(rows: pa.Table, folder: DeltaFolder) -> pa.Table:
    """The rows in the columns that the table has by now; an ALTER may have come since they were made."""
    snapshot = folder.current()
    if rows.schema.names == [field.name for field in snapshot.fields]:
        return rows
    known = {field.name.casefold() for field in snapshot.fields}
    gone = [name for name in rows.column_names if name.casefold() not in known]
    empty = [name for name in gone if rows.column(name).null_count == len(rows)]
    return fitted(rows.drop_columns(empty), snapshot.schema, folder.name.full_name)


@contextmanager
def _committing(folder: DeltaFolder) -> Iterator[None]:
    """Around a write on the folder's `writable` handle."""
    try:
        with storage_errors(folder.name.full_name):
            yield
    except BaseException:
        folder.unwritten()
        raise
    folder.written()


def _pause_file(folder: DeltaFolder) -> Path:
    return folder.path.with_name(f".{folder.path.name}.pause")


def _give_way(folder: DeltaFolder) -> None:
    """Wait while another process has asked for a moment without appends."""
    path = _pause_file(folder)
    while True:
        try:
            asked = path.stat().st_mtime
        except OSError:
            return
        if not 0 <= time.time() - asked < _LONGEST_PAUSE_FOR_UPDATE_S:
            return
        time.sleep(_FIRST_PAUSE_S)


def _check_room(folder: Path, table: str) -> None:
    """Refuse a write before it begins where not even a small commit fits: delta-rs half-way out of room is untidy."""
    try:
        space = os.statvfs(folder)
    except OSError:
        return  # a folder that is missing is told by the write itself
    if space.f_bavail * space.f_frsize < _LEAST_ROOM_BYTES:
        raise disk_full(table)


def _publish(draft: Path, path: Path, name: TableName) -> None:
    """Make a finished table visible in one step, so that no reader meets a log without commits."""
    try:
        draft.rename(path)
    except OSError as error:
        if not path.exists():
            raise
        raise StatementInvalid(f"The table {name.full_name} already exists.", error_class=ALREADY_EXISTS) from error


def _discard(draft: Path) -> None:
    import shutil

    if draft.exists():
        shutil.rmtree(draft, ignore_errors=True)
