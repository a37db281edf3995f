"""Verified queries and the work on models over a platform: kept, found, run again, forged, outdated, confirmed."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from agents.loading import load_path
from agents.messages import VerifiedChoice
from agents.platform import Platform, open_platform
from agents.verifying import Wanted
from core.errors import AccessDenied, ModelInvalid, NotFound
from core.governance.audit import AuditFilter
from core.semantic.verified.store import TABLE
from core.types import PLATFORM, Principal, Response

TODAY = date(2026, 11, 28)
ADA = Principal(user_id="ada", role="admin")
KIM = Principal(user_id="kim", role="knowledge_curator")
ANA = Principal(user_id="ana", role="data_analyst")
NORTH = "Sales in North last quarter"
DRAFTED = "from a drafted model that nobody has confirmed yet"
PARCELS = """parcel_id,zone,freight,sent_on
1,Harbour,10.5,2026-09-01
2,Mill,20,2026-10-02
3,Harbour,4,2026-11-03
4,Harbour,1,2026-09-09
"""


@pytest.fixture(scope="module")
def platform(demo_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    folder = tmp_path_factory.mktemp("trusted")
    home = Path(shutil.copytree(demo_template, folder / "home"))
    (folder / "parcels.csv").write_text(PARCELS)
    with open_platform(home=home, kind="run", today=lambda: TODAY) as opened:
        load_path(opened, folder / "parcels.csv", schema=None, role="data_analyst", progress=lambda text: None)
        yield opened


def ask(platform: Platform, question: str, who: Principal = ANA, session: str | None = None) -> Response:
    return platform.process_request(question, who.role, who.user_id, session)


def again(platform: Platform, query_id: str, who: Principal = ANA, **values: str) -> Response:
    choice = VerifiedChoice(query_id=query_id, values=values)
    turn = platform.submit("Again", who.role, user_id=who.user_id, verified=choice)
    response = platform.result(turn.correlation_id)
    assert response is not None
    return response


@pytest.fixture(scope="module")
def kept(platform: Platform) -> str:
    """The verified query that Ada made of an answer of hers."""
    answer = ask(platform, NORTH, ADA)
    assert answer.rung == "semantic_query"
    found = platform.verifying.proposal(answer.correlation_id, ADA).candidates
    assert [c.parameter.name for c in found] == ["start_date", "end_date", "region"]
    wanted = Wanted(NORTH, ("Revenue of the North last quarter",), ("start_date", "end_date", "region"))
    return platform.verifying.keep(answer.correlation_id, wanted, ADA).query_id


def test_a_kept_answer_answers_others_with_their_values_and_says_who_confirmed_it(
    platform: Platform, kept: str
) -> None:
    before = ask(platform, "Sales in South by channel this year")
    response = ask(platform, "turnover in South this year")
    assert (response.status, response.rung) == ("answered", "verified_query")
    assert response.verified is not None
    assert (response.verified.query_id, response.verified.confirmed_by) == (kept, "ada")
    assert {f.name: f.value for f in response.verified.fields} == {
        "start_date": "2026-01-01", "end_date": "2027-01-01", "region": "South",
    }  # fmt: skip
    assert response.rows is not None
    assert before.rows is not None
    assert response.rows[0][0] == pytest.approx(sum(float(str(row[1])) for row in before.rows))
    assert ":region" in (response.sql or "")
    assert "South" not in (response.sql or ""), "bound, not written"
    assert response.understood[0].startswith("verified query, confirmed by ada on ")
    assert platform.audit.list(AuditFilter(actor="ada", action="query.verified"))[0].object_id == kept


def test_a_value_that_is_not_said_has_its_default_and_that_is_said(platform: Platform, kept: str) -> None:
    response = ask(platform, "revenue in West")
    assert response.rung == "verified_query"
    assert "from = 2026-07-01 (the default; the question does not say it)" in response.understood
    assert "region = West" in response.understood


def test_it_is_run_again_with_other_values_as_a_turn_of_its_own(platform: Platform, kept: str) -> None:
    response = again(platform, kept, region="east", start_date="2026-01-01")
    assert (response.status, response.rung) == ("answered", "verified_query")
    assert {f.name: f.value for f in (response.verified.fields if response.verified else ())}["region"] == "East"
    assert response.answer.startswith("Sales: ")


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"region": "Atlantis"}, "region: there is no value 'Atlantis'"),
        ({"region": "North' OR '1'='1"}, "there is no value"),
        ({"start_date": "2026-02-30"}, "there is no date '2026-02-30'"),
        ({"start_date": ""}, "there is no date"),
        ({"nothing": "1"}, "no parameter 'nothing'"),
    ],
)
def test_a_value_that_does_not_fit_runs_nothing(
    platform: Platform, kept: str, values: dict[str, str], said: str
) -> None:
    response = again(platform, kept, **values)
    assert (response.status, response.rows) == ("needs_clarification", None)
    assert said in (response.reason or "")


def test_a_follow_up_changes_the_verified_answer_as_it_was_run(platform: Platform, kept: str) -> None:
    first = ask(platform, "turnover in West in 2025")
    assert first.rung == "verified_query"
    onward = ask(platform, "and by channel?", session=first.session_id)
    assert onward.rung == "semantic_query"
    assert "'West'" in (onward.sql or "")
    assert "2025-01-01" in (onward.sql or "")


def test_one_may_not_keep_without_the_right_or_what_is_not_one_s_own(platform: Platform, kept: str) -> None:
    answer = ask(platform, "Sales in South by category")
    assert not platform.verifying.can_keep(answer, ANA.role)
    assert platform.verifying.can_keep(answer, ADA.role)
    with pytest.raises(AccessDenied):
        platform.verifying.keep(answer.correlation_id, Wanted("Sales in South by category"), ANA)
    with pytest.raises(NotFound):
        platform.verifying.keep(answer.correlation_id, Wanted("Sales in South by category"), ADA)
    with pytest.raises(AccessDenied):
        platform.verifying.retire(kept, ANA)
    assert len(platform.audit.list(AuditFilter(actor="ana", action="access.refused"))) == 2
    verified = ask(platform, NORTH, ADA)
    with pytest.raises(ModelInvalid, match="no statement that could be kept"):
        platform.verifying.keep(verified.correlation_id, Wanted(NORTH), ADA)


@pytest.mark.parametrize(
    ("question", "wanted", "said"),
    [
        (
            "Sales in North by store last month",
            Wanted("Sales in North by store last month"),
            "means other days next time",
        ),
        ("Sales in North by store in 2025", Wanted("", (), ("start_date",)), "has other days in it"),
        (
            "Sales in North by store in 2025",
            Wanted("Sales by store", (), ("region",)),
            "does not say the value of region",
        ),
        ("Sales in North by store in 2025", Wanted("Sales in South in 2025"), "answered by a verified query already"),
    ],
)
def test_what_would_not_be_found_or_not_answer_the_same_is_not_kept(
    platform: Platform, kept: str, question: str, wanted: Wanted, said: str
) -> None:
    answer = ask(platform, question, ADA)
    assert answer.rung == "semantic_query"
    with pytest.raises(ModelInvalid, match=said):
        platform.verifying.keep(answer.correlation_id, wanted, ADA)


def test_a_role_without_the_tables_is_told_so_and_not_no_rows(platform: Platform, kept: str) -> None:
    response = ask(platform, NORTH, KIM)
    assert response.status == "refused"
    assert "not among those that your role may read" in response.answer
    assert again(platform, kept, KIM).status == "refused"
    assert {s.state for s in platform.verifying.standing(KIM)} == {"not readable"}


def test_a_planted_row_is_no_verified_query_and_is_told_of(platform: Platform, kept: str) -> None:
    platform.warehouse.execute(
        f"INSERT INTO main.aiops.{TABLE} SELECT 'ffffffff-planted', query_id, schema_name, status, "
        "replace(query, 'SUM(', 'AVG('), saved_by, saved_at + INTERVAL 1 DAY, key_id, signature "
        f"FROM main.aiops.{TABLE} WHERE status = 'confirmed' LIMIT 1",
        principal=PLATFORM,
    )
    platform.renew()
    response = ask(platform, NORTH)
    assert response.rung == "verified_query"
    assert "SUM(" in (response.sql or "")
    found = platform.audit.list(AuditFilter(action="forged.row_found"))
    assert [entry.object_id for entry in found] == ["ffffffff-planted"]


def test_a_draft_says_so_until_somebody_confirms_it(platform: Platform) -> None:
    response = ask(platform, "total freight by zone")
    assert DRAFTED in response.understood
    assert DRAFTED not in ask(platform, "Sales by channel").understood
    with pytest.raises(AccessDenied):
        platform.modelling.confirm("main.parcels", ANA)
    platform.modelling.confirm("main.parcels", ADA)
    saved = platform.modelling.saved("main.parcels", ADA)
    assert (saved.catalog.status, saved.confirmed_by) == ("confirmed", "ada")
    assert DRAFTED not in ask(platform, "total freight by zone").understood
    assert platform.audit.list(AuditFilter(action="model.confirmed"))[0].object_id == "main.parcels"


def test_measures_have_their_values_of_the_last_periods_in_one_statement(platform: Platform) -> None:
    (model,) = platform.modelling.saved("main.parcels", ADA).catalog.models
    preview = platform.modelling.preview("main.parcels", model.name, ADA)
    assert preview.reason == ""
    assert [row[0] for row in preview.rows] == ["2026-11-01", "2026-10-01", "2026-09-01"]
    assert [column.name for column in preview.columns] == ["month", "number_of_parcels"]
    assert [row[1] for row in preview.rows] == [1, 1, 2]
    with pytest.raises(NotFound):
        platform.modelling.preview("main.demo", "sales", KIM)


def test_a_changed_text_is_checked_by_key_and_kept_as_a_draft(platform: Platform) -> None:
    text = platform.modelling.text("main.parcels", ADA)
    assert platform.modelling.check("main.parcels", text, ADA).difference == ""
    wrong = text.replace("source.`freight`", "source.fright")
    checked = platform.modelling.check("main.parcels", wrong, ADA)
    assert "fright is not a column of main.parcels.parcels" in checked.problems[0]
    assert "+" in checked.difference
    with pytest.raises(ModelInvalid, match="fright"):
        platform.modelling.save("main.parcels", wrong, ADA, confirm=True)
    renamed = platform.modelling.check("main.parcels", text.replace("name: main.parcels", "name: main.demo"), ADA)
    assert renamed.problems == ("name: stays main.parcels, not main.demo",)
    haulage = "  measures:\n  - name: haulage\n    expr: SUM(source.freight)\n"
    better = text.replace("  measures:\n", haulage, 1)
    with pytest.raises(AccessDenied):
        platform.modelling.save("main.parcels", better, ANA, confirm=False)
    platform.modelling.save("main.parcels", better, ADA, confirm=False)
    response = ask(platform, "haulage by zone")
    assert (response.status, DRAFTED in response.understood) == ("answered", True)
    assert ask(platform, "haulage in Harbour").rows == ((15.5,),), "values stay named"


def test_values_of_a_column_are_named_only_where_it_is_marked(platform: Platform) -> None:
    (model,) = platform.modelling.saved("main.parcels", ADA).catalog.models
    platform.modelling.index("main.parcels", model.name, (), ADA)
    assert platform.modelling.saved("main.parcels", ADA).catalog.values == {}
    platform.modelling.index("main.parcels", model.name, ("zone",), ADA)
    values = platform.modelling.saved("main.parcels", ADA).catalog.values
    assert list(values.values()) == [("Harbour", "Mill")]


def test_a_metric_view_is_brought_in_and_given_out(platform: Platform) -> None:
    (model,) = platform.modelling.saved("main.parcels", ADA).catalog.models
    statement = platform.modelling.metric_view("main.parcels", model.name, ADA)
    assert statement.startswith("CREATE OR REPLACE VIEW `main`.`parcels`.")
    whole, name = platform.modelling.imported("main.parcels", statement, ADA)
    assert name == f"{model.name}_metrics"
    assert platform.modelling.check("main.parcels", whole, ADA).problems == ()
    with pytest.raises(ModelInvalid, match="measures > 1"):
        platform.modelling.imported("main.parcels", statement.replace("expr: COUNT", "exp: COUNT"), ADA)


def test_a_query_whose_tables_changed_is_not_used(platform: Platform) -> None:
    answer = ask(platform, "total freight in 2026", ADA)
    wanted = Wanted("total freight in 2026", (), ("start_date", "end_date"))
    query = platform.verifying.keep(answer.correlation_id, wanted, ADA)
    assert ask(platform, "total freight in 2026").rung == "verified_query"
    platform.warehouse.execute("ALTER TABLE main.parcels.parcels ADD COLUMN note STRING", principal=PLATFORM)
    assert ask(platform, "total freight in 2026").rung == "semantic_query"
    assert "have changed since it was confirmed" in (again(platform, query.query_id).reason or "")
    states = {standing.query.query_id: standing.state for standing in platform.verifying.standing(ADA)}
    assert states[query.query_id] == "outdated"
    assert states["demo-late-share"] == "in use"


def test_a_retired_query_answers_no_more(platform: Platform, kept: str) -> None:
    platform.verifying.retire(kept, ADA)
    assert ask(platform, NORTH).rung == "semantic_query"
    assert "has been retired" in (again(platform, kept).reason or "")
    with pytest.raises(NotFound):
        platform.verifying.retire(kept, ADA)


def test_two_that_are_meant_are_put_to_the_person(platform: Platform) -> None:
    rows = platform.semantic.rows
    query = next(q for q in platform.semantic.verified() if q.query_id == "demo-late-share")
    other = query.model_copy(update={"query_id": "other-late-share", "sql": query.sql.replace("100.0", "1.0")})
    rows.save(other, status="confirmed", saved_by="ada")
    platform.renew()
    response = ask(platform, query.question)
    assert response.status == "needs_clarification"
    assert sorted(option.question.split(":")[0] for option in response.options) == [
        "Verified demo-late-share", "Verified other-late-share",
    ]  # fmt: skip
    chosen = ask(platform, next(o.question for o in response.options if "other" in o.question))
    assert chosen.verified is not None
    assert chosen.verified.query_id == "other-late-share"
