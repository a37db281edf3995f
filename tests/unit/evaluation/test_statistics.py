"""Shares, their intervals and percentiles."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.evaluation import percentile, rate, wilson


@pytest.mark.parametrize(
    ("count", "total", "low", "high"),
    # By hand from Wilson's formula, z = 1.959964.
    [(8, 10, 0.4902, 0.9433), (0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (1, 2, 0.0945, 0.9055)],
)
def test_the_wilson_interval_is_the_known_one(count: int, total: int, low: float, high: float) -> None:
    assert wilson(count, total) == pytest.approx((low, high), abs=1e-4)


@given(st.integers(0, 500), st.integers(0, 500))
def test_the_interval_holds_the_share_and_stays_between_nothing_and_all(count: int, more: int) -> None:
    found = rate(count, count + more)
    assert 0 <= found.low <= found.high <= 1
    if found.share is not None:
        assert found.low <= found.share <= found.high


def test_nothing_counted_has_no_share_and_says_so() -> None:
    assert rate(0, 0).share is None
    assert (rate(0, 0).low, rate(0, 0).high) == (0.0, 1.0)
    assert str(rate(0, 0)) == "none"
    assert str(rate(1, 2)) == "50.0% (1 of 2; 9.5% to 90.5%)"


def test_more_than_all_is_no_share() -> None:
    with pytest.raises(ValueError, match="3 of 2"):
        rate(3, 2)


def test_a_percentile_is_the_smallest_value_that_enough_do_not_exceed() -> None:
    assert percentile([3.0, 1.0, 2.0, 4.0], 0.5) == 2.0
    assert percentile([3.0, 1.0, 2.0, 4.0], 0.95) == 4.0
    assert percentile(list(map(float, range(1, 101))), 0.95) == 95.0
    assert percentile([], 0.5) == 0.0
