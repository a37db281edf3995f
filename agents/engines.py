"""The two engines: which adapters a profile gets. With `platform.py` the only place that builds them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from agents.home import Home
from agents.people import DemoPeople, People, WorkspacePeople
from agents.workspace_home import WorkspaceHome, open_keys
from config.settings import ROOT, Settings
from core.bus import KeyRing
from core.clock import Clock
from core.errors import SettingsError
from core.governance import Policy
from core.telemetry.context import current
from core.warehouse.port import StatementRecord, Warehouse
from core.workspace import WorkspaceApi, workspace_config

if TYPE_CHECKING:
    from core.warehouse.databricks import DatabricksWarehouse, WarehouseOptions
    from core.warehouse.databricks.start_watch import StartWatch

OnStatement = Callable[[StatementRecord], None]


@dataclass(frozen=True)
class Engine:
    """What a profile brings: tables, the key, the people."""

    warehouse: Warehouse
    keys: KeyRing
    people: People
    start: StartWatch | None = None
    """Whether a SQL warehouse is starting; None where nothing has to start."""
    place: str = ""
    """Where the tables are, for people."""
    api: WorkspaceApi | None = None
    """The workspace beside its tables; None where there is none."""


def home_of(settings: Settings) -> Home:
    """The home of the profile."""
    return Home(settings) if settings.profile == "embedded" else WorkspaceHome(settings)


def open_engine(settings: Settings, home: Home, clock: Clock, on_statement: OnStatement) -> Engine:
    """The adapters of the profile; raises SettingsError or KeyUnavailable. No statement is sent."""
    if settings.profile == "embedded":
        return _embedded(settings, home, clock, on_statement)
    return _databricks(settings, clock, on_statement)


def open_workspace(settings: Settings) -> tuple[DatabricksWarehouse, WorkspaceApi]:
    """The SQL warehouse and the REST API, for `init`; raises SettingsError."""
    from core.warehouse.databricks import DatabricksWarehouse, UserTokens, WorkspaceCredentials

    config = _config(settings)
    credentials = WorkspaceCredentials(config, UserTokens())
    warehouse = DatabricksWarehouse(_options(settings, config), credentials, catalog=settings.catalog_name)
    return warehouse, WorkspaceApi(config)


def check_settings(settings: Settings) -> None:
    """Raise SettingsError when the profile lacks what it needs to start; asks nobody."""
    if settings.profile == "databricks":
        _options(settings, _config(settings))


def _embedded(settings: Settings, home: Home, clock: Clock, on_statement: OnStatement) -> Engine:
    from core.warehouse import EmbeddedWarehouse

    warehouse = EmbeddedWarehouse(home.tables, catalog=settings.catalog_name, clock=clock, on_statement=on_statement)
    return Engine(warehouse, KeyRing.open(home.keys), DemoPeople(settings.demo_users), place=str(home.tables))


def _databricks(settings: Settings, clock: Clock, on_statement: OnStatement) -> Engine:
    from core.warehouse.databricks import DatabricksWarehouse, UserTokens, WorkspaceCredentials
    from core.warehouse.databricks.start_watch import StartWatch

    config = _config(settings)
    options = _options(settings, config)
    api, tokens = WorkspaceApi(config), UserTokens()
    keys = open_keys(settings, api)
    policy = Policy.from_file(ROOT / "config" / "rbac_roles.yaml", state_schema=settings.state)
    people = WorkspacePeople(api.me, tokens.keep, policy, clock, own=settings.app_name is None)
    start = StartWatch(lambda: api.warehouse_state(options.warehouse_id))
    warehouse = DatabricksWarehouse(
        options,
        WorkspaceCredentials(config, tokens, people.default_user),
        catalog=settings.catalog_name,
        clock=clock,
        on_statement=on_statement,
        tags=lambda: {"agent": current().agent, "question": current().correlation_id},
        start=start,
    )
    host = options.address.split("://", 1)[1]
    place = f"{settings.state} of {host}, SQL warehouse {options.warehouse_id}"
    return Engine(warehouse, keys, people, start, place, api)


def _config(settings: Settings) -> Any:
    return workspace_config(settings.databricks_host, _secret(settings))


def _options(settings: Settings, config: Any) -> WarehouseOptions:
    from core.warehouse.databricks import WarehouseOptions

    if not settings.databricks_warehouse_id:
        raise SettingsError(
            "No SQL warehouse is named.",
            next_step="Set DATABRICKS_WAREHOUSE_ID to the id of a warehouse, then start again.",
        )
    return WarehouseOptions(host=config.host, warehouse_id=settings.databricks_warehouse_id)


def _secret(settings: Settings) -> str | None:
    return settings.databricks_token.get_secret_value() if settings.databricks_token else None
