"""The workspace: one engine over a folder, warehouses in front of it, an address and tokens for clients."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

from core.warehouse import EmbeddedWarehouse
from tests.workspace.http import WorkspaceServer, current_caller
from tests.workspace.jobs import JobRuns
from tests.workspace.principals import PEOPLE, Person, Principals
from tests.workspace.thrift_service import ThriftService
from tests.workspace.wire import Wire


class Workspace:
    """Use as a context manager. Tables and secrets stay in `folder`, so that a second start goes on with them."""

    def __init__(
        self,
        folder: Path,
        *,
        port: int = 0,
        people: Sequence[Person] = PEOPLE,
        warehouses: Sequence[str] = ("wh1",),
        catalog: str = "main",
    ) -> None:
        self.folder = folder
        self.wire = Wire()
        self.principals = Principals(people)
        self.engine = EmbeddedWarehouse(folder / "tables", catalog=catalog)
        self.warehouses: Mapping[str, ThriftService] = {
            name: ThriftService(self.engine, catalog, self.wire, current_caller) for name in warehouses
        }
        self.faults = self.warehouses[warehouses[0]].faults
        """Of the first warehouse; each has its own."""
        self.calls: list[tuple[str, str]] = []
        """Method and path of each REST call."""
        self.volumes: set[str] = set()
        """Paths of the volumes there are: `/Volumes/<catalog>/<schema>/<volume>`."""
        self.files: dict[str, tuple[bytes, int]] = {}
        """Files in volumes: bytes, and when they were written (milliseconds)."""
        self.jobs = JobRuns()
        self._secrets_file = folder / "secrets.json"
        self.scopes: set[str] = set()
        self.secrets: dict[tuple[str, str], bytes] = {}
        self._read_secrets()
        self._server = WorkspaceServer(self, port)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, name="workspace", daemon=True
        )

    def start(self) -> Workspace:
        """Begin to answer."""
        self._thread.start()
        return self

    def stop(self) -> None:
        """Answer no more and release the engine."""
        self._server.shutdown()
        self._server.server_close()
        self.engine.close()

    def __enter__(self) -> Workspace:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def token(self, name: str) -> str:
        """The token of a person or service principal."""
        return self.principals[name].token

    def environment(self, name: str = "app", warehouse: str = "wh1") -> dict[str, str]:
        """The variables with which the platform uses this workspace as `name`."""
        variables = {
            "DATABRICKS_HOST": self.url,
            "DATABRICKS_TOKEN": self.token(name),
            "DATABRICKS_WAREHOUSE_ID": warehouse,
        }
        if any(person.name == "executor" for person in self.principals):
            variables["DATABRICKS_EXECUTOR_TOKEN"] = self.token("executor")
        return variables

    def lose_sessions(self) -> None:
        """Every session of every warehouse is unknown from now on."""
        for service in self.warehouses.values():
            service.lose_sessions()

    def make_volume(self, name: str) -> str:
        """Make a volume (`catalog.schema.volume`); gives its path."""
        path = f"/Volumes/{name.replace('.', '/')}"
        self.volumes.add(path)
        return path

    def put_secret(self, scope: str, key: str, value: bytes) -> None:
        """Keep a secret, also for the next start."""
        self.scopes.add(scope)
        self.secrets[(scope, key)] = value
        kept = [[scope, key, value.hex()] for (scope, key), value in self.secrets.items()]
        self._secrets_file.write_text(json.dumps(kept), encoding="utf-8")

    def _read_secrets(self) -> None:
        if self._secrets_file.exists():
            for scope, key, value in json.loads(self._secrets_file.read_text(encoding="utf-8")):
                self.scopes.add(scope)
                self.secrets[(scope, key)] = bytes.fromhex(value)
