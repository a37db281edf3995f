"""Semantic models as people work on them: looking, changing, confirming, and metric views out and in.

`platform.modelling` is this part. Every call checks the right to it here; what is changed is a new row, and audited.
"""

from __future__ import annotations

import difflib
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from agents.protection import Protection
from agents.verifying import RIGHT
from core.errors import AccessDenied, ModelInvalid, ModelQueryError, NotFound, PlatformError, SettingsError
from core.execution import ReadOptions
from core.semantic import SemanticCatalog, SemanticModel, SemanticQuery, compile_query, dump_catalog, parse_catalog
from core.semantic.checking import problems
from core.semantic.metric_view import create_statement, parse_metric_view
from core.semantic.model import value_key
from core.semantic.query import Group, Order, Term
from core.semantic.store import SavedCatalog
from core.semantic.values import with_values
from core.semantic.verified.fingerprint import schemas_of
from core.types import Column, Principal, Scalar

if TYPE_CHECKING:
    import pyarrow as pa

    from agents.rights import Rights
    from agents.semantics import SemanticLayer
    from core.governance import Trail
    from core.warehouse.port import TableInfo, Warehouse

_log = logging.getLogger(__name__)
PERIODS = 3
PREVIEW_SECONDS = 30.0


@dataclass(frozen=True)
class ModellingDesk:
    """What modelling works with."""

    layer: SemanticLayer
    rights: Callable[[], Rights]
    warehouse: Warehouse
    protection: Protection
    trail: Trail
    touch: Callable[[], None]
    """Tells other processes on this home to read again."""


@dataclass(frozen=True)
class Preview:
    """A model's measures now, by the last periods of its time, newest first; `reason` where they cannot be had."""

    columns: tuple[Column, ...] = ()
    rows: tuple[tuple[Scalar, ...], ...] = ()
    sql: str = ""
    left_out: tuple[str, ...] = ()
    """Measures that count something else than the others and do not fit their statement."""
    reason: str = ""


@dataclass(frozen=True)
class Checked:
    """A changed text, read: what is wrong with it, and how it differs from what is kept."""

    catalog: SemanticCatalog | None
    problems: tuple[str, ...]
    difference: str


class Modelling:
    """Thread-safe; nothing is kept here."""

    def __init__(self, desk: ModellingDesk) -> None:
        self._desk = desk

    # ── looking ───────────────────────────────────────────────────────────────────────────────────────────────

    def may_see(self, role: str) -> bool:
        """Whether the role may look at models: those who may confirm them, and those who open the admin page."""
        policy = self._desk.rights().policy
        return policy.decide(role, RIGHT).permitted or policy.decide(role, "page.open", resource="admin").permitted

    def models(self, principal: Principal) -> tuple[SavedCatalog, ...]:
        """The catalogs whose tables the role may read, with who saved and who confirmed them."""
        self._require_view(principal)
        readable = {catalog.name for catalog in self._desk.layer.readable(principal.role)}
        return tuple(saved for saved in self._desk.layer.saved() if saved.catalog.name in readable)

    def saved(self, name: str, principal: Principal) -> SavedCatalog:
        """One of them; NotFound for another name."""
        found = next((saved for saved in self.models(principal) if saved.catalog.name == name), None)
        if found is None:
            raise NotFound(f"There is no model of {name[:120]} that you may see.", next_step="Look at the list again.")
        return found

    def text(self, name: str, principal: Principal) -> str:
        """A catalog as YAML, to be changed; the value index is left out."""
        return dump_catalog(self.saved(name, principal).catalog)

    def preview(self, name: str, model: str, principal: Principal) -> Preview:
        """The measures of one model by its last PERIODS months, under the viewer's own rights: one statement."""
        catalog = self.saved(name, principal).catalog
        found = catalog.model_by_name.get(model)
        if found is None or not found.measures:
            return Preview(reason="This model has no measures.")
        try:
            query, left_out = _measures(catalog, found)
            sql = compile_query(catalog, query)
            result = self._desk.rights().reader.read(
                sql, principal=principal, options=ReadOptions(row_limit=PERIODS, timeout_s=PREVIEW_SECONDS)
            )
        except PlatformError as error:
            return Preview(reason=f"{error.message} {error.next_step}")
        return Preview(result.columns, result.rows, result.sql, left_out)

    def metric_view(self, name: str, model: str, principal: Principal) -> str:
        """CREATE VIEW … WITH METRICS for one model; raises ModelInvalid for what the format cannot say."""
        catalog = self.saved(name, principal).catalog
        found = catalog.model_by_name.get(model)
        if found is None:
            raise NotFound(f"There is no model {model[:120]} in {name}.")
        return create_statement(name, found)

    # ── changing ──────────────────────────────────────────────────────────────────────────────────────────────

    def check(self, name: str, text: str, principal: Principal) -> Checked:
        """What is wrong with a changed text, by key, and its difference to what is kept. Metadata statements only."""
        kept = self.text(name, principal)
        difference = "".join(
            difflib.unified_diff(
                kept.splitlines(keepends=True), text.splitlines(keepends=True), "saved", "changed", n=2
            )
        )
        try:
            catalog = parse_catalog(text, name)
        except SettingsError as error:
            return Checked(None, (error.message.removeprefix(f"{name}: "),), difference)
        if catalog.name != name:
            return Checked(None, (f"name: stays {name}, not {catalog.name[:80]}",), difference)
        return Checked(catalog, problems(catalog, self._tables(catalog, principal)), difference)

    def save(self, name: str, text: str, principal: Principal, *, confirm: bool) -> SemanticCatalog:
        """Keep a changed text, as a draft or confirmed; it answers from the next question on.

        Raises AccessDenied, or ModelInvalid that names the first key that is wrong.
        """
        self._require(principal, name)
        checked = self.check(name, text, principal)
        if checked.catalog is None or checked.problems:
            raise ModelInvalid(checked.problems[0])
        before = self.saved(name, principal).catalog
        changed = checked.catalog.model_copy(
            update={"status": "confirmed" if confirm else "draft", "fingerprint": before.fingerprint}
        )
        kept = self._indexed(changed, before, principal)
        self._keep(kept, principal, "model.confirmed" if confirm else "model.saved", confirm=confirm)
        return kept

    def confirm(self, name: str, principal: Principal) -> None:
        """Confirm the models of a schema as they stand; raises AccessDenied."""
        self._require(principal, name)
        catalog = self.saved(name, principal).catalog.model_copy(update={"status": "confirmed"})
        self._keep(catalog, principal, "model.confirmed", confirm=True)

    def index(self, name: str, model: str, dimensions: tuple[str, ...], principal: Principal) -> None:
        """Have exactly these dimensions' values named in questions; the same columns in other models go with them.

        Raises AccessDenied, ModelInvalid for a masked or row-filtered column.
        """
        self._require(principal, name)
        saved = self.saved(name, principal)
        catalog = saved.catalog
        found = catalog.model_by_name.get(model)
        if found is None:
            raise NotFound(f"There is no model {model[:120]} in {name}.")
        wanted = {_key(found, dimension): dimension in dimensions for dimension in found.dimension_by_name}
        models = tuple(_marked(other, wanted) for other in catalog.models)
        changed = self._indexed(catalog.model_copy(update={"models": models}), catalog, principal)
        self._desk.layer.save(
            changed,
            saved_by=principal.user_id,
            confirmed_by=saved.confirmed_by,
            confirmed_at=saved.confirmed_at,
        )
        self._tell("model.saved", changed, principal, {"indexed": list(dimensions), "model": model})

    def imported(self, name: str, text: str, principal: Principal) -> tuple[str, str]:
        """(the catalog's YAML with a metric view in it as a model, the model's name); nothing is kept yet.

        A model of that name is replaced. Raises AccessDenied, or ModelInvalid that names the key.
        """
        self._require(principal, name)
        catalog = self.saved(name, principal).catalog
        model = parse_metric_view(text)
        known = self._tables(catalog.model_copy(update={"models": (model,)}), principal)
        model = parse_metric_view(text, tables=known)
        others = [other for other in catalog.models if other.name != model.name]
        return dump_catalog(catalog.model_copy(update={"models": (*others, model)})), model.name

    # ── inside ────────────────────────────────────────────────────────────────────────────────────────────────

    def _tables(self, catalog: SemanticCatalog, principal: Principal) -> list[TableInfo]:
        """Every table of the schemas that the catalog's models name, as the person may see them."""
        named = {table for model in catalog.models for table in model.aliases.values()}
        whole = [table for table in named if table.count(".") >= 2 and not table.lstrip().startswith(("(", "SELECT"))]
        found: list[TableInfo] = []
        for schema in schemas_of(sorted(whole)):
            try:
                found += self._desk.warehouse.tables(schema, principal=principal)
            except PlatformError as error:
                _log.info("the tables of %s could not be looked at: %s", schema, error.message)
        policy = self._desk.rights().policy
        return [table for table in found if policy.can_read(principal.role, table.full_name)]

    def _indexed(self, changed: SemanticCatalog, before: SemanticCatalog, principal: Principal) -> SemanticCatalog:
        """With the values of the dimensions marked `indexed`: those that were read already, and the new ones."""
        wanted = {
            (model.aliases[alias], column)
            for model in changed.models
            for dimension in model.dimensions
            if dimension.indexed
            for alias, column in [model.home(dimension)]
            if column is not None
        }
        new = [(table, column) for table, column in wanted if value_key(table, column) not in before.values]
        for table, column in new:
            if self._desk.protection.covers(table, column, principal):
                raise ModelInvalid(
                    f"{table}.{column} is masked or row-filtered, or that cannot be told: it is not indexed.",
                    next_step="Take `indexed: true` away from its dimension.",
                )
        keys = {value_key(table, column) for table, column in wanted}
        fresh = {value_key(table, column) for table, column in new}

        def sample(statement: str) -> pa.Table:
            return self._desk.warehouse.query(statement, principal=principal)

        read = with_values(_only(changed, fresh), sample) if fresh else changed
        values = {key: texts for key, texts in before.values.items() if key in keys}
        values |= read.values if fresh else {}
        complete = (before.complete & keys) | (read.complete if fresh else frozenset())
        return changed.model_copy(update={"values": values, "complete": complete, "ranges": before.ranges})

    def _keep(self, catalog: SemanticCatalog, principal: Principal, action: str, *, confirm: bool) -> None:
        self._desk.layer.save(catalog, saved_by=principal.user_id, confirmed_by=principal.user_id if confirm else None)
        self._tell(action, catalog, principal, {"models": len(catalog.models)})

    def _tell(self, action: str, catalog: SemanticCatalog, principal: Principal, detail: Mapping[str, Any]) -> None:
        self._desk.trail(
            action,
            actor=principal.user_id,
            actor_role=principal.role,
            object_kind="semantic_model",
            object_id=catalog.name,
            detail=dict(detail),
        )
        self._desk.touch()

    def _require_view(self, principal: Principal) -> None:
        if not self.may_see(principal.role):
            raise AccessDenied(self._desk.rights().policy.decide(principal.role, RIGHT).sentence)

    def _require(self, principal: Principal, name: str) -> None:
        """The right to confirm; a refusal is recorded."""
        ruling = self._desk.rights().policy.decide(principal.role, RIGHT)
        if ruling.permitted:
            return
        self._desk.trail(
            "access.refused",
            actor=principal.user_id,
            actor_role=principal.role,
            object_kind="action",
            object_id=RIGHT,
            detail={"what": f"the semantic models of {name[:120]}", "why": ruling.sentence},
        )
        raise AccessDenied(ruling.sentence)


def _measures(catalog: SemanticCatalog, model: SemanticModel) -> tuple[SemanticQuery, tuple[str, ...]]:
    """One query for all measures by the latest months, and those that do not fit into it."""
    groups = (Group(dimension=model.time_dimension, grain="month"),) if model.time_dimension else ()
    query = SemanticQuery(
        catalog=catalog.name,
        model=model.name,
        groups=groups,
        order=(Order(group=0, descending=True),) if groups else (),
        limit=PERIODS,
    )
    left_out: list[str] = []
    problem: ModelQueryError | None = None
    for measure in model.measures:
        wider = query.model_copy(update={"terms": (*query.terms, Term(measure=measure.name))})
        try:
            compile_query(catalog, wider)
            query = wider
        except ModelQueryError as error:
            problem = error
            left_out.append(measure.name)
    if not query.terms and problem is not None:
        raise problem
    return query, tuple(left_out)


def _key(model: SemanticModel, dimension: str) -> str:
    alias, column = model.home(model.dimension_by_name[dimension])
    return value_key(model.aliases[alias], column or f"={dimension}")


def _marked(model: SemanticModel, wanted: Mapping[str, bool]) -> SemanticModel:
    dimensions = tuple(
        dimension.model_copy(update={"indexed": wanted.get(_key(model, dimension.name), dimension.indexed)})
        for dimension in model.dimensions
    )
    return model.model_copy(update={"dimensions": dimensions})


def _only(catalog: SemanticCatalog, keys: set[str]) -> SemanticCatalog:
    """The catalog with no other dimension marked `indexed` than those of `keys`, and no time to look at."""
    models = []
    for model in catalog.models:
        dimensions = tuple(
            dimension.model_copy(update={"indexed": dimension.indexed and _key(model, dimension.name) in keys})
            for dimension in model.dimensions
        )
        models.append(model.model_copy(update={"dimensions": dimensions, "time_dimension": None}))
    return catalog.model_copy(update={"models": tuple(models)})
