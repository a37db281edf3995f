"""The home folder of the embedded mode: tables, keys, index, logs; made once, checked by one small file afterwards.

HOME/run/ready names the hash of every table definition, so that a start which finds it does no DDL at all.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from agents.state_tables import definitions_text, make_state
from config.settings import Settings
from core.clock import SystemClock
from core.errors import HomeError
from core.telemetry.operations import operations_schema
from core.types import PLATFORM

if TYPE_CHECKING:
    from core.warehouse import EmbeddedWarehouse

Progress = Callable[[str], None]

DEMO_SCHEMA, SANDBOX = "demo", "sandbox"


class Home:
    """Prepares a home folder; safe to call from several processes at once."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.folder = settings.home_folder

    @property
    def tables(self) -> Path:
        return self.folder / "tables"

    @property
    def keys(self) -> Path:
        return self.folder / "keys"

    @property
    def stamp(self) -> Path:
        """Touched whenever a process adds data, documents or models; others then read them again."""
        return self.folder / "run" / "loaded"

    def prepare(
        self, *, demo: bool, progress: Progress = lambda text: None, end_date: date | None = None
    ) -> tuple[str, ...]:
        """Make what is missing; gives what was made. The demo's orders run up to `end_date` (default: today).

        Raises HomeError when the folder cannot be used.
        """
        self._check_path()
        ready = self._ready()
        if ready.get("definitions") == self._definitions() and (ready.get("demo") is not None or not demo):
            self.check_writable()
            self._check_whole(ready)
            return ()
        with self._usable(), self._lock():
            ready = self._ready()
            made = []
            if ready.get("definitions") != self._definitions():
                made.append(self._make_state(progress))
            if demo and ready.get("demo") is None:
                ready["demo"] = self._make_demo(progress, end_date or today())
                made += ["demo company"] if ready["demo"] else []
            ready["definitions"] = self._definitions()
            ready["tables"] = sorted(log.parent.name for log in self._state_folder.glob("*/_delta_log"))
            self._write_ready(ready)
            return tuple(made)

    @property
    def is_made(self) -> bool:
        """Whether somebody has prepared it."""
        return bool(self._ready())

    def check_writable(self) -> None:
        """Raise HomeError when a home that was made before cannot be written any more."""
        with self._usable():
            for folder in (self.tables, self.folder / "run", self.folder / "logs"):
                if not os.access(folder, os.W_OK | os.X_OK):
                    raise PermissionError(errno.EACCES, f"no right to write to {folder}")

    def touch(self) -> None:
        """Tell other processes on this home that there is something new to read."""
        self.stamp.parent.mkdir(parents=True, exist_ok=True)
        self.stamp.write_text(str(os.getpid()), encoding="utf-8")

    def loaded_at(self) -> int:
        """The stamp's time in nanoseconds; 0 when nothing was ever added."""
        try:
            return self.stamp.stat().st_mtime_ns
        except FileNotFoundError:
            return 0

    @property
    def _state_folder(self) -> Path:
        return self.tables / Path(*self.settings.state.split("."))

    def _check_whole(self, ready: dict[str, object]) -> None:
        """A state table that was made and is gone is a loss, which making it anew would hide."""
        made = ready.get("tables")
        names = [str(name) for name in made] if isinstance(made, list) else []
        lost = [name for name in names if not (self._state_folder / name / "_delta_log").is_dir()]
        if lost:
            raise HomeError(
                f"The home {self.folder} has lost {len(lost)} of its state tables: {', '.join(lost[:5])}.",
                next_step=f"Restore {self._state_folder} from a copy, or begin a new home with --home DIR.",
            )

    def _check_path(self) -> None:
        """Delta tables cannot stand below a folder whose name has control characters."""
        if any(ord(character) < 32 or character == "\x7f" for character in str(self.folder)):
            raise HomeError(f"The home {str(self.folder)!r} has control characters in its name.")

    def leases_version(self) -> str:
        """Changes whenever a process writes a lease; '' while there is no such table."""
        return self.version_of("process_leases")

    def version_of(self, *tables: str) -> str:
        """Changes whenever a process writes to one of these state tables; '' where no file tells. No statement."""
        try:
            return " ".join(self._newest_commit(table) for table in tables)
        except (OSError, ValueError):
            return ""

    def _newest_commit(self, table: str) -> str:
        names = os.listdir(self._state_folder / table / "_delta_log")
        return max(name for name in names if name.endswith(".json"))

    def has_leases(self) -> bool:
        """Whether a process ever held work here for longer than a moment, so that one may have left some."""
        try:
            return len(os.listdir(self._state_folder / "process_leases" / "_delta_log")) > 1
        except OSError:
            return True

    # ── inside ────────────────────────────────────────────────────────────────────────────────────────────────

    def _ready(self) -> dict[str, object]:
        try:
            content = json.loads((self.folder / "run" / "ready").read_text(encoding="utf-8"))
            return dict(content)
        except (OSError, ValueError):
            return {}

    def _write_ready(self, ready: dict[str, object]) -> None:
        draft = self.folder / "run" / ".ready"
        draft.write_text(json.dumps(ready), encoding="utf-8")
        draft.replace(self.folder / "run" / "ready")

    def _definitions(self) -> str:
        return hashlib.sha256(f"{self.settings.state}\n{definitions_text()}".encode()).hexdigest()

    @contextmanager
    def _usable(self) -> Iterator[None]:
        """Turn what the file system says into one sentence with the next step."""
        try:
            for name in ("tables", "keys", "audit", "index", "run", "logs"):
                (self.folder / name).mkdir(parents=True, exist_ok=True)
            self.keys.chmod(0o700)
            yield
        except OSError as error:
            raise HomeError(_sentence(self.folder, error)) from error

    @contextmanager
    def _lock(self) -> Iterator[None]:
        from filelock import FileLock

        with FileLock(self.folder / "run" / "prepare.lock", timeout=600):
            yield

    def _make_state(self, progress: Progress) -> str:
        from core.bus import KeyRing
        from core.warehouse.statements import quoted

        progress("Making the state tables …")
        with self._warehouse() as warehouse:
            state, sandbox = self.settings.state, f"{self.settings.catalog_name}.{SANDBOX}"
            for schema in (state, sandbox):
                warehouse.execute(f"CREATE SCHEMA IF NOT EXISTS {quoted(schema)}", principal=PLATFORM)
            added = make_state(warehouse, state)
        holds_messages = any((self._state_folder / "agent_messages").glob("*.parquet"))
        KeyRing.for_home(self.keys, holds_messages=holds_messages)
        return f"state tables ({len(added)} new columns)" if added else "state tables"

    def _make_demo(self, progress: Progress, end_date: date) -> bool:
        """The demo company, unless the home holds data already; gives whether it was made."""
        catalog = self.tables / self.settings.catalog_name
        own = {self.settings.schema_name, operations_schema(self.settings.schema_name), SANDBOX, DEMO_SCHEMA}
        if any(entry.is_dir() and entry.name not in own for entry in catalog.iterdir()):
            return False
        from agents.demo_company import make_demo

        progress("Making the demo company (three years of orders and a handbook) …")
        with self._warehouse() as warehouse:
            make_demo(warehouse, self.settings, self.folder, end_date, progress)
        self.touch()
        return True

    def _warehouse(self) -> EmbeddedWarehouse:
        from core.warehouse import EmbeddedWarehouse

        return EmbeddedWarehouse(self.tables, catalog=self.settings.catalog_name)


def today() -> date:
    """The date that 'last month' counts from."""
    return SystemClock().now().date()


def _sentence(folder: Path, error: OSError) -> str:
    match error.errno:
        case errno.EACCES | errno.EPERM | errno.EROFS:
            return f"The home {folder} cannot be written ({error.strerror})."
        case errno.ENOSPC | errno.EDQUOT:
            return f"The disk that holds {folder} is full."
        case errno.ENOTDIR | errno.EEXIST:
            return f"The home {folder} cannot be a folder: a file stands at {error.filename or folder}."
        case _:
            return f"The home {folder} cannot be used ({error.strerror or error})."
