"""The tables of alerts: rules and silences (signed rows, appended only), events, and how far evaluation came."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from pydantic import ValidationError

from core.clock import Clock
from core.ids import new_id
from core.telemetry.alerts.event import AlertEvent, Silence
from core.telemetry.alerts.rule import Rule
from core.types import PLATFORM
from core.warehouse.rows import python_rows
from core.warehouse.statements import load, render

if TYPE_CHECKING:
    from core.warehouse.port import Value, Warehouse

_log = logging.getLogger(__name__)
PACKAGE = "core.telemetry.alerts"
RULES, SILENCES, EVENTS = "alert_rules", "alert_silences", "alert_events"
TICK = "tick"
ReportForged = Callable[[str, str], None]
"""Told the table and the id of a row that is not what was signed."""


class Signer(Protocol):
    """Signs rows with the installation's key, and tells whether a row is what was signed."""

    def signed(self, table: str, row: Mapping[str, Any]) -> dict[str, Any]: ...
    def verifies(self, table: str, row: Mapping[str, Any]) -> bool: ...


@dataclass(frozen=True)
class KeptRule:
    """A rule with its version, and who saved it; a shipped one was saved by nobody."""

    rule: Rule
    version: str
    saved_by: str | None = None
    saved_at: datetime | None = None


@dataclass(frozen=True)
class Written:
    """What people wrote: the version of each rule that counts, by id, and each rule's newest silence."""

    rules: Mapping[str, KeptRule]
    silences: Mapping[str, Silence]


@dataclass
class Standing:
    """What is known before an evaluation."""

    events: list[AlertEvent] = field(default_factory=list)
    marks: dict[str, datetime] = field(default_factory=dict)
    """Source -> how far evaluation came."""
    due: list[tuple[str, datetime, int]] = field(default_factory=list)
    """(source, minute, rows) of minutes that were not looked at, or not with so many rows."""


class AlertStore:
    """Reads and writes the tables. Raises WarehouseError."""

    def __init__(
        self,
        warehouse: Warehouse,
        signer: Signer,
        state: str,
        clock: Clock,
        report: ReportForged,
        shipped: Iterable[Rule],
    ) -> None:
        self._warehouse = warehouse
        self._signer = signer
        self._state = state
        self._clock = clock
        self._report = report
        self._shipped = {rule.rule_id: KeptRule(rule, rule.shipped_version) for rule in shipped}

    # -- rules and silences --------------------------------------------------------------------------------------

    def written(self) -> Written:
        """The rules and silences that count; forged rows and those that cannot be read are left out. One statement."""
        rules, silences = dict(self._shipped), dict[str, Silence]()
        for row in sorted(self._query("written", {}), key=lambda row: str(row["row_id"])):
            if row["part"] == "rule":
                self._take_rule(_rule_row(row), rules)
            else:
                self._take_silence(_silence_row(row), silences)
        return Written(rules, silences)

    def save(self, rule: Rule, *, by: str) -> KeptRule:
        """Make this version of the rule count; durable when it returns."""
        kept = KeptRule(rule, new_id(self._clock), by, self._clock.now())
        row = {"version": kept.version, **_columns(rule), "saved_by": by, "saved_at": kept.saved_at}
        self._warehouse.append(f"{self._state}.{RULES}", [self._signer.signed(RULES, row)])
        return kept

    def silence(self, rule_id: str, until: datetime, reason: str, *, by: str) -> Silence:
        """Tell nobody of a rule until then; an end that is past ends the silence."""
        silence = Silence(
            silence_id=new_id(self._clock),
            rule_id=rule_id,
            silent_until=until,
            reason=reason,
            set_by=by,
            set_at=self._clock.now(),
        )
        self._warehouse.append(f"{self._state}.{SILENCES}", [self._signer.signed(SILENCES, silence.model_dump())])
        return silence

    # -- evaluation ----------------------------------------------------------------------------------------------

    def standing(self, versions: Iterable[str], since: datetime, now: datetime) -> Standing:
        """Events, marks and due minutes of rows until now. One statement."""
        listed = json.dumps([{"version": version} for version in versions])
        found = Standing()
        for row in self._query("standing", {"versions": listed, "since": since, "until": now}):
            if row["part"] == "event":
                found.events.append(_event(row))
            elif row["part"] == "mark":
                found.marks[str(row["source"])] = row["at"]
            else:
                found.due.append((str(row["source"]), row["at"], int(row["number"])))
        return found

    def events(self, versions: Iterable[str], since: datetime) -> list[AlertEvent]:
        """Events of these versions since then, and each series' last change before. One statement."""
        listed = json.dumps([{"version": version} for version in versions])
        return [_event(row) for row in self._query("states", {"versions": listed, "since": since})]

    def figures(self, wanted: Sequence[Mapping[str, Any]], since: datetime, until: datetime) -> list[dict[str, Any]]:
        """The rows of the statement `figures`. One statement."""
        points = max((entry["last"] - entry["first"] for entry in wanted), default=0) + 1
        widest = max((entry["width"] for entry in wanted), default=0) + 1
        sizes = {"{points}": str(1 << (points - 1).bit_length()), "{widest}": str(widest)}
        return self._query("figures", {"wanted": json.dumps(wanted), "since": since, "until": until}, sizes)

    def keep(
        self,
        events: Iterable[AlertEvent],
        until: datetime,
        versions: Iterable[str],
        due: Iterable[tuple[str, datetime, int]],
    ) -> None:
        """Write events, how far evaluation came, and what was looked at. One commit; the same events again change
        nothing."""
        now = self._clock.now()
        rows: list[dict[str, Value]] = [event.model_dump() for event in events]
        rows += [_mark(f"rule {version}", until, 0, now) for version in versions]
        rows += [_mark(source, minute, count, now) for source, minute, count in due]
        rows.append(_mark(TICK, until, 0, now))
        self._warehouse.append(f"{self._state}.{EVENTS}", rows)

    def claim(self, events: Sequence[AlertEvent]) -> set[str]:
        """Take it on to tell people of these events; gives the ids of those that nobody else took on. One statement,
        a second one where others are about it too."""
        me = new_id(self._clock)
        listed = json.dumps([{"event_id": event.event_id} for event in events])
        parameters: dict[str, Value] = {"me": me, "now": self._clock.now(), "events": listed}
        text = render(load(PACKAGE, "statements.sql")["claim"], self._state)
        if not self._warehouse.execute(text, parameters, principal=PLATFORM):
            return set()
        return {str(row["event_id"]) for row in self._query("claimed", {"me": me})}

    def forget_marks(self, before: datetime) -> None:
        """Remove marks that no evaluation looks at any more."""
        text = render(load(PACKAGE, "statements.sql")["forget_marks"], self._state)
        self._warehouse.execute(text, {"before": before}, principal=PLATFORM)

    # -- inside --------------------------------------------------------------------------------------------------

    def _query(
        self, name: str, parameters: Mapping[str, Value], sizes: Mapping[str, str] | None = None
    ) -> list[dict[str, Any]]:
        text = load(PACKAGE, "statements.sql")[name]
        for mark, size in (sizes or {}).items():
            text = text.replace(mark, size)
        rows = python_rows(self._warehouse.query(render(text, self._state), dict(parameters), principal=PLATFORM))
        return list(rows)

    def _take_rule(self, row: dict[str, Any], rules: dict[str, KeptRule]) -> None:
        if not self._signer.verifies(RULES, row):
            self._report(RULES, str(row["version"]))
            return
        try:
            rule = Rule.model_validate({_FIELD.get(name, name): row[name] for name in _COLUMNS})
        except ValidationError:
            _log.warning("the alert rule %s was kept by another version and cannot be read", row["version"])
            return
        rules[rule.rule_id] = KeptRule(rule, str(row["version"]), row["saved_by"], row["saved_at"])

    def _take_silence(self, row: dict[str, Any], silences: dict[str, Silence]) -> None:
        if self._signer.verifies(SILENCES, row):
            fields = {name: row[name] for name in Silence.model_fields}
            silences[str(row["rule_id"])] = Silence.model_validate(fields)
        else:
            self._report(SILENCES, str(row["silence_id"]))


_FIELD = {"time_window": "window"}
_COLUMNS = tuple("time_window" if name == "window" else name for name in Rule.model_fields)


def _columns(rule: Rule) -> dict[str, Any]:
    return {name: getattr(rule, _FIELD.get(name, name)) for name in _COLUMNS}


def _rule_row(row: Mapping[str, Any]) -> dict[str, Any]:
    names = (*_COLUMNS, "saved_by", "saved_at", "key_id", "signature")
    return {"version": row["row_id"], **{name: row[name] for name in names}}


def _silence_row(row: Mapping[str, Any]) -> dict[str, Any]:
    renamed = {"silence_id": "row_id", "silent_until": "at_end", "reason": "name", "set_by": "saved_by"}
    renamed |= {"rule_id": "rule_id", "set_at": "saved_at", "key_id": "key_id", "signature": "signature"}
    return {name: row[column] for name, column in renamed.items()}


def _event(row: Mapping[str, Any]) -> AlertEvent:
    renamed = {"point": row["at"], "sample": row["number"] or 0}
    return AlertEvent.model_validate({name: renamed.get(name, row.get(name)) for name in AlertEvent.model_fields})


def _mark(source: str, point: datetime, rows: int, now: datetime) -> dict[str, Value]:
    """A row of alert_events that is no event."""
    row: dict[str, Value] = dict.fromkeys(AlertEvent.model_fields)
    mine: dict[str, Value] = {
        "event_id": new_id(),
        "series": source,
        "point": point,
        "kind": "mark",
        "sample": rows,
        "evaluated_at": now,
    }
    return {**row, **mine}
