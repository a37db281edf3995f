"""Who and what the demo company consists of: customers, products, stores, employees."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from demo import names
from demo.columns import Integers, dates, decimals, texts

Shares = NDArray[np.float64]

CUSTOMERS = 800
EMPLOYEES = 90
SEGMENTS = ("Consumer", "Corporate", "Home Office")
NULL_SEGMENT_SHARE = 0.03
YEAR = 365.25


@dataclass(frozen=True)
class Customers:
    """Ordered by signup, so that whoever may buy on a day is a prefix."""

    table: pa.Table
    signup: Integers
    share: Shares
    corporate: NDArray[np.bool_]


@dataclass(frozen=True)
class Products:
    table: pa.Table
    cost_cents: Integers
    price_cents: Integers
    share: Shares
    category: Integers
    """Index into names.CATALOGUE."""


@dataclass(frozen=True)
class Stores:
    """Ordered by opening, so that the open ones on a day are a prefix."""

    table: pa.Table
    opened: Integers
    share: Shares


@dataclass(frozen=True)
class Employees:
    """Ordered by store, then by hiring; the first of each store was there when it opened."""

    table: pa.Table
    store: Integers
    """Index of the store, from 0."""
    hired: Integers


def make_customers(seed: int, first_day: int, last_day: int) -> Customers:
    rng = np.random.default_rng([seed, 1])
    segment = rng.choice(3, CUSTOMERS, p=(0.55, 0.27, 0.18))
    corporate = segment == 1
    early = rng.integers(first_day - 1500, first_day, CUSTOMERS)
    during = rng.integers(first_day, last_day - 20, CUSTOMERS)
    signup = np.sort(np.where(rng.random(CUSTOMERS) < 0.5, early, during))
    country = rng.choice(
        len(names.CUSTOMER_COUNTRIES), CUSTOMERS, p=[share for _, share, _ in names.CUSTOMER_COUNTRIES]
    )
    towns = [names.CUSTOMER_COUNTRIES[index][2] for index in country]
    town = [choices[int(pick * len(choices))] for choices, pick in zip(towns, rng.random(CUSTOMERS), strict=True)]
    share = rng.lognormal(0.0, 0.75, CUSTOMERS) * np.where(corporate, 1.6, 1.0)
    table = pa.table(
        {
            "customer_id": pa.array(np.arange(1, CUSTOMERS + 1)),
            "customer_name": pa.array(_customer_names(rng, corporate)),
            "segment": texts(SEGMENTS, segment, rng.random(CUSTOMERS) < NULL_SEGMENT_SHARE),
            "city": pa.array(town),
            "country": texts([name for name, _, _ in names.CUSTOMER_COUNTRIES], country),
            "signup_date": dates(signup),
        }
    )
    return Customers(table, signup, share, corporate)


def _customer_names(rng: np.random.Generator, corporate: NDArray[np.bool_]) -> list[str]:
    people = [f"{first} {last}" for first in names.FIRST_NAMES for last in names.LAST_NAMES]
    firms = [f"{stem} {kind}" for stem in names.FIRM_STEMS for kind in names.FIRM_KINDS]
    person = iter(rng.choice(len(people), CUSTOMERS, replace=False))
    firm = iter(rng.choice(len(firms), int(corporate.sum()), replace=False))
    return [firms[next(firm)] if is_firm else people[next(person)] for is_firm in corporate]


def make_products(seed: int) -> Products:
    """120 products; does not depend on the dates."""
    rng = np.random.default_rng([seed, 2])
    rows = [
        (category, subcategory, noun, low, high)
        for category, groups in names.CATALOGUE.items()
        for subcategory, (nouns, low, high) in groups.items()
        for noun in nouns
    ]
    count = len(rows)
    low, high = np.array([row[3] for row in rows]), np.array([row[4] for row in rows])
    price_cents = np.round(low * (high / low) ** rng.random(count)).astype(np.int64) * 100 - 10
    cost_cents = np.round(price_cents * rng.uniform(0.42, 0.68, count)).astype(np.int64)
    collection = rng.integers(0, len(names.COLLECTIONS), count)
    # Dearer goods sell less often; the exponent keeps every category's sales within a factor of about four.
    share = rng.lognormal(0.0, 0.45, count) * (price_cents / 5000) ** -0.35
    table = pa.table(
        {
            "product_id": pa.array(np.arange(1, count + 1)),
            "product_name": pa.array([f"{names.COLLECTIONS[c]} {r[2]}" for c, r in zip(collection, rows, strict=True)]),
            "category": pa.array([row[0] for row in rows]),
            "subcategory": pa.array([row[1] for row in rows]),
            "unit_cost": decimals(cost_cents, 12, 2),
            "list_price": decimals(price_cents, 12, 2),
        }
    )
    category = np.array([list(names.CATALOGUE).index(row[0]) for row in rows])
    return Products(table, cost_cents, price_cents, share, category)


def make_stores(last_day: int) -> Stores:
    """12 stores; ten are open throughout, two open during the three years."""
    opened = np.array([last_day - round(years * YEAR) for _, _, _, years, _ in names.STORES], dtype=np.int64)
    table = pa.table(
        {
            "store_id": pa.array(np.arange(1, len(opened) + 1)),
            "store_name": pa.array([row[0] for row in names.STORES]),
            "city": pa.array([row[1] for row in names.STORES]),
            "region": pa.array([row[2] for row in names.STORES]),
            "opened_on": dates(opened),
        }
    )
    return Stores(table, opened, np.array([row[4] for row in names.STORES]))


def make_employees(seed: int, stores: Stores, last_day: int) -> Employees:
    """A manager a store from its opening day, the others hired later."""
    rng = np.random.default_rng([seed, 4])
    count = len(stores.opened)
    extra = rng.choice(count, EMPLOYEES - count, p=stores.share / stores.share.sum())
    store = np.concatenate([np.arange(count), extra])
    start = stores.opened[store]
    hired = start + (rng.random(EMPLOYEES) * (last_day - 30 - start)).astype(np.int64)
    hired[:count] = stores.opened
    order = np.lexsort((hired, store))
    manager = order < count
    title = rng.choice(len(names.JOB_TITLES), EMPLOYEES, p=(0.5, 0.2, 0.15, 0.15))
    people = [f"{first} {last}" for last in names.LAST_NAMES for first in names.FIRST_NAMES]
    person = rng.choice(len(people), EMPLOYEES, replace=False)
    table = pa.table(
        {
            "employee_id": pa.array(np.arange(1, EMPLOYEES + 1)),
            "employee_name": texts(people, person),
            "store_id": pa.array(store[order] + 1),
            "job_title": texts(("Store Manager", *names.JOB_TITLES), np.where(manager, 0, title + 1).astype(np.int64)),
            "hired_on": dates(hired[order]),
        }
    )
    return Employees(table, store[order], hired[order])
