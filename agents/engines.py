"""The two engines: which adapters a profile gets. With `platform.py` the only place that builds them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from agents.home import Home
from agents.people import DemoPeople, People, WorkspacePeople
from agents.workspace_home import WorkspaceHome, open_keys
from config.settings import ROOT, Settings
from core.bus import KeyRing
from core.clock import Clock
from core.errors import SettingsError
from core.execution import LocalFiles, ResultFiles
from core.governance import Policy
from core.telemetry.context import current
from core.warehouse.port import StatementRecord, Warehouse
from core.workspace import JobOptions, Jobs, VolumeFiles, WorkspaceApi, service_config, workspace_config

if TYPE_CHECKING:
    from core.llm import ChatModel
    from core.telemetry import Telemetry
    from core.warehouse.databricks import DatabricksWarehouse, WarehouseOptions
    from core.warehouse.databricks.start_watch import StartWatch

OnStatement = Callable[[StatementRecord], None]
OpenVolume = Callable[[str], VolumeFiles]


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
    check_executor: Callable[[], None] = lambda: None
    """Raises AccessDenied where approved runs have nobody to run as."""
    files: OpenVolume | None = None
    """Opens a folder of a Unity Catalog volume; None where there is no workspace."""
    jobs: Jobs | None = None
    """One-time jobs as the executor; None where there are none."""
    serving: Serving | None = None
    """The workspace's own serving endpoints; None where there is no workspace."""


@dataclass(frozen=True)
class Serving:
    """Where the workspace's models are asked, and as whom."""

    base_url: str
    headers: Callable[[], Mapping[str, str]]


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


def result_files(settings: Settings, engine: Engine, home: Home) -> ResultFiles:
    """Where the results of runs are kept for their owners: a volume when one is named, else the local folder."""
    if engine.files is not None and settings.results_volume is not None:
        return engine.files(settings.results_volume)
    return LocalFiles(home.folder / "results")


def open_model(settings: Settings, engine: Engine, telemetry: Telemetry, clock: Clock) -> ChatModel | None:
    """The language model of the settings; None when they name none. Asks nobody."""
    names = [name for name in (settings.llm_endpoint, *settings.models.preferred) if name]
    if not names or names[0] == "none":
        return None
    address = settings.llm_base_url or settings.models.base_url
    if address is None and engine.serving is None:
        raise SettingsError(f"LLM_ENDPOINT names {names[0]!r}, but LLM_BASE_URL does not say where it is.")
    from core.llm import ChatModel, ChatOptions

    headers = (lambda: _bearer(settings)) if address is not None or engine.serving is None else engine.serving.headers
    base = address or (engine.serving.base_url if engine.serving is not None else "")
    provider = settings.models.provider or ("databricks" if address is None else "")
    options = ChatOptions(seconds=settings.models.seconds, connect_seconds=settings.models.connect_seconds)
    return ChatModel(base, names, headers, telemetry, options=options, clock=clock, provider=provider)


def _bearer(settings: Settings) -> Mapping[str, str]:
    return {"Authorization": f"Bearer {settings.llm_key.get_secret_value()}"} if settings.llm_key is not None else {}


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
    credentials = WorkspaceCredentials(config, tokens, people.default_user, executor=_executor(settings))
    warehouse = DatabricksWarehouse(
        options,
        credentials,
        catalog=settings.catalog_name,
        clock=clock,
        on_statement=on_statement,
        tags=lambda: {"agent": current().agent, "question": current().correlation_id},
        start=start,
    )
    host = options.address.split("://", 1)[1]
    place = f"{settings.state} of {host}, SQL warehouse {options.warehouse_id}"
    files = partial(VolumeFiles, config)
    serving = Serving(f"{options.address}/serving-endpoints", config.authenticate)
    jobs, check = _jobs(settings, config), credentials.check_executor
    return Engine(warehouse, keys, people, start, place, check, files, jobs=jobs, serving=serving)


def _config(settings: Settings) -> Any:
    return workspace_config(settings.databricks_host, _secret(settings))


def _executor(settings: Settings) -> Any:
    """The configuration of the service principal that approved runs use; None where none is set."""
    if settings.executor_token is not None:
        return workspace_config(settings.databricks_host, settings.executor_token.get_secret_value())
    if settings.executor_client_id and settings.executor_client_secret:
        secret = settings.executor_client_secret.get_secret_value()
        return service_config(settings.databricks_host, settings.executor_client_id, secret)
    return None


def _jobs(settings: Settings, config: Any) -> Jobs | None:
    """One-time jobs that run as the executor's service principal; None where only a token of it is known."""
    if settings.executor_client_id is None:
        return None
    return Jobs(config, JobOptions(folder=settings.jobs_folder, run_as=settings.executor_client_id))


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
