"""The state of each part in words that a person can act on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from core.errors import PlatformError
from core.types import PLATFORM

if TYPE_CHECKING:
    from agents.platform import Platform
    from core.telemetry import Telemetry


@dataclass(frozen=True)
class PartHealth:
    """One part of the platform and how it is, in words for a person."""

    name: str
    status: Literal["ok", "warn", "bad"]
    detail: str


def check_health(platform: Platform) -> tuple[PartHealth, ...]:
    """Warehouse, bus, tables to ask about, documents, embedding model, language model."""
    checks: tuple[tuple[str, Callable[[Platform], PartHealth]], ...] = (
        ("Warehouse", _warehouse),
        ("Message bus", _bus),
        ("Audit log", _audit),
        ("Tables", _tables),
        ("Documents", _documents),
        ("Language model", _language_model),
        ("Spans and costs", _spans),
    )
    return tuple(_guarded(name, check, platform) for name, check in checks)


def _guarded(name: str, check: Callable[[Platform], PartHealth], platform: Platform) -> PartHealth:
    try:
        return check(platform)
    except PlatformError as error:
        return PartHealth(name, "bad", f"{error.message} {error.next_step}")


def _warehouse(platform: Platform) -> PartHealth:
    platform.warehouse.query("SELECT 1 AS one", principal=PLATFORM)
    return PartHealth("Warehouse", "ok", f"Delta tables in {platform.engine.place}")


def _bus(platform: Platform) -> PartHealth:
    failing = platform.bus.log.failing
    if failing is not None:
        return PartHealth("Message bus", "bad", f"Messages cannot be made durable: {failing}")
    running = len(platform.board.running())
    return PartHealth("Message bus", "ok", "idle" if running == 0 else f"{running} answers under way")


def _audit(platform: Platform) -> PartHealth:
    problem = platform.audit.problem
    if problem is None:
        return PartHealth("Audit log", "ok", "signed chains; `python3 -m app doctor --audit` verifies them")
    waiting = platform.audit.waiting
    if waiting:
        return PartHealth("Audit log", "bad", f"{waiting:,} entries could not be written yet: {problem.message}")
    return PartHealth("Audit log", "warn", f"The newest entry could not be noted outside: {problem.message}")


def _tables(platform: Platform) -> PartHealth:
    catalogs = platform.semantic.catalogs()
    if not catalogs:
        return PartHealth("Tables", "warn", "None to ask about: load some with `python3 -m app load PATH`.")
    drafts = sum(catalog.status == "draft" for catalog in catalogs)
    note = f", {drafts} with a drafted model" if drafts else ""
    return PartHealth("Tables", "ok", f"{len(catalogs)} {'schema' if len(catalogs) == 1 else 'schemas'}{note}")


def _documents(platform: Platform) -> PartHealth:
    count = len(platform.knowledge.documents("admin"))
    if not count:
        return PartHealth("Documents", "warn", "None: load a folder with `python3 -m app load FOLDER`.")
    if not platform.embedder.available:
        return PartHealth("Documents", "warn", f"{count}, found by words only: no embedding model is installed.")
    waiting = platform.knowledge.unembedded
    note = f"; {waiting} passages are still found by words only" if waiting else ""
    return PartHealth("Documents", "ok", f"{count}, found by words and meaning{note}")


def _language_model(platform: Platform) -> PartHealth:
    if platform.model is None:
        return PartHealth(
            "Language model", "ok", "None, and none is needed: questions are answered from models of tables."
        )
    name, failed = f"{platform.model.name} at {platform.model.provider}", platform.model.failures
    if failed:
        step = "look at its endpoint, or set LLM_ENDPOINT=none"
        return PartHealth("Language model", "warn", f"{name}: the last {failed} calls in a row failed; {step}")
    asked = "not asked since the start" if failed is None else "asked only where nothing checked answers"
    return PartHealth("Language model", "ok", f"{name}, {asked}")


def lost_rows(telemetry: Telemetry) -> PartHealth | None:
    """What was not written or not exported, the worse first; None where nothing was lost."""
    exporter, told = telemetry.exporter, list[str]()
    if telemetry.shed:
        told.append(f"{telemetry.shed:,} rows were dropped since the start: they were not written in time.")
    if exporter is not None and (exporter.problem or exporter.dropped):
        why = exporter.problem or "The collector takes spans again."
        told.append(f"{exporter.dropped:,} spans were not exported. {why}")
    return PartHealth("Spans and costs", "bad" if telemetry.shed else "warn", " ".join(told)) if told else None


def _spans(platform: Platform) -> PartHealth:
    if lost := lost_rows(platform.telemetry):
        return lost
    rate = platform.prices.warehouse_rate
    cost = f"an hour of it costs {rate.dbu_per_hour} DBU" if rate else "no rate is set (`costs` in the settings)"
    return PartHealth("Spans and costs", "ok", f"none dropped; the SQL warehouse: {cost}")
