"""A question about the platform, from its words to the statement that one person may have run, and to its rows."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Literal

from agents.operations import queries
from agents.operations.models import OperationsModels
from agents.operations.queries import Course
from agents.operations.wording import PREFIX, Wording, plainly, shown, speaks_of_the_platform, worded
from agents.viewing import licence, viewer_in
from core.codecheck import SqlGuard
from core.errors import AccessDenied, ModelQueryError
from core.execution import GuardedReader, ReadOptions, ReadResult, RunLog
from core.semantic import Interpretation, SemanticCatalog, SemanticModel, SemanticQuery, compile_query, interpret
from core.semantic.compile import own_rows
from core.semantic.match.follow_up import looks_back
from core.telemetry.viewer import Viewer
from core.types import PLATFORM, Cancellation, Principal
from core.warehouse.rows import python_rows

if TYPE_CHECKING:
    from core.clock import Clock
    from core.governance import Policy
    from core.warehouse.port import Warehouse

OWNER = "user_id"
"""The column of every view that says whose row it is."""
MARGIN = 0.035
"""A model further down the file has to fit better than this much to be taken instead of one before it."""
_FORBIDDEN = "How the platform does is for roles with operations.read, one's own questions for operations.read_own."


@dataclass(frozen=True)
class Asked:
    """What a question was read as. `sql` is compiled, and cut down to one person's rows where `only` names them."""

    outcome: Literal["code", "ambiguous", "not_understood", "not_allowed"]
    wording: Wording
    query: SemanticQuery | None = None
    model: SemanticModel | None = None
    sql: str = ""
    only: str | None = None
    course: Course | None = None
    understood: tuple[str, ...] = ()
    readings: tuple[tuple[str, str], ...] = ()
    """(label, question) of each way to read it."""
    missing: str = ""
    suggestions: tuple[str, ...] = ()
    confidence: float = 0.0


@dataclass(frozen=True)
class Texts:
    """What was asked, by correlation id; `foreign` counts those that somebody else asked."""

    by_id: Mapping[str, str]
    foreign: int


@dataclass(frozen=True)
class OperationsDesk:
    """What questions about the platform are answered with."""

    models: OperationsModels
    warehouse: Warehouse
    policy: Callable[[], Policy]
    runs: RunLog
    clock: Clock
    today: Callable[[], date]


class Operations:
    """Reads questions about the platform and has their statements run, for who may see the answer. Thread-safe."""

    def __init__(self, desk: OperationsDesk) -> None:
        self._desk = desk
        self._alone: dict[int, tuple[SemanticCatalog, tuple[SemanticCatalog, ...]]] = {}
        self._reader: tuple[Policy, GuardedReader] | None = None

    @property
    def schema(self) -> str:
        """The schema of the views."""
        return self._desk.models.schema

    def viewer(self, principal: Principal) -> Viewer | None:
        """How much this person sees; None for nothing."""
        return viewer_in(self._desk.policy(), principal.user_id, principal.role)

    def fit(self, question: str, principal: Principal, previous: str | None = None) -> float | None:
        """How well the models of operations understand a question, 0 to 1; None when they do not, or when nothing in
        it speaks of the platform. `previous` is the JSON of the query before, for 'and by role?'.
        """
        if not speaks_of_the_platform(question, self._desk.policy().roles) and not self._follows(question, previous):
            return None
        viewer = self.viewer(principal)
        catalog = self._desk.models.of(viewer) if viewer is not None else self._desk.models.unread()
        found = self._interpreted(catalog, worded(question).text, self._previous(previous))
        return found.confidence if found.outcome in ("code", "ambiguous") else None

    def plainly(self, question: str) -> bool:
        """Whether the words are those of the platform rather than of anybody's tables."""
        return plainly(question)

    def ask(self, question: str, principal: Principal, previous: str | None = None) -> Asked:
        """What the question asks of the views, limited to what this person may see; never raises for its words."""
        wording, viewer = worded(question), self.viewer(principal)
        if viewer is None:
            return Asked("not_allowed", wording, missing=_FORBIDDEN)
        catalog = self._desk.models.of(viewer)
        found = self._interpreted(catalog, wording.text, self._previous(previous))
        if found.outcome == "ambiguous":
            readings = tuple((shown(option.label), f"{PREFIX}{shown(option.question)}") for option in found.readings)
            return Asked("ambiguous", wording, readings=readings, missing=found.missing, confidence=found.confidence)
        if found.outcome != "code" or found.query is None:
            return self._not_understood(wording, catalog, found.missing)
        only = viewer.only or (viewer.user_id if wording.own else None)
        try:
            return self._compiled(catalog, found, wording, only)
        except ModelQueryError as impossible:
            return self._not_understood(wording, catalog, impossible.message)

    def spending(self, query: SemanticQuery, principal: Principal) -> Asked:
        """A query of our own making, limited in the same way."""
        viewer, wording = self.viewer(principal), Wording("cost")
        if viewer is None:
            return Asked("not_allowed", wording, missing=_FORBIDDEN)
        catalog = self._desk.models.of(viewer)
        found = Interpretation("code", query, catalog.name, query.model, confidence=1.0)
        return self._compiled(catalog, found, wording, viewer.only)

    def read(
        self, asked: Asked, principal: Principal, *, row_limit: int, timeout_s: float, cancellation: Cancellation | None
    ) -> ReadResult:
        """The rows, under the guard of the person's role; the platform sends it, since no person may read the tables
        below the views. Raises AccessDenied, else the WarehouseError family.
        """
        viewer = self.viewer(principal)
        if viewer is None or (viewer.only is not None and asked.only != viewer.only):
            raise AccessDenied(_FORBIDDEN)
        options = ReadOptions(
            row_limit=row_limit,
            timeout_s=timeout_s,
            cancellation=cancellation,
            action=licence(viewer),
            run_as=PLATFORM,
        )
        return self._guarded().read(asked.sql, principal=principal, options=options)

    def texts(self, correlation_ids: Sequence[str], principal: Principal) -> Texts:
        """What was asked in these turns, as far as this person may see it: their own, everybody's for an administrator.

        One statement. Who looks at what others asked has to be audited by the caller.
        """
        viewer = self.viewer(principal)
        if viewer is None:
            raise AccessDenied(_FORBIDDEN)
        parameters = {
            "ids": json.dumps(list(correlation_ids)),
            "only": None if viewer.sees_content else viewer.user_id,
        }
        statement = self._desk.models.texts_statement
        rows = python_rows(self._desk.warehouse.query(statement, parameters, principal=PLATFORM))
        foreign = sum(1 for row in rows if row["user_id"] != viewer.user_id)
        return Texts({str(row["correlation_id"]): str(row["question"]) for row in rows}, foreign)

    # ── inside ────────────────────────────────────────────────────────────────────────────────────────────────

    def _guarded(self) -> GuardedReader:
        """A guard by whose policy the views, and they alone beside a role's own tables, may be read."""
        policy = self._desk.policy()
        if self._reader is None or self._reader[0] is not policy:
            guard = SqlGuard(policy.with_scopes({self.schema: _readers(policy)}))
            self._reader = (policy, GuardedReader(self._desk.warehouse, guard, self._desk.runs, clock=self._desk.clock))
        return self._reader[1]

    def _follows(self, question: str, previous: str | None) -> bool:
        return looks_back(question) and self._previous(previous) is not None

    def _previous(self, previous: str | None) -> SemanticQuery | None:
        query = SemanticQuery.model_validate_json(previous) if previous else None
        return query if query is not None and query.catalog == self.schema else None

    def _interpreted(self, catalog: SemanticCatalog, text: str, previous: SemanticQuery | None) -> Interpretation:
        """The best reading; of models that fit about equally well the first of the file."""
        text, best = _named(text, catalog), None
        for alone in self._each(catalog):
            own = previous if previous is not None and previous.model == alone.models[0].name else None
            found = interpret(text, (alone,), today=self._desk.today(), previous=own, suggest=False)
            known = found.outcome in ("code", "ambiguous")
            if known and (best is None or found.confidence > best.confidence + MARGIN):
                best = found
        if best is not None:
            return best
        whole = interpret(text, (catalog,), today=self._desk.today(), suggest=False)
        return Interpretation("not_understood", missing=whole.missing)

    def _each(self, catalog: SemanticCatalog) -> tuple[SemanticCatalog, ...]:
        """One catalog a model, kept, since what is built of a catalog is kept with it."""
        kept = self._alone.get(id(catalog))
        if kept is None or kept[0] is not catalog:
            if len(self._alone) > 32:
                self._alone.clear()
            parts = tuple(catalog.model_copy(update={"models": (model,)}) for model in catalog.models)
            kept = self._alone[id(catalog)] = (catalog, parts)
        return kept[1]

    def _not_understood(self, wording: Wording, catalog: SemanticCatalog, missing: str) -> Asked:
        return Asked("not_understood", wording, missing=shown(missing), suggestions=catalog.examples[:4])

    def _compiled(self, catalog: SemanticCatalog, found: Interpretation, wording: Wording, only: str | None) -> Asked:
        assert found.query is not None, "only a query is compiled"
        model, course = catalog.model_by_name[found.query.model], None
        if wording.kind == "why":
            query = queries.with_causes(model, found.query)
        elif wording.kind == "listing":
            query = queries.listing(model, found.query)
        elif wording.kind == "course":
            query, course = queries.course(model, found.query, wording, self._desk.today())
        else:
            query = queries.with_unpriced(model, queries.by_the_clock(found.query))
        sql = compile_query(catalog, query)
        asked = Asked("code", wording, query, model, sql, course=course, confidence=found.confidence)
        if only is not None:
            asked = replace(asked, sql=own_rows(sql, self.schema, OWNER, only), only=only)
        limits = (("your own questions only",) if only is not None else ()) + (
            ("all time",) if query.time is None else ()
        )
        return replace(asked, understood=(*(shown(text) for text in found.understood), *limits))


def _readers(policy: Policy) -> tuple[str, ...]:
    """The roles that may look at operations at all."""
    return tuple(role for role in policy.roles if viewer_in(policy, "", role) is not None)


def _named(text: str, catalog: SemanticCatalog) -> str:
    """Agents and roles as their names are written: 'the code agent', 'the orchestrator', 'data analysts'."""
    for key, values in catalog.values.items():
        column = key.rsplit("|", 1)[-1]
        for value in values if column in ("agent", "user_role") else ():
            words = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|_", " ", value)
            if column == "agent":
                short = re.escape(words.removesuffix(" Agent"))
                text = re.sub(rf"\b(?:the )?{re.escape(words)}\b", value, text, flags=re.IGNORECASE)
                text = re.sub(rf"(?<=\bof ){short}\b|\bthe {short}\b", value, text, flags=re.IGNORECASE)
            else:
                text = re.sub(rf"\b{re.escape(words)}s\b", words, text, flags=re.IGNORECASE)
    return text
