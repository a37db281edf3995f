"""The filter line of the traces: what is typed becomes columns of a closed list and bound values, never SQL."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import FilterInvalid
from core.telemetry.traces import completions, parse, term, terms
from core.telemetry.traces.language import FIELDS, condition, pattern


def test_a_line_is_fields_comparisons_and_pieces_of_text() -> None:
    query = parse('agent:CodeAgent -status:error duration>2s cost>=$0.01 tokens>10k model:llama*,gpt "late orders" top')
    told = [(t.field.name, t.values, t.comparison, t.amount, t.negated) for t in query.terms]
    assert told == [
        ("agent", ("CodeAgent",), None, 0.0, False),
        ("status", ("error",), None, 0.0, True),
        ("duration", (), ">", 2000.0, False),
        ("cost", (), ">=", 0.01, False),
        ("tokens", (), ">", 10_000.0, False),
        ("model", ("llama*", "gpt"), None, 0.0, False),
    ]
    assert query.texts == ("late orders", "top")


def test_what_picks_single_spans_draws_the_other_terms_to_the_same_span() -> None:
    query = parse("agent:CodeAgent status:error user:ana")
    assert [t.field.name for t in query.of_spans] == ["agent", "status"]
    assert [t.field.name for t in query.of_request] == ["user"]
    assert [t.field.name for t in parse("status:error user:ana").of_request] == ["status", "user"]


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("colour:red", "There is no field “colour”. There are agent, kind,"),
        ("status:weird", "status is never “weird”. There are ok, error, cancelled."),
        ("duration>fast", "“fast” is no value of duration."),
        ("cost>2s", "“2s” is no value of cost."),
        ("agent>3", "agent is text and cannot be compared by >."),
        ("agent:", "agent has no value."),
        ('"open', 'The filter cannot be read from “"open” on.'),
        ("-word", "Text cannot be excluded; only a field can: -status:error."),
        ("x" * 1001, "The filter is longer than 1,000 characters."),
        ("a " * 31, "The filter has more than 30 terms."),
    ],
)
def test_a_line_that_cannot_be_read_says_what_there_is(line: str, says: str) -> None:
    with pytest.raises(FilterInvalid) as refused:
        parse(line)
    assert says in refused.value.message
    assert refused.value.next_step


def test_conditions_are_columns_and_bound_values() -> None:
    query = parse("user:o'brien -outcome:failed duration>1s")
    text, bound = condition(query.of_request, "request", "r")
    assert text.split("\n    ") == [
        "AND coalesce(user_id, '') RLIKE :r0",
        "AND NOT coalesce(coalesce(outcome, '') RLIKE :r1, FALSE)",
        "AND (duration_ms) > :r2",
    ]
    assert bound == {"r0": "(?i)^(o'brien)$", "r1": "(?i)^(failed)$", "r2": 1000.0}


def test_a_star_is_the_only_sign_that_means_anything() -> None:
    assert re.match(pattern(["a.b*"]), "A.Bcd")
    assert not re.match(pattern(["a.b*"]), "axb")
    assert re.match(pattern(["x", "(y)"]), "(Y)")


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused_and_never_stands_in_a_condition(text: str) -> None:
    try:
        query = parse(text)
    except FilterInvalid:
        return
    for scope, chosen in (("request", query.of_request), ("span", query.of_spans)):
        written, _ = condition(chosen, scope, "p")  # type: ignore[arg-type]
        columns = "|".join(re.escape(c) for f in FIELDS.values() for c in (f.request, f.span) if c)
        left = re.sub(rf"AND|NOT|coalesce|RLIKE|FALSE|{columns}|:p\d+|>=|<=|[><=(),'\s]", "", written)
        assert left == ""


@given(
    st.sampled_from(["agent", "user", "model"]), st.text(st.characters(exclude_characters='"'), min_size=1, max_size=20)
)
def test_a_term_that_was_written_is_read_as_it_was(field: str, value: str) -> None:
    if value.strip() != value or not value.isprintable():
        return
    (read,) = parse(term(field, value)).terms
    assert (read.field.name, read.values) == (field, (value,))
    assert terms(f"{term(field, value)} status:ok") == (term(field, value), "status:ok")


def test_a_word_that_was_begun_is_completed_by_names_and_by_values_that_were_seen() -> None:
    assert completions("dur", {}) == ("duration>",)
    assert completions("user:ana st", {}) == (
        "user:ana step:",
        "user:ana statement:",
        "user:ana status:",
        "user:ana statements>",
    )
    assert completions("-status:err", {}) == ("-status:error",)
    assert completions("model:ll", {"model": ("llama 3", "gpt")}) == ('model:"llama 3"',)
    assert completions("nothing:x", {}) == ()
