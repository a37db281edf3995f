"""Spark's decimal types: precision and scale of literals, arithmetic, aggregates, and the cut at 38 digits."""

from __future__ import annotations

from sqlglot import exp

MOST = 38
OF_INTEGERS = {"TINYINT": (3, 0), "SMALLINT": (5, 0), "INT": (10, 0), "BIGINT": (20, 0)}
Size = tuple[int, int]
"""Precision and scale."""


def build(size: Size) -> exp.DataType:
    return exp.DataType.build(f"DECIMAL({size[0]},{size[1]})")


def adjusted(precision: int, scale: int) -> Size:
    """Beyond 38 digits whole digits go first, and at least 6 (or the scale) stay after the point."""
    if precision <= MOST:
        return precision, scale
    return MOST, max(MOST - (precision - scale), min(scale, 6))


def bounded(precision: int, scale: int) -> Size:
    return min(precision, MOST), min(scale, MOST)


def of_literal(text: str) -> Size | None:
    """The size of a number as it is written, or None for one with an exponent."""
    whole, point, fraction = text.partition(".")
    if not (whole + fraction).isdigit():
        return None
    scale = len(fraction) if point else 0
    return max(len(whole.lstrip("0")) + scale, scale, 1), scale


def plus(left: Size, right: Size) -> Size:
    scale = max(left[1], right[1])
    return adjusted(max(left[0] - left[1], right[0] - right[1]) + scale + 1, scale)


def times(left: Size, right: Size) -> Size:
    return adjusted(left[0] + right[0] + 1, left[1] + right[1])


def over(left: Size, right: Size) -> Size:
    scale = max(6, left[1] + right[0] + 1)
    return adjusted(left[0] - left[1] + right[1] + scale, scale)


def remainder(left: Size, right: Size) -> Size:
    scale = max(left[1], right[1])
    return adjusted(min(left[0] - left[1], right[0] - right[1]) + scale, scale)


def common(left: Size, right: Size) -> Size:
    """The type that holds both, as in a CASE or a UNION."""
    scale = max(left[1], right[1])
    return bounded(max(left[0] - left[1], right[0] - right[1]) + scale, scale)


def rounded(size: Size, places: int) -> Size:
    """round, ceil and floor to `places`: a digit more may be needed before the point."""
    whole = size[0] - size[1] + 1
    if places < 0:
        return min(max(whole, -places + 1), MOST), 0
    scale = min(size[1], places)
    return min(whole + scale, MOST), scale
