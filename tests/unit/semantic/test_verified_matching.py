"""Which verified query a question means, and the values that it gives: the same question in other words, or none."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from core.errors import ParameterInvalid
from core.semantic import SemanticQuery, parse_catalog
from core.semantic.query import Filter, Term, TimeRange
from core.semantic.verified.matching import SIMILAR, VerifiedMatch, find_verified
from core.semantic.verified.query import QueryParameter, VerifiedQuery
from core.semantic.verified.rebinding import meaning_of
from core.semantic.verified.template import template_of
from core.semantic.verified.values import bound, typed, values_of

TODAY = date(2026, 11, 28)
CATALOG = parse_catalog(
    """
name: main.depot
models:
  - name: parcels
    source: main.depot.parcels
    dimensions:
      - {name: zone, expr: source.zone, synonyms: [district], indexed: true}
      - {name: carrier, expr: source.carrier, indexed: true}
      - {name: sent on, expr: source.sent_on, type: date}
      - {name: weight, expr: source.weight, type: number}
    measures:
      - {name: freight, expr: SUM(source.freight), synonyms: [shipping cost, haulage]}
    entities:
      - {name: parcel, key: [parcel_id]}
    time_dimension: sent on
""",
    "depot.yaml",
).model_copy(
    update={
        "values": {
            "main.depot.parcels|zone": ("Upper Town", "Harbour", "O'Brien's Yard"),
            "main.depot.parcels|carrier": ("Swift", "Harbour"),
        }
    }
)
SINCE = QueryParameter(name="since", type="date", default="2026-03-01", words="since March 2026")
ZONE = QueryParameter(name="zone", type="enum", default="Harbour", words="Harbour", dimension="zone")
START = QueryParameter(name="first", type="date", default="2026-07-01", words="last quarter")
END = QueryParameter(name="beyond", type="date", default="2026-10-01", words="last quarter", side="end")
YEAR = {"first": "2026-01-01", "beyond": "2027-01-01"}
LEAST = QueryParameter(name="least", type="number", default="20", words="20")


def query(question: str, *parameters: QueryParameter, **fields: object) -> VerifiedQuery:
    conditions = " AND ".join(["TRUE", *(f"x = :{parameter.name}" for parameter in parameters)])
    known = {
        "query_id": "query-1",
        "catalog": "main.depot",
        "question": question,
        "sql": f"SELECT SUM(freight) AS freight FROM main.depot.parcels WHERE {conditions}",
        "parameters": parameters,
        "confirmed_by": "ada",
        "confirmed_at": datetime(2026, 11, 20, tzinfo=UTC),
    }
    return VerifiedQuery.model_validate({**known, **fields})


FREIGHT = query("Freight of the Harbour since March 2026", SINCE, ZONE)
QUARTER = query("Freight by carrier last quarter", START, END)
HEAVY = query("How many parcels with weight over 20 last quarter?", LEAST, START, END)


def matches(question: str, *queries: VerifiedQuery) -> tuple[VerifiedMatch, ...]:
    templates = [template_of(one, CATALOG) for one in queries or (FREIGHT, QUARTER, HEAVY)]
    return find_verified(question, templates, TODAY, None)


@pytest.mark.parametrize(
    ("question", "given"),
    [
        ("Freight of the Harbour since March 2026", {"since": "2026-03-01", "zone": "Harbour"}),
        ("show me the haulage in Upper Town since 1 June 2026", {"since": "2026-06-01", "zone": "Upper Town"}),
        ("since last year, shipping cost of Harbour?", {"since": "2025-01-01", "zone": "Harbour"}),
        ("What is the freight since April in O'Brien's Yard", {"since": "2026-04-01", "zone": "O'Brien's Yard"}),
        ("freight of Upper Town", {"zone": "Upper Town"}),
        ("Freight per carrier in 2025", {"first": "2025-01-01", "beyond": "2026-01-01"}),
        ("number of parcels with weight above 7.5 this year", {"least": "7.5", **YEAR}),
        ("how many parcels with weight over 1500 in 2026", {"least": "1500", **YEAR}),
    ],
)  # fmt: skip
def test_the_same_question_in_other_words_gives_its_values(question: str, given: dict[str, str]) -> None:
    (found,) = matches(question)
    assert found.given == given


@pytest.mark.parametrize(
    "question",
    [
        "Freight of the Harbour since March 2026 for Swift",  # a filter more
        "Freight of the Harbour by carrier since March 2026",
        "Freight not of the Harbour since March 2026",
        "Freight of the Harbour until March 2026",  # the other end
        "Freight of the Harbour in March 2026",  # an end more
        "Freight of the Harbour since March 2026 and in 2025",
        "Freight of the Old Mill since March 2026",  # no such value
        "Freight of the Harbour since 2026-02-30",  # no such day
        "Average freight of the Harbour since March 2026",
        "Freight of the Harbour and Upper Town since March 2026",
        "Freight by carrier since March 2026",  # one end less
        "Freight by zone last quarter",
        "Freight last quarter",
        "How many parcels with weight under 20 last quarter?",
        "How many parcels last quarter?",  # a condition less
        "Which carrier has the most freight last quarter?",
        "Freight",
        "",
    ],
)
def test_a_word_more_or_less_is_another_question(question: str) -> None:
    assert matches(question) == ()


def test_what_belongs_to_what_has_to_agree() -> None:
    assert matches("parcels per carrier without zone", query("parcels per zone without carrier")) == ()
    assert len(matches("parcels for each zone without carrier", query("parcels per zone without carrier"))) == 1


def test_two_values_of_one_kind_go_where_they_are_said() -> None:
    origin = QueryParameter(name="origin", type="enum", default="Harbour", words="Harbour", dimension="zone")
    goal = QueryParameter(name="goal", type="enum", default="Upper Town", words="Upper Town", dimension="zone")
    trip = query("freight from Harbour to Upper Town", origin, goal)
    (found,) = matches("freight from Upper Town to Harbour", trip)
    assert found.given == {"origin": "Upper Town", "goal": "Harbour"}
    assert matches("freight to Upper Town from Harbour", trip) == ()
    assert matches("freight from Upper Town", trip) == ()


def test_a_fixed_time_means_the_same_days_and_moving_sql_the_same_words() -> None:
    fixed = query("freight by zone last month", confirmed_at=datetime(2026, 10, 5, tzinfo=UTC))
    assert matches("freight by zone last month", fixed) == (), "it meant September, and now it is October's turn"
    assert len(matches("freight by zone in September 2026", fixed)) == 1
    moving = fixed.model_copy(update={"sql": "SELECT 1 FROM main.depot.parcels WHERE d >= current_date() - 30"})
    assert len(matches("freight by zone last month", moving)) == 1


def test_every_query_that_is_meant_is_found_and_the_nearest_is_first() -> None:
    twin = query("Haulage of Harbour since March 2026", SINCE, ZONE, query_id="query-2")
    templates = [template_of(one, CATALOG) for one in (twin, FREIGHT)]
    found = find_verified(FREIGHT.question, templates, TODAY, lambda left, right: 0.9)
    assert [match.query.query_id for match in found] == ["query-1", "query-2"]


def test_words_alone_do_not_do_where_the_meaning_is_far() -> None:
    templates = [template_of(FREIGHT, CATALOG)]
    question = "since April, haulage in Upper Town"
    assert find_verified(question, templates, TODAY, lambda left, right: SIMILAR - 0.01) == ()
    assert len(find_verified(question, templates, TODAY, lambda left, right: SIMILAR)) == 1


def test_values_that_are_not_given_have_their_defaults_and_say_so() -> None:
    values, fields = bound(FREIGHT, {"zone": "upper town"}, CATALOG)
    assert values == {"since": date(2026, 3, 1), "zone": "Upper Town"}
    assert [(field.name, field.value, field.given) for field in fields] == [
        ("since", "2026-03-01", False),
        ("zone", "Upper Town", True),
    ]
    assert fields[1].options == ("Upper Town", "Harbour", "O'Brien's Yard")
    assert values_of(fields) == values


@pytest.mark.parametrize(
    ("kind", "text", "said"),
    [
        ("date", "2026-02-30", "there is no date"),
        ("date", "20260301", "there is no date"),
        ("date", "1' OR '1'='1", "there is no date"),
        ("integer", "1.5", "not a whole number"),
        ("integer", "9" * 19, "too large"),
        ("integer", "9" * 5000, "not a whole number"),
        ("number", "nan", "not a number"),
        ("number", "1e999", "not a number"),
        ("enum", "Harbour'; DROP TABLE x; --", "there is no value"),
        ("enum", "", "there is no value"),
        ("string", "two\nlines", "one line"),
        ("string", "x" * 501, "one line"),
    ],
)
def test_a_value_that_does_not_fit_is_refused_by_name(kind: str, text: str, said: str) -> None:
    parameter = QueryParameter.model_validate({"name": "zone", "type": kind, "values": ["Harbour"]})
    with pytest.raises(ParameterInvalid, match=said) as refused:
        typed(parameter, text, ("Harbour",))
    assert refused.value.message.startswith("zone")


def test_text_with_quotes_and_sql_in_it_is_a_value() -> None:
    parameter = QueryParameter(name="note", type="string", default="fragile", words="fragile")
    assert typed(parameter, "'; DROP TABLE parcels; --") == "'; DROP TABLE parcels; --"
    noted = query('parcels with note "fragile"', parameter)
    (found,) = matches('parcels with note "x\' OR 1=1 --"', noted)
    assert found.given == {"note": "x' OR 1=1 --"}


def test_unknown_and_missing_values_are_refused() -> None:
    with pytest.raises(ParameterInvalid, match="no parameter 'zon'"):
        bound(FREIGHT, {"zon": "Harbour"}, CATALOG)
    needed = query("freight of the Harbour", ZONE.model_copy(update={"default": None}))
    with pytest.raises(ParameterInvalid, match="zone has no value"):
        bound(needed, {}, CATALOG)
    assert matches("freight of", needed) == ()


def test_the_meaning_has_the_values_or_is_not_told() -> None:
    semantic = SemanticQuery(
        catalog="main.depot",
        model="parcels",
        terms=(Term(measure="freight"),),
        filters=(Filter(dimension="zone", op="eq", values=("Harbour",)),),
        time=TimeRange(dimension="sent on", start=date(2026, 3, 1), label="since March 2026"),
    )
    told = FREIGHT.model_copy(update={"semantic_query": semantic.model_dump_json()})
    same, _ = bound(told, {}, CATALOG)
    assert meaning_of(told, same) == semantic
    other, _ = bound(told, {"since": "2026-05-01", "zone": "Upper Town"}, CATALOG)
    changed = meaning_of(told, other)
    assert changed is not None
    assert changed.filters == (Filter(dimension="zone", op="eq", values=("Upper Town",)),)
    assert changed.time == TimeRange(dimension="sent on", start=date(2026, 5, 1), label="since 2026-05-01")
    twice = semantic.model_copy(update={"filters": semantic.filters * 2})
    unclear = FREIGHT.model_copy(update={"semantic_query": twice.model_dump_json()})
    assert meaning_of(unclear, other) is None
    assert meaning_of(FREIGHT, other) is None
