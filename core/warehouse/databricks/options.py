"""Where the SQL warehouse is and how long each thing may take."""

from __future__ import annotations

from pydantic import Field

from core.types import Frozen

PRODUCT = "aiops-agentic-mas-platform/0.1.0"


class WarehouseOptions(Frozen):
    """Times in seconds."""

    host: str
    """The workspace's address: `https://…`; `http://` is accepted for a loopback workspace only."""
    warehouse_id: str
    app: str = "aiops"
    """The `app` query tag; the statement's agent is the other one."""
    statement_timeout_s: int = Field(default=600, ge=1)
    """The server's own limit for any statement of a session; a caller's shorter limit is kept by this adapter."""
    socket_timeout_s: float = 900.0
    """Longest wait for one answer of the server; a warehouse that starts holds the answer back for minutes."""
    stopping_s: float = 5.0
    """How long a caller who cancels, or whose time is over, waits for the server to end the statement."""
    retry_s: float = 90.0
    """How long a statement that certainly did not run (429, 503, refused) is offered again."""
    first_pause_s: float = 0.5
    longest_pause_s: float = 5.0
    repeats: int = Field(default=3, ge=0)
    """How often a read or an append is sent again after its connection broke, and a write after a Delta conflict."""
    per_principal: int = Field(default=2, ge=1)
    connections: int = Field(default=64, ge=1)
    acquire_s: float = 300.0
    """Longest wait for a connection while all are in use; while the warehouse starts, all are being opened."""
    idle_close_s: float = 240.0
    """A connection that nobody used for so long is closed."""
    stale_s: float = 30.0
    """A write that must not be sent twice does not go over a connection that was idle for longer."""
    metadata_fresh_s: float = 300.0
    changes_overlap_s: float = 120.0
    """How late a row may be committed after its `timestamp` and still be seen by `changes`."""
    changes_slow_overlap_s: float = 3600.0
    """The same for tables whose time has another name: those that are written in long runs."""
    append_bytes: int = 1_048_576
    """Most bytes of one append statement; a single larger row goes alone."""
    largest_row_bytes: int = 15_000_000
    use_kernel: bool = False
    """The connector's REST back-end, for warehouses that refuse Thrift."""

    @property
    def http_path(self) -> str:
        """The path of the warehouse on its host."""
        return f"/sql/1.0/warehouses/{self.warehouse_id}"

    @property
    def address(self) -> str:
        """The host with its scheme and without a trailing slash."""
        text = self.host.rstrip("/")
        return text if "://" in text else f"https://{text}"
