"""Admin → Semantic models: the catalogs, one of them open, its editor, its metric views and its verified queries.

A section of pages/admin.py, which imports it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial

import streamlit as st

from app import session
from components.escaping import plain
from components.frame import announce, draw_problem
from components.models import (
    CatalogCard,
    DimensionLine,
    MeasureLine,
    PreviewTable,
    VerifiedLine,
    draw_catalogs,
    draw_difference,
    draw_dimensions,
    draw_joins,
    draw_measures,
    draw_problems,
    draw_verified_queries,
    origin,
    status,
)
from core.errors import NotFound, PlatformError
from core.types import Principal

SCHEMA = "schema"
_MODE = "models-mode"
_RETIRING = "models-retiring"
_DRAFT = "edit-model-text"
_FRESH_S = 60
_VIEWS = ("Measures", "Dimensions", "Joins", "Metric view")


def draw_models(person: session.User) -> None:
    """The list, or the catalog that the address names."""
    me = Principal(user_id=person.user_id, role=person.role)
    name = st.query_params.get(SCHEMA)
    if name is None:
        st.caption("What questions can be asked of, schema by schema. An answer from a draft says that it is one.")
        draw_catalogs(cards(me), datetime.now(UTC), open_catalog)
        return
    try:
        saved = session.platform().modelling.saved(name, me)
    except NotFound as error:
        draw_problem(session.as_error(error))
        st.button("All models", icon=":material/arrow_back:", key="models-back", on_click=leave)
        return
    draw_head(card(saved, me), me)
    mode = st.session_state.get(_MODE)
    if mode == "edit":
        draw_editor(name, person, me)
    elif mode == "import":
        draw_import(name, person, me)
    else:
        draw_catalog(saved, person, me)


def cards(me: Principal) -> list[CatalogCard]:
    return [card(saved, me) for saved in session.platform().modelling.models(me)]


def card(saved: session.SavedCatalog, me: Principal) -> CatalogCard:
    catalog = saved.catalog
    return CatalogCard(
        name=catalog.name,
        draft=catalog.status == "draft",
        models=len(catalog.models),
        measures=sum(len(model.measures) for model in catalog.models),
        verified=sum(query.catalog == catalog.name for query in session.platform().semantic.verified()),
        saved_by=saved.saved_by,
        saved_at=saved.saved_at,
        confirmed_by=saved.confirmed_by,
        confirmed_at=saved.confirmed_at,
    )


# -- where one is ------------------------------------------------------------------------------------------------


def open_catalog(name: str) -> None:
    st.query_params[SCHEMA] = name
    st.session_state.pop(_MODE, None)


def leave() -> None:
    for key in (SCHEMA, "model"):
        st.query_params.pop(key, None)
    st.session_state.pop(_MODE, None)


def turn_to(mode: str | None, text: str | None = None) -> None:
    """Edit, import or look; an editor begins with `text`."""
    if mode is None:
        st.session_state.pop(_MODE, None)
    else:
        st.session_state[_MODE] = mode
    if text is not None:
        st.session_state[_DRAFT] = text


def attempt(person: session.User, work: Callable[[], object], done: str) -> bool:
    """Do what was asked for in this tab's name; why it was not accepted is shown by the next run."""
    try:
        session.confirm(person)
        work()
    except PlatformError as error:
        session.state().problem = session.as_error(error)
        return False
    st.toast(done, icon=":material/check:")
    announce(done)
    return True


# -- drawing -----------------------------------------------------------------------------------------------------


def draw_head(shown: CatalogCard, me: Principal) -> None:
    modelling, mode = session.platform().modelling, st.session_state.get(_MODE)
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="model-head"):
        st.button("All models", icon=":material/arrow_back:", key="models-back", on_click=leave, type="tertiary")
        st.markdown(f"**{plain(shown.name)}** &nbsp; {status(shown)}", width="stretch")
        if mode is None and session.platform().verifying.may(me.role):
            st.button(
                "Edit", icon=":material/edit:", key="model-edit",
                on_click=lambda: turn_to("edit", modelling.text(shown.name, me)),
            )  # fmt: skip
            st.button("Import …", icon=":material/upload:", key="model-import", on_click=turn_to, args=("import",))
            if shown.draft:
                st.button(
                    "Confirm", icon=":material/check_circle:", key="model-confirm", type="primary",
                    on_click=lambda: confirm_now(shown.name, me),
                )  # fmt: skip
    st.caption(plain(origin(shown, datetime.now(UTC)).capitalize()))


def confirm_now(name: str, me: Principal) -> None:
    person = session.user()
    attempt(person, lambda: session.platform().modelling.confirm(name, me), f"{name} is confirmed.")


def draw_catalog(saved: session.SavedCatalog, person: session.User, me: Principal) -> None:
    catalog = saved.catalog
    names = [model.name for model in catalog.models]
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        chosen = st.selectbox("Model", names, key="model", bind="query-params", width=280)
        view = st.segmented_control(
            "View", _VIEWS, default=_VIEWS[0], required=True, key="model-view", label_visibility="collapsed"
        )
    model = catalog.model_by_name.get(chosen or "") or catalog.models[0]
    st.caption(plain(" · ".join(filter(None, (model.comment, f"one row is one row of {model.source}")))))
    {"Measures": draw_values, "Dimensions": draw_fields, "Joins": draw_ways, "Metric view": draw_metric_view}[
        view or _VIEWS[0]
    ](saved, model, me)
    st.markdown("##### Verified queries", anchors=False)
    lines = [verified_line(standing) for standing in session.platform().verifying.standing(me, catalog.name)]
    draw_verified_queries(lines, may_retire=session.platform().verifying.may(me.role), retire=choose_retire)
    if _RETIRING in st.session_state:
        ask_retire(person, st.session_state[_RETIRING])


def draw_values(saved: session.SavedCatalog, model: session.SemanticModel, me: Principal) -> None:
    found = preview(me.user_id, me.role, saved.catalog.name, model.name, saved.saved_at.isoformat())
    measures = [
        MeasureLine(m.name, m.expr + (f" where {m.filter}" if m.filter else ""), m.synonyms, m.note or m.comment or "")
        for m in model.measures
    ]
    draw_measures(measures, found)


@st.cache_data(ttl=_FRESH_S, max_entries=200, show_spinner="Computing the measures …")
def preview(user_id: str, role: str, schema: str, model: str, version: str) -> PreviewTable:
    """Of one viewer and one saved state of the model: rights and figures are never shared between people."""
    me = Principal(user_id=user_id, role=role)
    found = session.platform().modelling.preview(schema, model, me)
    saved = session.platform().modelling.saved(schema, me).catalog.model_by_name[model]
    by_time = saved.time_dimension is not None
    return PreviewTable(found.columns, found.rows, by_time, found.left_out, found.reason)


def draw_fields(saved: session.SavedCatalog, model: session.SemanticModel, me: Principal) -> None:
    lines = [DimensionLine(d.name, d.type, d.expr, d.synonyms, d.indexed) for d in model.dimensions]
    draw_dimensions(lines, model.time_dimension)
    texts = [dimension.name for dimension in model.dimensions if dimension.type == "string"]
    if not texts or not session.platform().verifying.may(me.role):
        return
    name, now = saved.catalog.name, [d.name for d in model.dimensions if d.indexed and d.name in texts]
    with st.form(f"index-{name}-{model.name}", border=False):
        wanted = st.pills(
            "Columns whose values a question may name", texts, selection_mode="multi", default=now,
            key=f"indexed-{name}-{model.name}",
            help="Their distinct values are kept beside the model. Never columns that are masked or row-filtered.",
        )  # fmt: skip
        if st.form_submit_button("Save", icon=":material/save:"):
            done = "The columns are saved."
            work = partial(session.platform().modelling.index, name, model.name, tuple(wanted), me)
            attempt(session.user(), work, done)
            st.rerun()


def draw_ways(saved: session.SavedCatalog, model: session.SemanticModel, me: Principal) -> None:
    joins = [(join.name, join.source, join.on or f"using {', '.join(join.using)}") for join, _ in model.walk_joins()]
    things = [(entity.name, ", ".join(entity.synonyms)) for entity in model.entities]
    draw_joins(joins, things)


def draw_metric_view(saved: session.SavedCatalog, model: session.SemanticModel, me: Principal) -> None:
    st.caption("For Unity Catalog: whoever may make views there runs it; nothing here does.")
    try:
        text = session.platform().modelling.metric_view(saved.catalog.name, model.name, me)
    except PlatformError as error:
        draw_problem(session.as_error(error))
        return
    st.download_button(
        "Download", data=text, file_name=f"{model.name.replace(' ', '_')}_metrics.sql", mime="application/sql",
        icon=":material/download:", key="metric-view-file", on_click="ignore",
    )  # fmt: skip
    st.code(text, language="sql", height=420)


def draw_editor(name: str, person: session.User, me: Principal) -> None:
    """The catalog as YAML; what is wrong and what is different is looked at whenever the box is left."""
    modelling = session.platform().modelling
    if _DRAFT not in st.session_state:  # the page was loaded anew
        st.session_state[_DRAFT] = modelling.text(name, me)
    text = st.text_area("The models as YAML", key=_DRAFT, height=440)
    checked = modelling.check(name, text, me)
    if checked.problems:
        draw_problems(checked.problems)
    draw_difference(checked.difference)
    blocked = bool(checked.problems) or not checked.difference
    with st.container(horizontal=True):
        confirm = st.button("Save and confirm", type="primary", key="model-save-confirm", disabled=blocked)
        draft = st.button("Save as a draft", key="model-save-draft", disabled=blocked)
        st.button("Cancel", key="model-cancel", on_click=turn_to, args=(None,))
    if confirm or draft:
        done = f"{name} is saved" + (" and confirmed." if confirm else " as a draft.")
        if attempt(person, lambda: modelling.save(name, text, me, confirm=confirm), done):
            turn_to(None)
        st.rerun()


def draw_import(name: str, person: session.User, me: Principal) -> None:
    """A metric view's text becomes a model in the editor, where it is looked at before it is saved."""
    text = st.text_area(
        "A metric view: its YAML, or the whole CREATE VIEW statement", key="edit-import", height=320,
        placeholder="version: 1.1\nsource: main.sales.orders\nmeasures:\n  - name: sales\n    expr: SUM(amount)",
    )  # fmt: skip

    def bring() -> None:
        whole, _ = session.platform().modelling.imported(name, st.session_state["edit-import"], me)
        turn_to("edit", whole)

    with st.container(horizontal=True):
        st.button(
            "Bring into the editor", type="primary", key="model-bring", disabled=not text.strip(),
            on_click=lambda: attempt(person, bring, "Imported. Look at it, then save it."),
        )  # fmt: skip
        st.button("Cancel", key="model-cancel", on_click=turn_to, args=(None,))


def verified_line(standing: session.Standing) -> VerifiedLine:
    query = standing.query
    values = [f"{p.label or p.name} = {p.default or 'to be given'}" for p in query.parameters]
    confirmed = f"confirmed by {query.confirmed_by} on {query.confirmed_at:%Y-%m-%d}"
    if standing.written:
        confirmed += ", in config/semantic"
    return VerifiedLine(query.query_id, query.question, query.paraphrases, query.sql, values, confirmed, standing.state)


def choose_retire(query_id: str) -> None:
    st.session_state[_RETIRING] = query_id


def end_retiring() -> None:
    st.session_state.pop(_RETIRING, None)


@st.dialog("Retire a verified query", icon=":material/block:", on_dismiss=end_retiring)
def ask_retire(person: session.User, query_id: str) -> None:
    """It stops answering at once; its row stays."""
    me = Principal(user_id=person.user_id, role=person.role)
    st.markdown("The question is answered from the models again, where they can. The row stays for the record.")
    with st.container(horizontal=True):
        if st.button("Retire", type="primary", key="retire-now"):
            attempt(person, lambda: session.platform().verifying.retire(query_id, me), "Retired.")
            end_retiring()
            st.rerun()
        if st.button("Cancel", key="retire-cancel"):
            end_retiring()
            st.rerun()
