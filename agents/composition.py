"""How the parts of a platform are put together for its agents and pages; `platform.py` calls each once."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import timedelta
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from agents.administering import Administration
from agents.alerting import AlertDesk, Alerting, shipped_rules
from agents.base import Ports
from agents.code_runs import CodeRuns
from agents.dashboards import DashboardFigures, LookDesk
from agents.evaluations import Evaluations
from agents.execution_parts import ExecutionParts
from agents.governing import GovernanceParts, stopper
from agents.modelling import Modelling, ModellingDesk
from agents.monitoring import ACTIVITY, Duties, Monitoring
from agents.operations import Operations, OperationsDesk
from agents.operations.models import OperationsModels
from agents.planning.budget import BudgetLimits
from agents.planning.intent import IntentClassifier
from agents.planning.playbook import Playbook, Step
from agents.pricing import Prices, rate_of
from agents.protection import Protection
from agents.rights_changes import Books, RightsChanges
from agents.rights_view import Agent, Desk
from agents.sample_traffic import Samples
from agents.semantics import SemanticLayer, VerifiedSources
from agents.telling import tell
from agents.thresholds import RuleLimits
from agents.tracing import Tracing
from agents.verified_answers import VerifiedAnswers
from agents.verifying import VerifiedDesk, Verifying
from config.settings import ROOT, load_agents, load_mas
from config.settings import Playbook as Entry
from core.bus import new_event
from core.evaluation import EvaluationHistory
from core.execution import DryRun, DryRunOptions, RunLimits, Runner
from core.execution.sandbox import SandboxLadder
from core.semantic import SemanticStore
from core.semantic.verified.sidecar import load_sidecars
from core.semantic.verified.store import VerifiedQueries
from core.telemetry.alerts import Alerts, AlertStore
from core.telemetry.dashboards import Dashboards
from core.telemetry.prices import PriceTable, Pricing, Repricing
from core.telemetry.rollups import Retention, Rollups
from core.telemetry.traces import Traces
from core.testing import TestStore

if TYPE_CHECKING:
    from agents.platform import Platform


def governance(platform: Platform) -> GovernanceParts:
    """Policy, people's roles, switches, approvals and the audit log; forged rows are announced on the bus."""
    parts = GovernanceParts(platform.settings, platform.engine, platform.audit, platform.clock, platform.runs)
    stop = stopper(platform.bus.requests.all_open, platform.bus.cancel)

    def alert(facts: Mapping[str, Any]) -> None:
        platform.bus.emit(new_event("governance.forged_row", "GovernanceAgent", dict(facts), clock=platform.clock))

    parts.connect(stop, alert)
    return parts


def ports(platform: Platform) -> Ports:
    """Everything that an agent may use."""
    mas = load_mas()
    embed = platform.embedder.embed if platform.embedder.available else None
    return Ports(
        bus=platform.bus,
        clock=platform.clock,
        today=platform.today,
        rights=platform.rights,
        execution=_execution_parts(platform),
        changes=rights_changes(platform),
        switchboard=platform.parts.switchboard,
        trail=platform.parts.trail,
        second_thoughts=platform.governance.second_thoughts,
        tests=TestStore(platform.warehouse, platform.settings.state, platform.clock),
        knowledge=platform.knowledge,
        semantics=platform.semantic,
        verified=platform.verified,
        operations=platform.operations,
        board=platform.board,
        classifier=IntentClassifier(
            dict(mas.intents),
            embed,
            margin=mas.routing.margin,
            minimum_similarity=mas.routing.minimum_similarity,
        ),
        playbooks=offered(mas.playbooks, [name for name, entry in load_agents().agents.items() if entry.enabled]),
        price=partial(platform.pricing.price_now, platform.model.provider if platform.model else ""),
        budget=BudgetLimits.model_validate(mas.budget.model_dump()),
        tell=tell,
        prompts=platform.prompts,
        model=platform.model,
        note_question=platform.turns.note,
        count_statements=lambda correlation: platform.telemetry.statements.count(correlation).total,
        telemetry=platform.telemetry,
        metric_views=platform.settings.profile == "databricks",
        row_limit=platform.settings.limits.rows,
        step_seconds=platform.settings.limits.statement_seconds,
        run_seconds=platform.settings.limits.run_seconds,
    )


def semantic_layer(platform: Platform) -> SemanticLayer:
    """Models and verified queries; those that stand in config/semantic are read when the models are."""
    settings, parts = platform.settings, platform.parts
    rows = VerifiedQueries(platform.warehouse, parts.signer, settings.state, parts.report_forged, platform.clock)
    sources = VerifiedSources(rows, cache(lambda: load_sidecars(ROOT / "config" / "semantic")))
    store = SemanticStore(platform.warehouse, settings.state, platform.clock)
    embed = platform.embedder.embed if platform.embedder.available else None
    return SemanticLayer(store, lambda: platform.rights().policy, platform.today, sources, embed)


def operations(platform: Platform) -> Operations:
    """Questions about the platform itself, over the named views of this installation."""

    def names() -> Mapping[str, Collection[str]]:
        agents = [name for name, entry in load_agents().agents.items() if entry.enabled]
        people = [user.user_id for user in platform.users] if platform.mode == "embedded" else []
        return {"agent": agents, "user_role": tuple(platform.rights().policy.roles), "user_id": people}

    file = ROOT / "config" / "semantic" / "operations.yaml"
    models = OperationsModels(platform.warehouse, platform.settings.state, file, platform.clock, names)
    desk = OperationsDesk(
        models=models,
        warehouse=platform.warehouse,
        policy=lambda: platform.rights().policy,
        runs=platform.runs,
        clock=platform.clock,
        today=platform.today,
    )
    return Operations(desk)


def pricing(platform: Platform) -> Pricing:
    """What calls of models and statements cost; spans are priced by it from now on."""
    settings = platform.settings
    table = PriceTable(platform.warehouse, settings.state, platform.clock)
    made = Pricing(table, settings.costs.currency, rate_of(settings.costs), platform.clock)
    platform.telemetry.costs = made
    return made


def prices(platform: Platform) -> Prices:
    """Prices as administrators see and change them."""
    repricing = Repricing(platform.warehouse, platform.settings.state, platform.pricing)
    return Prices(platform.pricing, repricing, platform.policy, platform.parts.trail, platform.home.touch)


def evaluations(platform: Platform) -> Evaluations:
    """The history of evaluations as administrators see it."""
    return Evaluations(EvaluationHistory(platform.warehouse, platform.settings.state), platform.policy)


def verified_answers(platform: Platform) -> VerifiedAnswers:
    """Verified queries at work; without an embedding model the words alone decide, and all of them have to agree."""
    embedder = platform.embedder

    def similarity(left: str, right: str) -> float:
        return float(embedder.embed(left) @ embedder.embed(right))

    near = similarity if embedder.available else None
    return VerifiedAnswers(platform.semantic, platform.rights, platform.warehouse, platform.today, near)


def verifying(platform: Platform) -> Verifying:
    """Verified queries as people make and end them."""
    return Verifying(
        VerifiedDesk(
            layer=platform.semantic,
            answers=platform.verified,
            rows=platform.semantic.rows,
            rights=platform.rights,
            conversations=platform.conversations,
            bus=platform.bus,
            trail=platform.parts.trail,
            touch=platform.home.touch,
            today=platform.today,
            clock=platform.clock,
        )
    )


def modelling(platform: Platform) -> Modelling:
    """Semantic models as people work on them."""
    protection = Protection(platform.warehouse, governed=platform.settings.profile == "databricks")
    return Modelling(
        ModellingDesk(
            layer=platform.semantic,
            rights=platform.rights,
            warehouse=platform.warehouse,
            protection=protection,
            trail=platform.parts.trail,
            touch=platform.home.touch,
        )
    )


def offered(entries: Mapping[str, Entry], agents: Collection[str]) -> dict[str, Playbook]:
    """The playbooks of the file all of whose agents exist; one that names another cannot run and is not shown."""
    return {
        name: Playbook(name, entry.action, tuple(Step(s.agent, s.kind, s.when) for s in entry.steps))
        for name, entry in entries.items()
        if all(step.agent in agents for step in entry.steps)
    }


def administration(platform: Platform) -> Administration:
    """What administrators see and change."""
    desk = Desk(
        bus=platform.bus,
        warehouse=platform.warehouse,
        governance=platform.governance,
        directory=platform.parts.directory,
        scopes=platform.scopes,
        switchboard=platform.parts.switchboard,
        policy=platform.policy,
        trail=platform.parts.trail,
        agents=[Agent(name, entry.description) for name, entry in load_agents().agents.items() if entry.enabled],
        schemas=lambda: tuple(catalog.name for catalog in platform.semantic.catalogs()),
        touch=platform.home.touch,
        maximum_seconds=platform.settings.bus.maximum_seconds,
    )
    return Administration(desk, platform.clock)


def dashboards(platform: Platform) -> DashboardFigures:
    """The figures of the Dashboards page."""
    settings, warehouse, clock, parts = platform.settings, platform.warehouse, platform.clock, platform.parts
    embed = platform.embedder.embed if platform.embedder.available else None
    figures = Dashboards(warehouse, settings.state, clock, rows_kept=timedelta(days=settings.retention.spans_days))
    samples = Samples(
        warehouse,
        settings.state,
        clock,
        platform.policy,
        trail=parts.trail,
        rollups=Rollups(warehouse, settings.state, clock),
        embedded=settings.profile == "embedded",
    )
    version = partial(platform.home.version_of, "alert_rules", "alert_silences")
    limits = RuleLimits(_alert_store(platform).written, version, clock)
    desk = LookDesk(figures, parts.trail, limits.rules, embed)
    return DashboardFigures(desk, parts.directory, platform.policy, samples, clock)


def alerting(platform: Platform) -> Alerting:
    """Alerts as people see and change them."""
    parts, clock = platform.parts, platform.clock
    return Alerting(
        AlertDesk(
            alerts=Alerts(_alert_store(platform), clock),
            bus=platform.bus,
            policy=platform.policy,
            directory=parts.directory,
            trail=parts.trail,
            send=parts.send,
            attempt=parts.attempt,
            clock=clock,
            version=lambda: platform.home.version_of("alert_events", "alert_rules", "alert_silences"),
        )
    )


def _alert_store(platform: Platform) -> AlertStore:
    parts, state = platform.parts, platform.settings.state
    return AlertStore(platform.warehouse, parts.signer, state, platform.clock, parts.report_forged, shipped_rules())


def monitoring(platform: Platform) -> Monitoring:
    """Rollups, alerts and retention, as they run on a schedule."""
    settings = platform.settings
    kept = Retention.model_validate(settings.retention.model_dump())
    rollups = Rollups(platform.warehouse, settings.state, platform.clock, kept)
    duties = Duties(platform.flush, rollups.tick, platform.alerting.tick, platform.alerting.forget)
    return Monitoring(duties, lambda: platform.home.version_of(*ACTIVITY), platform.clock)


def rights_changes(platform: Platform) -> RightsChanges:
    """Applies approved changes of roles and scopes."""
    books = Books(
        assignments=platform.parts.assignments,
        scopes=platform.scopes,
        runs=platform.runs,
        trail=platform.parts.trail,
        policy=platform.policy,
        approvals=lambda: platform.rights().approvals,
        still_decidable=platform.administration.deadlock,
        renewed=platform.rights_changed,
    )
    return RightsChanges(books, platform.clock)


def tracing(platform: Platform) -> Tracing:
    """Traces for the page; nothing is read before somebody looks."""
    written = partial(platform.home.version_of, "agent_spans")
    traces = Traces(platform.warehouse, platform.telemetry, platform.settings.state, platform.clock, written)
    return Tracing(traces, platform.directory, platform.policy, platform.parts.trail, platform.clock)


def _execution_parts(platform: Platform) -> ExecutionParts:
    """Dry runs, runs and results."""
    limits = platform.settings.limits
    ladder = SandboxLadder(allow_weak_isolation=platform.settings.allow_weak_isolation)
    return ExecutionParts(
        warehouse=platform.warehouse,
        dry_run=DryRun(platform.warehouse, DryRunOptions(timeout_s=limits.statement_seconds), clock=platform.clock),
        runner=Runner(platform.warehouse, ids=platform.statement_ids, clock=platform.clock),
        code=CodeRuns(ladder, platform.clock, platform.telemetry, platform.engine.jobs),
        results=platform.results,
        runs=platform.runs,
        check_executor=platform.engine.check_executor,
        limits=RunLimits(
            rows=limits.result_rows, bytes=limits.result_megabytes * 1024**2, timeout_s=limits.run_seconds
        ),
    )
