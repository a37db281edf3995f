"""numpy values to Arrow columns: money without a float in between, dates from day numbers, words by index."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

Integers = NDArray[np.int64]

EPOCH = date(1970, 1, 1)


def day_number(day: date) -> int:
    """Days since 1970-01-01."""
    return (day - EPOCH).days


def month_starts(day_numbers: Integers) -> Integers:
    """For each day number, that of the first day of its month."""
    months = day_numbers.astype("datetime64[D]").astype("datetime64[M]")
    return months.astype("datetime64[D]").astype(np.int64)


def years(day_numbers: Integers) -> Integers:
    """Calendar years, counted from 1970."""
    return day_numbers.astype("datetime64[D]").astype("datetime64[Y]").astype(np.int64)


def month_of_year(day_numbers: Integers) -> Integers:
    """0 for January to 11 for December."""
    return day_numbers.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64) % 12


def dates(day_numbers: Integers, missing: NDArray[np.bool_] | None = None) -> pa.Array:
    """DATE column of day numbers; null where `missing`."""
    return pa.array(day_numbers.astype(np.int32), type=pa.int32(), mask=missing).cast(pa.date32())


def decimals(unscaled: Integers, precision: int, scale: int) -> pa.Array:
    """DECIMAL(precision, scale) column of integers in units of 10^-scale (cents for scale 2)."""
    words = np.empty((len(unscaled), 2), dtype=np.int64)
    words[:, 0] = unscaled
    words[:, 1] = unscaled >> 63  # the sign, spread over the upper half of 128 bits
    return pa.Array.from_buffers(pa.decimal128(precision, scale), len(unscaled), [None, pa.py_buffer(words)])


def texts(words: Sequence[str], index: Integers, missing: NDArray[np.bool_] | None = None) -> pa.Array:
    """STRING column: the word at each index; null where `missing`."""
    return pa.array(list(words), type=pa.string()).take(pa.array(index, mask=missing))


def rounded_share(amount: Integers, numerator: Integers, denominator: Integers) -> Integers:
    """amount * numerator / denominator, half up, for amounts that are not negative."""
    return (2 * amount * numerator + denominator) // (2 * denominator)
