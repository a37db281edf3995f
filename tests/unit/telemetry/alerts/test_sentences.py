"""What a rule and its figures say: also how many rows they need, and when there were too few."""

from __future__ import annotations

import pytest

from core.telemetry.alerts import Rule
from core.telemetry.alerts.sentences import condition, told_amount

RULE = Rule(rule_id="slow", name="Slow", metric="response_time_p95", window="1h", warn=3, alert=5, least_sample=10)


def test_a_rule_says_from_how_many_rows_on_it_counts() -> None:
    assert condition(RULE) == "response time, p95 > 5 s (alert) · > 3 s (warning) in an hour, from 10 rows on"
    assert condition(RULE.model_copy(update={"least_sample": 0})).endswith("in an hour")


@pytest.mark.parametrize(
    ("value", "sample", "told"),
    [
        (5.69, 4, "5.69 s of 4 rows: too few"),
        (5.69, 1, "5.69 s of 1 row: too few"),
        (5.69, 10, "5.69 s"),
        (None, 0, "no data"),
    ],
)
def test_a_figure_that_decides_nothing_says_why(value: float | None, sample: int, told: str) -> None:
    assert told_amount(RULE, value, sample) == told
