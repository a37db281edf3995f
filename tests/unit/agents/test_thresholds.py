"""Which limits of alert rules belong to what somebody looks at."""

from __future__ import annotations

from typing import Any

import pytest

from agents.thresholds import RuleLimits, crossed, thresholds
from core.clock import ManualClock
from core.telemetry.alerts import KeptRule, Rule, Written
from core.telemetry.dashboards import Filters


def rule(rule_id: str, metric: str, **values: Any) -> Rule:
    given = {"rule_id": rule_id, "name": rule_id, "metric": metric, "window": "1h", **values}
    return Rule.model_validate(given)


SLOW = rule("slow", "response_time_p95", warn=3, alert=5)
FAILING = rule("failing", "failure_share", per_agent=True, alert=0.05)
CODE = rule("code", "response_time_p95", agent="CodeAgent", alert=2)
RULES = (SLOW, FAILING, CODE)


def test_limits_are_told_lowest_first_with_level_and_words() -> None:
    found = thresholds(RULES, "response_time_p95", Filters())
    assert [(limit.value, limit.level, limit.written) for limit in found] == [(3, "warn", "3 s"), (5, "alert", "5 s")]
    assert {limit.rule for limit in found} == {"response time, p95 > 5 s (alert) · > 3 s (warning) in an hour"}
    assert {limit.window_s for limit in found} == {3600}


@pytest.mark.parametrize(
    ("filters", "values"),
    [
        (Filters(agent="CodeAgent"), [2]),
        (Filters(agent="RAGAgent"), []),
        (Filters(role="admin"), []),
        (Filters(model="large"), []),
        (Filters(user="ana"), []),
    ],
)
def test_rule_is_about_just_the_traffic_that_it_looks_at(filters: Filters, values: list[float]) -> None:
    assert [limit.value for limit in thresholds(RULES, "response_time_p95", filters)] == values


def test_rule_over_each_agent_is_about_whichever_is_chosen_and_about_none_while_none_is() -> None:
    assert thresholds(RULES, "failure_share", Filters()) == ()
    assert [limit.value for limit in thresholds(RULES, "failure_share", Filters(agent="RAGAgent"))] == [0.05]
    assert thresholds(RULES, "failure_share", Filters(agent="RAGAgent", role="admin")) == ()


@pytest.mark.parametrize(
    ("operator", "value", "level"),
    [(">", 3.0, ""), (">", 3.1, "warn"), (">", 5.1, "alert"), (">=", 5.0, "alert"), (">", None, "")],
)
def test_figure_beyond_a_limit_is_judged_as_the_rule_judges_it(operator: str, value: float | None, level: str) -> None:
    judged = rule("slow", "response_time_p95", operator=operator, warn=3, alert=5)
    assert crossed([judged], "response_time_p95", Filters(), value) == level


def test_rules_are_read_again_only_when_they_changed_or_after_a_minute_where_nothing_tells() -> None:
    reads: list[int] = []
    version, clock = ["1"], ManualClock()

    def written() -> Written:
        reads.append(1)
        rules = (SLOW, rule("off", "cost", alert=1, enabled=False))
        return Written({one.rule_id: KeptRule(one, "v") for one in rules}, {})

    limits = RuleLimits(written, lambda: version[0], clock)
    assert limits.rules() == (SLOW,)
    clock.advance(3600)
    assert limits.rules() == (SLOW,)
    assert len(reads) == 1
    version[0] = "2"
    limits.rules()
    assert len(reads) == 2
    untold = RuleLimits(written, lambda: "", clock)
    untold.rules()
    untold.rules()
    assert len(reads) == 3
    clock.advance(61)
    untold.rules()
    assert len(reads) == 4
