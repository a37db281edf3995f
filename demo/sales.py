"""What the demo company sells: orders, lines and returns, with season, growth and planted defects."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from demo import names
from demo.columns import Integers, dates, decimals, month_of_year, rounded_share, texts, years
from demo.dimensions import Customers, Employees, Products, Shares, Stores

ORDERS = 22_000
CHANNELS = ("store", "web", "phone")
STATUSES = ("completed", "shipped", "cancelled")
CANCELLED = 2
DISCOUNTS = np.array([0, 500, 1000, 1500, 2000, 2500])  # hundredths of a per cent

# Planted defects, as shares; the handbook names them and the tests measure them.
DUPLICATE_SHARE = 0.006
LATE_SHARE = 0.07

YEARLY_GROWTH = 0.11
# January to December: a spring for the garden, a long run-up to Christmas, a quiet February.
SEASON = np.array([0.82, 0.76, 0.90, 1.02, 1.12, 1.08, 0.98, 0.94, 0.96, 1.02, 1.28, 1.42])
# Monday to Sunday.
WEEKDAY = np.array([0.80, 0.82, 0.88, 0.94, 1.15, 1.42, 1.05])
# How much each category follows the warm half of the year (positive) or the dark one (negative).
CATEGORY_SUMMER = np.array([0.0, -0.1, 0.75, -0.45, -0.15, 0.55])


@dataclass(frozen=True)
class Orders:
    """One entry an order, in the order of their dates; numbers are indices from 0 unless said otherwise."""

    table: pa.Table
    day: Integers
    store: Integers
    customer: Integers
    status: Integers
    delivered: Integers
    """Day number; beyond the last day when it has not arrived."""
    late: NDArray[np.bool_]


@dataclass(frozen=True)
class Lines:
    table: pa.Table
    order: Integers
    product: Integers
    quantity: Integers
    net_cents: Integers
    duplicate: NDArray[np.bool_]


def demand(first_day: int, last_day: int) -> Shares:
    """Relative number of orders expected on each day, 1 being a middling day of the first year."""
    days = np.arange(first_day, last_day + 1)
    growth = (1 + YEARLY_GROWTH) ** ((days - first_day) / 365.25)
    weekday = (days + 3) % 7  # day 0 was a Thursday
    expected: Shares = growth * SEASON[month_of_year(days)] * WEEKDAY[weekday]
    return expected


def pick_among_first(rng: np.random.Generator, share: Shares, eligible: Integers) -> Integers:
    """For each entry one index below `eligible`, drawn in proportion to `share`."""
    upto = np.cumsum(share)
    drawn = rng.random(len(eligible)) * upto[eligible - 1]
    return np.minimum(np.searchsorted(upto, drawn, side="right"), eligible - 1)


def make_orders(seed: int, span: tuple[int, int], customers: Customers, stores: Stores, employees: Employees) -> Orders:
    """Orders of the days `span` (both included)."""
    rng = np.random.default_rng([seed, 5])
    first_day, last_day = span
    weights = demand(first_day, last_day)
    day = first_day + np.repeat(np.arange(len(weights)), rng.multinomial(ORDERS, weights / weights.sum()))
    customer = pick_among_first(rng, customers.share, np.searchsorted(customers.signup, day, side="right"))
    store = pick_among_first(rng, stores.share, np.searchsorted(stores.opened, day, side="right"))
    seller = _sellers(rng, employees, store, day)
    web = 0.30 + 0.14 * (day - first_day) / max(1, last_day - first_day)
    draw = rng.random(ORDERS)
    channel = np.where(draw < web, 1, np.where(draw < web + 0.09, 2, 0))
    promised = day + np.where(channel == 0, rng.integers(1, 5, ORDERS), rng.integers(3, 11, ORDERS))
    late = rng.random(ORDERS) < LATE_SHARE
    early_by = (rng.random(ORDERS) * (promised - day + 1)).astype(np.int64)
    delivered = np.where(late, promised + rng.integers(1, 12, ORDERS), promised - early_by)
    status = np.where(rng.random(ORDERS) < 0.035, CANCELLED, np.where(delivered > last_day, 1, 0))
    table = pa.table(
        {
            "order_id": pa.array(np.arange(100_001, 100_001 + ORDERS)),
            "customer_id": pa.array(customer + 1),
            "store_id": pa.array(store + 1),
            "employee_id": pa.array(seller + 1),
            "order_date": dates(day),
            "channel": texts(CHANNELS, channel),
            "status": texts(STATUSES, status),
            "promised_date": dates(promised),
            "delivered_date": dates(delivered, status != 0),
        }
    )
    return Orders(table, day, store, customer, status, delivered, late)


def _sellers(rng: np.random.Generator, employees: Employees, store: Integers, day: Integers) -> Integers:
    """An employee of the order's store who was hired by then."""
    keys = employees.store * 1_000_000 + employees.hired
    first = np.searchsorted(employees.store, store, side="left")
    after = np.searchsorted(keys, store * 1_000_000 + day, side="right")
    chosen: Integers = first + (rng.random(len(store)) * (after - first)).astype(np.int64)
    return chosen


def make_lines(seed: int, orders: Orders, products: Products, customers: Customers) -> Lines:
    """One to eight products an order, each once; planted duplicates stand right behind their originals."""
    rng = np.random.default_rng([seed, 6])
    order = np.repeat(np.arange(len(orders.day)), np.minimum(1 + rng.poisson(1.75, len(orders.day)), 8))
    product = _products_by_month(rng, products, month_of_year(orders.day[order]))
    pairs = np.unique(order * 1000 + product)
    order, product = pairs // 1000, pairs % 1000
    duplicate = rng.random(len(order)) < DUPLICATE_SHARE
    quantity = 1 + rng.poisson(np.where(customers.corporate[orders.customer[order]], 2.2, 0.7))
    discount = DISCOUNTS[rng.choice(len(DISCOUNTS), len(order), p=(0.58, 0.13, 0.13, 0.08, 0.06, 0.02))]
    # Prices rise by about 3 % every January; the list price is today's.
    years_ago = years(orders.day[-1:]) - years(orders.day)[order]
    price = np.round(products.price_cents[product] / 1.03**years_ago / 10).astype(np.int64) * 10
    net = rounded_share(quantity * price, 10_000 - discount, np.full(len(order), 10_000))
    copies = np.repeat(np.arange(len(order)), 1 + duplicate)
    is_copy = np.concatenate([[False], copies[1:] == copies[:-1]])
    table = pa.table(
        {
            "line_id": pa.array(np.arange(1, len(copies) + 1)),
            "order_id": pa.array(100_001 + order[copies]),
            "product_id": pa.array(product[copies] + 1),
            "quantity": pa.array(quantity[copies].astype(np.int32)),
            "unit_price": decimals(price[copies], 12, 2),
            "discount": decimals(discount[copies], 5, 4),
            "net_amount": decimals(net[copies], 14, 2),
            "is_duplicate": pa.array(is_copy),
        }
    )
    return Lines(table, order[copies], product[copies], quantity[copies], net[copies], is_copy)


def _products_by_month(rng: np.random.Generator, products: Products, month: Integers) -> Integers:
    summer = np.cos((np.arange(12) - 5.5) / 12 * 2 * np.pi)  # +1 around June, -1 around December
    share = products.share * (1 + CATEGORY_SUMMER[products.category] * summer[:, None])
    upto = np.cumsum(share, axis=1)
    # One long ladder: month m lives between m and m + 1, so that a single search serves all months.
    ladder = (upto / upto[:, -1:] + np.arange(12)[:, None]).ravel()
    found = np.searchsorted(ladder, month + rng.random(len(month)), side="right")
    product: Integers = np.minimum(found - month * len(products.share), len(products.share) - 1)
    return product


def make_returns(seed: int, orders: Orders, lines: Lines, last_day: int) -> pa.Table:
    """About one delivered line in thirty comes back, late ones more often."""
    rng = np.random.default_rng([seed, 7])
    late = orders.late[lines.order]
    day = orders.delivered[lines.order] + rng.integers(2, 41, len(lines.order))
    wanted = rng.random(len(lines.order)) < np.where(late, 0.09, 0.034)
    back = np.flatnonzero(wanted & ~lines.duplicate & (orders.status[lines.order] == 0) & (day <= last_day))
    back = back[np.argsort(day[back], kind="stable")]
    sold = lines.quantity[back]
    quantity = 1 + (rng.random(len(back)) * sold).astype(np.int64)
    usual = rng.choice(len(names.RETURN_REASONS), len(back), p=(0.24, 0.16, 0.38, 0.0, 0.22))
    reason = np.where(late[back] & (rng.random(len(back)) < 0.6), 3, usual)
    return pa.table(
        {
            "return_id": pa.array(np.arange(1, len(back) + 1)),
            "line_id": pa.array(back + 1),
            "return_date": dates(day[back]),
            "quantity": pa.array(quantity.astype(np.int32)),
            "refund_amount": decimals(rounded_share(lines.net_cents[back], quantity, sold), 14, 2),
            "reason": texts(names.RETURN_REASONS, reason),
        }
    )
