"""The demo company, Harbour & Pine: three years of a home and outdoor retailer, made from (seed, end_date).

The same two values always give the same tables. Planted defects: about 0.6 % of the lines are recorded twice
(`is_duplicate`), about 7 % of the deliveries are late, about 3 % of the customers have no segment, and the
reports of one store (`names.DISAGREEING_STORE`) are 4-9 % above its orders in the last 12 closed months.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import pyarrow as pa

from demo import dimensions, plans, sales
from demo.columns import EPOCH, day_number

SEED = 7
MONTHS = 36


def generate(seed: int, end_date: date) -> Mapping[str, pa.Table]:
    """All tables by name; orders run from the first of the month 35 months back up to `end_date` itself."""
    first_day, last_day = day_number(_first_of_month(end_date, MONTHS - 1)), day_number(end_date)
    customers = dimensions.make_customers(seed, first_day, last_day)
    products = dimensions.make_products(seed)
    stores = dimensions.make_stores(last_day)
    employees = dimensions.make_employees(seed, stores, last_day)
    orders = sales.make_orders(seed, (first_day, last_day), customers, stores, employees)
    lines = sales.make_lines(seed, orders, products, customers)
    months = plans.months_of(first_day, last_day)
    monthly = plans.sales_by_store_and_month(orders, lines, months, len(stores.opened))
    return {
        "customers": customers.table,
        "products": products.table,
        "stores": stores.table,
        "employees": employees.table,
        "orders": orders.table,
        "order_lines": lines.table,
        "returns": sales.make_returns(seed, orders, lines, last_day),
        "targets": plans.make_targets(seed, monthly, months, stores),
        "store_reports": plans.make_store_reports(seed, monthly, months, stores, last_day),
    }


def _first_of_month(day: date, months_back: int) -> date:
    month = day.year * 12 + day.month - 1 - months_back
    return max(EPOCH, date(month // 12, month % 12 + 1, 1))
