"""One place for every setting. Precedence: flag > environment > .env > config/env.<AIOPS_ENV>.yaml > default.

Every file is read strictly: an error names the file, the key and what is allowed.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError

from core.errors import SettingsError

ROOT = Path(__file__).resolve().parent.parent
Profile = Literal["embedded", "databricks"]
EMBEDDED_CATALOG = "main"
"""The roles, the demo company and its semantic model name it, so no variable changes it there."""
Model = TypeVar("Model", bound=BaseModel)


class Strict(BaseModel):
    """A part of a configuration file: immutable, and an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class DemoUser(Strict):
    """A person who may sign in to the embedded console."""

    user_id: str
    role: str
    display_name: str


class BusSettings(Strict):
    """Group commit, the shared pool and the caps of one correlation."""

    workers: int = Field(default=4, ge=1, le=64)
    commit_rows: int = Field(default=500, ge=1, le=5000)
    commit_milliseconds: int = Field(default=250, ge=1, le=10_000)
    maximum_turns: int = Field(default=200, ge=1, le=5000)
    maximum_hops: int = Field(default=50, ge=4, le=1000)
    maximum_seconds: int = Field(default=300, ge=5, le=3600)
    lease_seconds: int = Field(default=30, ge=2, le=600)


class LimitSettings(Strict):
    """Caps on what one question may cost."""

    question_characters: int = Field(default=10_000, ge=100, le=1_000_000)
    statement_seconds: float = Field(default=60, gt=0, le=3600)
    rows: int = Field(default=1000, ge=1, le=1000)
    user_turns: int = Field(default=20, ge=1, le=5000)
    """Questions of one person that may be under way in a process at once."""
    user_questions_a_minute: int = Field(default=60, ge=1, le=100_000)
    run_seconds: float = Field(default=200, gt=0, le=3600)
    """The longest that an approved run may take."""
    result_rows: int = Field(default=1_000_000, ge=1)
    """The most rows of an approved read that are kept for its owner."""
    result_megabytes: int = Field(default=256, ge=1)


class RetentionSettings(Strict):
    """How many days what happened is kept; rollups by the hour stay."""

    spans_days: int = Field(default=90, ge=8, le=3650)
    payloads_days: int = Field(default=30, ge=1, le=3650)


class WebhookSettings(Strict):
    """Where notices of approvals are posted to; core/governance/notices says how they are signed."""

    url: str = Field(pattern=r"^https://")
    hosts: tuple[str, ...] = Field(min_length=1)
    """The exact hosts that may be called; `host:port` for another port than 443."""
    console_url: str | None = None
    """The console's address for people, from which the links of notices begin."""
    seconds: float = Field(default=10, gt=0, le=60)
    allow_private: bool = False
    """Whether the host may be in a private network or on this machine."""
    ca_file: Path | None = None
    """Certificates to trust instead of the system's."""


class ModelSettings(Strict):
    """Which language model is asked, and how patiently; without an address (or, in a workspace, a name) none is."""

    base_url: str | None = Field(default=None, pattern=r"^https?://[^/]+")
    """An OpenAI-style endpoint, up to `/v1`; in a workspace its own serving endpoints when left out."""
    preferred: tuple[str, ...] = ()
    """Names to ask after LLM_ENDPOINT, the first that the endpoint knows."""
    provider: str | None = Field(default=None, pattern=r"^[a-z0-9_.-]+$")
    """Whose prices count for its models; left out: 'databricks' in a workspace, else the address's host."""
    key_variable: str | None = Field(default=None, pattern=r"^[A-Z][A-Z0-9_]*$")
    """The environment variable that holds the endpoint's key; never the key itself."""
    seconds: float = Field(default=60, gt=0, le=600)
    """The longest that one call may take, with its repetitions."""
    connect_seconds: float = Field(default=5, gt=0, le=60)


class CostSettings(Strict):
    """What everything is counted in, and what an hour of the SQL warehouse costs; unset, statements have no cost."""

    currency: str = Field(default="USD", pattern=r"^[A-Z]{3}$")
    """Prices in another one do not count: sums of several mean nothing."""
    dbu_per_hour: Decimal | None = Field(default=None, gt=0, le=100_000)
    """What the warehouse takes while it works, in DBU; its size says it."""
    price_per_dbu: Decimal | None = Field(default=None, gt=0, le=10_000)


class TelemetrySettings(Strict):
    """What is kept of each question, and what leaves the platform."""

    spans: bool = True
    """Whether spans are written at all."""
    content: bool = True
    """Whether the text that went in and came out is kept beside them."""
    export_content: bool = False
    """Whether that text also goes to the OTLP endpoint."""


class NoticeSettings(Strict):
    """How people are told of approvals outside of the console; nothing is sent by default."""

    webhook: WebhookSettings | None = None


class EnvironmentFile(Strict):
    """config/env.<name>.yaml."""

    profile: Profile | None = None
    catalog_name: str = "main"
    schema_name: str = "aiops"
    home: str | None = None
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    databricks_host: str | None = None
    databricks_warehouse_id: str | None = None
    secret_scope: str = "aiops"
    """The secret scope of the workspace that holds the runtime key."""
    vector_endpoint: str | None = None
    llm_endpoint: str | None = None
    otel_endpoint: str | None = None
    undo_seconds: float = Field(default=10, ge=0, le=600)
    """For so long after a person's approval nothing runs, so that it can be taken back."""
    allow_weak_isolation: bool = False
    """Whether Python may run without a wall around it where no sandbox is installed; such a run is marked."""
    jobs_folder: str = "/Workspace/Shared/aiops/runs"
    """Where the code of a one-time job is put; the platform writes there, and the executor reads."""
    console_port: int = Field(default=8501, ge=1024, le=65535)
    demo_users: tuple[DemoUser, ...] = ()
    bus: BusSettings = BusSettings()
    limits: LimitSettings = LimitSettings()
    retention: RetentionSettings = RetentionSettings()
    notices: NoticeSettings = NoticeSettings()
    models: ModelSettings = ModelSettings()
    costs: CostSettings = CostSettings()
    telemetry: TelemetrySettings = TelemetrySettings()
    audit_volume: str | None = Field(default=None, pattern=r"^/Volumes(/[^/]+){3,}$")
    """A folder of a Unity Catalog volume for the newest entries of the audit log; without it they are only printed."""
    results_volume: str | None = Field(default=None, pattern=r"^/Volumes(/[^/]+){3,}$")
    """A folder of a Unity Catalog volume for the results of runs; without it they are in the process's own folder."""


class Settings(EnvironmentFile):
    """What the platform is opened with."""

    profile: Profile = "embedded"
    home_folder: Path
    databricks_token: SecretStr | None = None
    executor_client_id: str | None = None
    """The service principal that approved runs use; it needs no right on the state schema, and gets none."""
    executor_client_secret: SecretStr | None = None
    executor_token: SecretStr | None = None
    """In place of the two above, where the executor has a token of its own."""
    webhook_secret: SecretStr | None = None
    """Signs what is posted to the webhook."""
    llm_base_url: str | None = Field(default=None, pattern=r"^https?://[^/]+")
    """The address of `models`, from the environment."""
    llm_key: SecretStr | None = None
    """What the variable that `models` names holds."""
    otel_headers: SecretStr | None = None
    """What the collector wants to be told with each request: `name=value,name=value`."""
    app_name: str | None = None
    """Set by the platform where this runs as a Databricks App; only there its proxy's headers are trusted."""

    @property
    def state(self) -> str:
        """The state schema, as `catalog.schema`."""
        return f"{self.catalog_name}.{self.schema_name}"


class AgentEntry(Strict):
    """One agent of config/agents.yaml."""

    class_path: str = Field(alias="class", pattern=r"^agents\.[a-z_.]+:[A-Za-z]+$")
    enabled: bool = True
    description: str
    """For whoever reads the file."""


class AgentsFile(Strict):
    """config/agents.yaml."""

    agents: dict[str, AgentEntry]


class PlaybookStep(Strict):
    """A step of a named workflow: which agent does what kind of work."""

    agent: str
    kind: str
    when: Literal["always", "understood", "ready", "written", "testable", "sound"] = "always"


class Playbook(Strict):
    """A named workflow of config/mas_config.yaml."""

    description: str
    """For whoever reads the file."""
    action: str
    """The action of the policy that a role needs to start it."""
    steps: tuple[PlaybookStep, ...]


class Intents(Strict):
    """What the kinds of question sound like. Commands are recognised by their verbs, not by examples, and questions
    about the platform by what its own models understand: their examples are what the platform must understand.
    """

    data_question: tuple[str, ...] = Field(min_length=5)
    knowledge_question: tuple[str, ...] = Field(min_length=5)
    operations_question: tuple[str, ...] = Field(default=(), max_length=100)


class RoutingSettings(Strict):
    """Nearest-centroid routing; where it is not sure, tables and documents are both tried."""

    margin: float = Field(default=0.04, ge=0, le=1)
    minimum_similarity: float = Field(default=0.25, ge=0, le=1)


class BudgetSettings(Strict):
    """The most that one question may take; model_calls and probes are those of its tree of thoughts."""

    steps: int = Field(default=24, ge=4, le=1000)
    model_calls: int = Field(default=12, ge=1, le=1000)
    statements: int = Field(default=20, ge=1, le=1000)
    probes: int = Field(default=6, ge=1, le=100)
    tokens: int = Field(default=60_000, ge=100)
    dollars: float = Field(default=0.5, gt=0)
    seconds: float = Field(default=240, gt=0, le=3600)


class MasFile(Strict):
    """config/mas_config.yaml."""

    playbooks: dict[str, Playbook]
    intents: Intents
    routing: RoutingSettings = RoutingSettings()
    budget: BudgetSettings = BudgetSettings()


VARIABLES: Mapping[str, str] = {
    "databricks_host": "DATABRICKS_HOST",
    "databricks_token": "DATABRICKS_TOKEN",
    "databricks_warehouse_id": "DATABRICKS_WAREHOUSE_ID",
    "catalog_name": "CATALOG_NAME",
    "schema_name": "SCHEMA_NAME",
    "vector_endpoint": "VECTOR_ENDPOINT",
    "llm_endpoint": "LLM_ENDPOINT",
    "llm_base_url": "LLM_BASE_URL",
    "otel_endpoint": "OTEL_EXPORTER_OTLP_ENDPOINT",
    "otel_headers": "OTEL_EXPORTER_OTLP_HEADERS",
    "home": "AIOPS_HOME",
    "app_name": "DATABRICKS_APP_NAME",
    "secret_scope": "AIOPS_SECRET_SCOPE",
    "undo_seconds": "AIOPS_UNDO_SECONDS",
    "executor_client_id": "DATABRICKS_EXECUTOR_CLIENT_ID",
    "executor_client_secret": "DATABRICKS_EXECUTOR_CLIENT_SECRET",
    "executor_token": "DATABRICKS_EXECUTOR_TOKEN",
    "webhook_secret": "AIOPS_WEBHOOK_SECRET",
    "audit_volume": "AIOPS_AUDIT_VOLUME",
    "results_volume": "AIOPS_RESULTS_VOLUME",
}
"""Which environment variable gives which setting."""


def load_settings(
    *, home: str | Path | None = None, profile: str | None = None, environ: Mapping[str, str] | None = None
) -> Settings:
    """The settings of this process; `home` and `profile` are the command line's flags.

    Raises SettingsError naming the file or variable, the key and what is allowed.
    """
    environ = os.environ if environ is None else environ
    variables = {**_dotenv(ROOT / ".env"), **environ}
    environment = variables.get("AIOPS_ENV") or "dev"
    file = ROOT / "config" / f"env.{environment}.yaml"
    if not file.is_file():
        names = ", ".join(sorted(path.name[4:-5] for path in file.parent.glob("env.*.yaml")))
        raise SettingsError(f"AIOPS_ENV is {environment!r}, but there is no {file.name}; there are: {names}.")
    values: dict[str, Any] = parse(EnvironmentFile, file).model_dump(exclude_unset=True)
    values.update({key: variables[name] for key, name in VARIABLES.items() if variables.get(name)})
    chosen = profile or variables.get("AIOPS_PROFILE") or _implied_profile(environment, variables)
    values["profile"] = chosen or values.get("profile") or "embedded"
    if values["profile"] == "embedded":
        values["catalog_name"] = EMBEDDED_CATALOG
    key_variable = dict(values.get("models") or {}).get("key_variable") or "LLM_API_KEY"
    if variables.get(key_variable):
        values["llm_key"] = variables[key_variable]
    folder = home or values.get("home") or ROOT / (".aiops" if values["profile"] == "embedded" else ".aiops-databricks")
    values["home_folder"] = Path(folder).expanduser().absolute()
    return validate(Settings, values, "the environment variables")


def _implied_profile(environment: str, variables: Mapping[str, str]) -> str | None:
    """A host variable alone never chooses the workspace: only the app's own marker or the prod environment does."""
    return "databricks" if environment == "prod" or variables.get("DATABRICKS_APP_NAME") else None


def _dotenv(file: Path) -> dict[str, str]:
    if not file.is_file():
        return {}
    from dotenv import dotenv_values

    return {key: value for key, value in dotenv_values(file).items() if value}


def load_agents(file: Path = ROOT / "config" / "agents.yaml") -> AgentsFile:
    """The agents that exist, by name; raises SettingsError."""
    return parse(AgentsFile, file)


def load_mas(file: Path = ROOT / "config" / "mas_config.yaml") -> MasFile:
    """Playbooks, intents and routing; raises SettingsError."""
    return parse(MasFile, file)


def parse(model: type[Model], file: Path) -> Model:
    """Read a YAML file strictly into `model`."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        content = yaml.load(file.read_text(encoding="utf-8"), Loader=loader)
    except FileNotFoundError as error:
        raise SettingsError(f"{file.name} is missing from {file.parent}.") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise SettingsError(f"{file.name} is not valid YAML: {error}") from error
    return validate(model, content if content is not None else {}, file.name)


def validate(model: type[Model], values: object, source: str) -> Model:
    """`values` as `model`; the error names the source, the key, what is wrong and the keys that are allowed."""
    try:
        return model.model_validate(values)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        key = ".".join(str(part) for part in first["loc"]) or "(top level)"
        variable = VARIABLES.get(key)
        where = f"{source}: {key}" + (f" (variable {variable})" if variable else "")
        allowed = _allowed_keys(model, first["loc"]) if first["type"] == "extra_forbidden" else first["msg"]
        raise SettingsError(f"{where}: {allowed}.") from error


def _allowed_keys(model: type[BaseModel], location: tuple[int | str, ...]) -> str:
    current: Any = model
    for part in location[:-1]:
        field = current.model_fields.get(part) if hasattr(current, "model_fields") else None
        inner = getattr(field, "annotation", None) if field else None
        arguments = getattr(inner, "__args__", ())
        current = next((a for a in (inner, *arguments) if hasattr(a, "model_fields")), current)
    names = ", ".join(f.alias or name for name, f in getattr(current, "model_fields", {}).items())
    return f"is not a known key; allowed: {names}"
