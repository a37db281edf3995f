"""What an installation in a Databricks workspace needs: the state schema and the runtime key, made by `init` alone.

The local folder holds only what one process needs (logs, index, sign-ins, the console's address); nothing in it is
shared, and losing it loses nothing.
"""

from __future__ import annotations

from datetime import date

from agents.home import SANDBOX, Home, Progress
from agents.state_tables import make_state
from config.settings import Settings
from core.bus.keys import KeyRing, KeySecret
from core.errors import HomeError
from core.types import PLATFORM
from core.warehouse.port import Warehouse
from core.warehouse.statements import quoted
from core.workspace import WorkspaceApi

KEY = "runtime-key"
_FEED = "'delta.enableChangeDataFeed' = 'true'"
_VECTORS = "'delta.enableDeletionVectors' = 'true'"
"""With these, updates of different rows do not conflict on Databricks."""


class WorkspaceHome(Home):
    """The home of a process that works on a workspace."""

    def prepare(
        self, *, demo: bool, progress: Progress = lambda text: None, end_date: date | None = None
    ) -> tuple[str, ...]:
        """Make the local folders; the workspace is left as it is, since serving does no DDL."""
        self._check_path()
        with self._usable():
            pass
        return ()

    def check_writable(self) -> None:
        """Raise HomeError when the local folder cannot be written."""
        self.prepare(demo=False)

    def version_of(self, *tables: str) -> str:
        """The tables are in the workspace: no file tells of them."""
        return ""

    def has_leases(self) -> bool:
        """Only a statement could tell."""
        return True


def set_up(settings: Settings, warehouse: Warehouse, api: WorkspaceApi, progress: Progress) -> tuple[str, ...]:
    """Make what the state schema lacks, and the key; gives what was made. Safe to repeat."""
    state = settings.state
    before = {info.name for info in warehouse.tables(state, principal=PLATFORM)}
    progress(f"Making the state tables in {state} …")
    for schema in (state, f"{settings.catalog_name}.{SANDBOX}"):
        warehouse.execute(f"CREATE SCHEMA IF NOT EXISTS {quoted(schema)}", principal=PLATFORM)
    added = make_state(warehouse, state, lambda statement: statement.replace(_FEED, f"{_FEED}, {_VECTORS}"))
    made = sorted({info.name for info in warehouse.tables(state, principal=PLATFORM)} - before)
    store = key_store(settings, api)
    had_key = store.read() is not None
    holds = "agent_messages" in before and _holds_messages(settings, warehouse)
    KeyRing.prepare(store, holds_messages=holds)
    return (
        *((f"{len(made)} state tables and views",) if made else ()),
        *((f"{len(added)} columns of older tables",) if added else ()),
        *(() if had_key else ("the runtime key",)),
    )


def open_keys(settings: Settings, api: WorkspaceApi) -> KeyRing:
    """The runtime key; no statement. Raises HomeError when `init` has not made it, else KeyUnavailable."""
    store = key_store(settings, api)
    if store.read() is None:
        raise HomeError(
            f"This workspace is not set up for {settings.state}: {store.place} is missing.",
            next_step="Run `python3 -m app init --profile databricks` once, as somebody who may make schemas and "
            "secrets there. If it was set up before, restore that secret: without it no message can be trusted.",
        )
    return KeyRing(store)


def key_store(settings: Settings, api: WorkspaceApi) -> KeySecret:
    """Where the runtime key of this installation is kept."""
    scope = settings.secret_scope

    def get() -> str | None:
        value = api.secret(scope, KEY)
        return None if value is None else value.decode()

    return KeySecret(f"the secret {scope}/{KEY}", get, lambda text: api.put_secret(scope, KEY, text))


def _holds_messages(settings: Settings, warehouse: Warehouse) -> bool:
    table = warehouse.query(
        f"SELECT message_id FROM {quoted(settings.state)}.agent_messages LIMIT 1", principal=PLATFORM
    )
    return bool(table.num_rows)
