"""What head office expects and what stores say: monthly targets, and monthly reports, one store's wrong."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from demo import names
from demo.columns import Integers, dates, decimals, month_starts
from demo.dimensions import Shares, Stores
from demo.sales import CANCELLED, Lines, Orders, demand

REPORT_EXCESS = (0.04, 0.09)
"""By which share the disagreeing store's reports are too high, lowest and highest."""
DISAGREEING_MONTHS = 12


def months_of(first_day: int, last_day: int) -> Integers:
    """Day numbers of the first of each month, from the first day's month to the last day's."""
    start, end = np.array([first_day, last_day]).astype("datetime64[D]").astype("datetime64[M]")
    return np.arange(start, end + 1).astype("datetime64[D]").astype(np.int64)


def sales_by_store_and_month(orders: Orders, lines: Lines, months: Integers, stores: int) -> Integers:
    """Sales in cents (no duplicates, no cancelled orders, before returns), shape (months, stores)."""
    counted = ~lines.duplicate & (orders.status[lines.order] != CANCELLED)
    order = lines.order[counted]
    month = np.searchsorted(months, month_starts(orders.day[order]))
    totals = np.zeros((len(months), stores), dtype=np.int64)
    np.add.at(totals, (month, orders.store[order]), lines.net_cents[counted])
    return totals


def make_targets(seed: int, sales: Integers, months: Integers, stores: Stores) -> pa.Table:
    """A target for each store and month from the month after it opened, in hundreds."""
    rng = np.random.default_rng([seed, 8])
    share = _expected_share(months, stores)
    scale = sales[:-1].sum() / (share[:-1].sum() or 1.0)
    target = np.round(share * scale * rng.uniform(0.93, 1.10, share.shape) / 10_000).astype(np.int64) * 10_000
    month, store = np.nonzero(stores.opened[None, :] <= months[:, None])
    return pa.table(
        {
            "target_id": pa.array(np.arange(1, len(month) + 1)),
            "store_id": pa.array(store + 1),
            "month": dates(months[month]),
            "sales_target": decimals(target[month, store], 14, 2),
        }
    )


def _expected_share(months: Integers, stores: Stores) -> Shares:
    """Demand of each whole month, split over the stores that are open in it."""
    ends = np.concatenate([months[1:], [int(month_starts(months[-1:] + 31)[0])]])
    daily = demand(int(months[0]), int(ends[-1]) - 1)
    whole = np.add.reduceat(daily, months - months[0])
    open_share = np.where(stores.opened[None, :] <= months[:, None], stores.share[None, :], 0.0)
    split: Shares = whole[:, None] * open_share / open_share.sum(axis=1, keepdims=True)
    return split


def make_store_reports(seed: int, sales: Integers, months: Integers, stores: Stores, last_day: int) -> pa.Table:
    """One report a store and closed month, equal to the orders except for the disagreeing store's last 12."""
    rng = np.random.default_rng([seed, 9])
    # 31 days after the first of a month is always in the next one.
    closed = int((month_starts(months + 31) <= last_day + 1).sum())
    reported = sales[:closed].copy()
    wrong = stores.table["store_name"].to_pylist().index(names.DISAGREEING_STORE)
    recent = slice(max(0, closed - DISAGREEING_MONTHS), closed)
    excess = 1 + rng.uniform(*REPORT_EXCESS, len(reported[recent, wrong]))
    reported[recent, wrong] = np.round(reported[recent, wrong] * excess).astype(np.int64)
    month, store = np.nonzero(month_starts(stores.opened)[None, :] <= months[:closed, None])
    return pa.table(
        {
            "report_id": pa.array(np.arange(1, len(month) + 1)),
            "store_id": pa.array(store + 1),
            "month": dates(months[month]),
            "reported_sales": decimals(reported[month, store], 14, 2),
        }
    )
