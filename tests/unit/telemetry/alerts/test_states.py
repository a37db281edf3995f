"""States as a pure function: tables of no-data modes and thresholds, and the rules that hold for all of them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.telemetry.alerts.rule import Level, NoData, Rule
from core.telemetry.alerts.states import RANK, Chain, Figure, changes, empty_figure, level_at

ONE = Figure(1.0, 10)
HALF, FEW, NONE = Figure(0.5, 10), Figure(1.0, 2), Figure(None, 0)


def rule(**changed: object) -> Rule:
    values = {"rule_id": "r", "name": "R", "metric": "failure_share", "window": "5m", "warn": 0.2, "alert": 0.6}
    return Rule.model_validate({**values, "least_sample": 5, **changed})


@pytest.mark.parametrize(
    ("operator", "value", "level"),
    [(">", 0.6, "warn"), (">", 0.61, "alert"), (">", 0.2, "ok"), (">=", 0.6, "alert"), (">=", 0.2, "warn")],
)
def test_thresholds_are_compared_as_the_operator_says(operator: str, value: float, level: str) -> None:
    assert level_at(rule(operator=operator), Figure(value, 5), None) == level


@pytest.mark.parametrize(("value", "level"), [(3.0, "alert"), (5.0, "warn"), (9.0, "ok"), (10.0, "ok")])
def test_too_little_of_something_can_be_the_alarm(value: float, level: str) -> None:
    few = rule(metric="calls", operator="<", warn=9, alert=4, least_sample=0)
    assert level_at(few, Figure(value, int(value)), None) == level


@pytest.mark.parametrize("before", [None, "ok", "no_data", "warn", "alert"])
@pytest.mark.parametrize("figure", [FEW, NONE])
@pytest.mark.parametrize("mode", ["ok", "no_data", "keep", "alert"])
def test_without_enough_rows_the_mode_decides(mode: NoData, figure: Figure, before: Level | None) -> None:
    expected: dict[NoData, Level] = {"ok": "ok", "no_data": "no_data", "keep": before or "no_data", "alert": "alert"}
    assert level_at(rule(no_data=mode), figure, before) == expected[mode]


def test_a_count_of_nothing_is_zero_and_a_share_of_nothing_is_no_data() -> None:
    assert empty_figure(rule(metric="calls", warn=1, alert=2)) == Figure(0.0, 0)
    assert empty_figure(rule(metric="cost", warn=1, alert=2)) == Figure(0.0, 0)
    assert empty_figure(rule()) == NONE
    assert empty_figure(rule(metric="response_time_p95", warn=1, alert=2)) == NONE


def test_only_changes_are_found_each_with_what_was_before() -> None:
    figures = {3: HALF, 4: HALF, 5: ONE, 6: Figure(0.0, 10)}
    found = changes(rule(), figures, [range(1, 9)], Chain(), 0)
    assert [(change.k, change.previous, change.level) for change in found] == [
        (1, None, "ok"),
        (3, "ok", "warn"),
        (5, "warn", "alert"),
        (6, "alert", "ok"),
    ]


def test_a_crossing_found_late_is_added_and_what_was_on_record_goes_on() -> None:
    chain = Chain([(1, "ok"), (20, "warn")])
    found = changes(rule(), {8: ONE, 9: ONE}, [range(8, 10)], chain, 30)
    assert [(change.k, change.level, change.late, change.prolongs) for change in found] == [
        (8, "alert", True, False),
        (10, "ok", True, False),
    ]
    assert [chain.at(k) for k in (7, 8, 10, 25)] == ["ok", "alert", "ok", "warn"]


def test_late_rows_never_take_back_what_people_were_told() -> None:
    chain = Chain([(1, "ok"), (8, "alert"), (12, "ok")])
    assert changes(rule(), {k: Figure(0.0, 10) for k in range(8, 12)}, [range(8, 12)], chain, 30) == []
    assert chain.at(9) == "alert"


def test_late_rows_may_prolong_a_stretch_on_record() -> None:
    chain = Chain([(1, "ok"), (8, "alert"), (12, "ok")])
    found = changes(rule(), {6: ONE, 7: ONE, 12: ONE}, [range(6, 8), range(12, 13)], chain, 30)
    assert [(change.k, change.level, change.prolongs) for change in found] == [
        (6, "alert", True),
        (12, "alert", True),
        (13, "ok", False),
    ]
    assert [chain.at(k) for k in (5, 6, 12, 13)] == ["ok", "alert", "alert", "ok"]


def test_rows_of_an_agent_nobody_knew_of_begin_and_end_its_series() -> None:
    chain = Chain()
    changes(rule(), {4: ONE}, [range(4, 5)], chain, 30)
    assert [chain.at(k) for k in (3, 4, 5, 30)] == [None, "alert", "ok", "ok"]


FIGURES = st.dictionaries(
    st.integers(1, 40), st.tuples(st.sampled_from([0.0, 0.1, 0.3, 0.5, 0.7, 1.0]), st.integers(3, 9))
)
MODES = st.sampled_from(["ok", "no_data", "keep", "alert"])


def naive(told: Rule, figures: dict[int, Figure], last: int) -> list[Level]:
    """One point after the other, with nothing on record."""
    levels: list[Level] = []
    for k in range(1, last + 1):
        figure = figures.get(k)
        if figure is not None and figure.value is not None and figure.sample >= told.least_sample:
            above_alert, above_warn = figure.value > 0.6, figure.value > 0.2
            levels.append("alert" if above_alert else "warn" if above_warn else "ok")
        elif told.no_data == "keep":
            levels.append(levels[-1] if levels else "no_data")
        else:
            levels.append(told.no_data)
    return levels


@given(FIGURES, MODES, st.lists(st.integers(1, 39), max_size=6))
def test_however_often_it_ticks_the_states_are_those_of_a_naive_evaluator(
    values: dict[int, tuple[float, int]], mode: NoData, ticks: list[int]
) -> None:
    told, figures = rule(no_data=mode), {k: Figure(*value) for k, value in values.items()}
    chain, evaluated, found = Chain(), 0, []
    for last in sorted({*ticks, 40}):
        found += changes(told, figures, [range(evaluated + 1, last + 1)], chain, evaluated)
        evaluated = last
    assert [chain.at(k) for k in range(1, 41)] == naive(told, figures, 40)
    assert all(change.level != change.previous and not change.late for change in found)
    assert changes(told, figures, [range(1, 41)], chain, 40) == [], "a repeated evaluation finds nothing"


@given(FIGURES, FIGURES, MODES, st.integers(1, 40))
def test_whatever_comes_late_no_crossing_is_missed_and_none_is_invented(
    early: dict[int, tuple[float, int]], late: dict[int, tuple[float, int]], mode: NoData, evaluated: int
) -> None:
    told = rule(no_data=mode)
    first = {k: Figure(*value) for k, value in early.items()}
    final = first | {k: Figure(*value) for k, value in late.items()}
    chain = Chain()
    changes(told, first, [range(1, evaluated + 1)], chain, 0)
    before = [chain.at(k) for k in range(1, evaluated + 1)]
    runs = [range(k, k + 1) for k in sorted(late) if k <= evaluated]
    changes(told, final, [*runs, range(evaluated + 1, 41)], chain, evaluated)
    for k in range(1, evaluated + 1):
        level, known = chain.at(k), before[k - 1]
        assert level is not None
        assert known is not None
        computed = level_at(told, final.get(k, NONE), chain.at(k - 1)) if k in late else known
        assert RANK[level] == max(RANK[known], RANK[computed])
