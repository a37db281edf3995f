"""Four small databases that the rules of the language are tried on; they were made up after the rules."""

from __future__ import annotations

Tables = dict[str, tuple[str, str]]
"""Table -> (its columns, its rows)."""

LODGING: Tables = {
    "hotels": (
        "hotel_id BIGINT, hotel_name STRING, country STRING, opened_on DATE",
        """(1, 'Alpenhof', 'Austria', DATE'1999-05-01'), (2, 'Marina', 'Spain', DATE'1985-02-01'),
        (3, 'Playa', 'Spain', DATE'2010-03-01'), (4, 'Empty Inn', 'Austria', DATE'2026-01-01')""",
    ),
    "guests": (
        "guest_id BIGINT, first_name STRING, last_name STRING, country_code STRING, gender STRING, signup_date DATE,"
        " phone_number STRING",
        """(1, 'Anna', 'Bauer', 'AT', 'F', DATE'2024-01-05', '111'),
        (2, 'Bert', 'Conti', 'IT', 'M', DATE'2024-07-05', '222'),
        (3, 'Cleo', 'Dahl', 'NO', 'F', DATE'2025-01-05', '333'),
        (4, 'Dan', 'Ek', 'AT', 'M', DATE'2025-01-05', '444')""",
    ),
    "bookings": (
        "booking_id BIGINT, guest_id BIGINT, hotel_id BIGINT, booked_on DATE, check_in_date DATE, check_out_date DATE,"
        " children INT, status STRING, booking_amount DOUBLE",
        """(10, 1, 1, DATE'2024-03-01', DATE'2024-06-01', DATE'2024-06-05', 0, 'completed', 400),
        (11, 1, 2, DATE'2025-03-01', DATE'2025-04-10', DATE'2025-04-12', 1, 'completed', 200),
        (12, 2, 1, DATE'2025-03-15', DATE'2025-06-01', DATE'2025-06-08', 0, 'cancelled', 700),
        (13, 2, 3, DATE'2024-11-01', DATE'2025-01-02', DATE'2025-01-05', 2, 'completed', 300),
        (14, 3, 2, DATE'2025-11-20', DATE'2026-01-05', DATE'2026-01-06', 0, 'completed', 100)""",
    ),
    "payments": (
        "payment_id BIGINT, booking_id BIGINT, payment_date DATE, amount DOUBLE, method STRING",
        """(1, 10, DATE'2024-06-05', 400, 'card'), (2, 11, DATE'2025-04-12', 150, 'cash'),
        (3, 11, DATE'2025-04-13', 50, 'card'), (4, 13, DATE'2025-01-05', 300, 'card')""",
    ),
}
PLANT: Tables = {
    "machines": (
        "machine_id BIGINT, machine_name STRING, maker STRING, installed_on DATE, retired_on DATE",
        """(1, 'Press A', 'Krupa', DATE'2010-01-01', DATE'2024-05-01'),
        (2, 'Press B', 'Krupa', DATE'2015-01-01', NULL), (3, 'Lathe', 'Vell', DATE'2018-01-01', DATE'2025-05-01'),
        (4, 'Oven', NULL, DATE'2020-01-01', NULL)""",
    ),
    "work_orders": (
        "work_order_id BIGINT, machine_id BIGINT, opened_at TIMESTAMP, closed_at TIMESTAMP, priority STRING",
        """(1, 1, TIMESTAMP'2025-01-01 08:00:00', TIMESTAMP'2025-01-01 20:00:00', 'high'),
        (2, 1, TIMESTAMP'2025-01-20 08:00:00', TIMESTAMP'2025-02-01 08:00:00', 'low'),
        (3, 2, TIMESTAMP'2025-02-01 08:00:00', NULL, 'high'),
        (4, 3, TIMESTAMP'2024-02-01 08:00:00', TIMESTAMP'2024-02-03 08:00:00', 'high')""",
    ),
    "parts": (
        "part_id BIGINT, part_name STRING, list_price DOUBLE, unit_cost DOUBLE, minimum_stock INT",
        "(1, 'Bolt', 2.0, 1.0, 3), (2, 'Belt', 20.0, 25.0, 4), (3, 'Gear', 50.0, NULL, 5), (4, 'Seal', 7.0, 7.0, 6)",
    ),
}
STAFF: Tables = {
    "departments": (
        "dept_id BIGINT, dept_name STRING, budget DOUBLE, city STRING",
        "(1, 'Sales', 1000, 'Graz'), (2, 'Plant', 5000, 'Linz'), (3, 'Legal', 300, 'Graz')",
    ),
    "employees": (
        "emp_id BIGINT, first_name STRING, last_name STRING, gndr STRING, dept_id BIGINT, hire_dt DATE,"
        " salary_amt DOUBLE, is_remote_flg BOOLEAN, mgr_emp_id BIGINT, birth_year INT, ctry_cd STRING",
        """(1, 'Ann', 'Roe', 'F', 1, DATE'2019-01-01', 100, true, NULL, 1980, 'AT'),
        (2, 'Bob', 'Poe', 'M', 1, DATE'2020-01-01', 80, false, 1, 1990, 'DE'),
        (3, 'Cat', 'Moe', 'F', 2, DATE'2021-06-01', 60, false, 1, 1970, 'AT'),
        (4, 'Don', 'Loe', 'M', 2, DATE'2024-06-01', 50, true, 3, 2000, 'IT')""",
    ),
    "projects": (
        "proj_id BIGINT, proj_name STRING, dept_id BIGINT, start_dt DATE, end_dt DATE",
        "(1, 'Alpha', 1, DATE'2025-01-01', DATE'2025-03-01'), (2, 'Beta', 2, DATE'2025-02-01', NULL)",
    ),
}
TRADE: Tables = {
    "customers": (
        "customer_id BIGINT, customer_name STRING, segment STRING, country STRING, joined_on DATE",
        """(1, 'Acme', 'Corporate', 'US', DATE'2023-01-01'), (2, 'Bixby', 'Consumer', 'IN', DATE'2023-06-01'),
        (3, 'Cora', 'Consumer', 'AT', DATE'2024-01-01'), (4, 'Dune', 'Corporate', 'US', DATE'2025-01-01')""",
    ),
    "products": (
        "product_id BIGINT, product_name STRING, category STRING, list_price DOUBLE",
        """(1, 'Tent', 'Camping', 100), (2, 'Stove', 'Camping', 50), (3, 'Kayak', 'Water', 500),
        (4, 'Paddle', 'Water', 40)""",
    ),
    "orders": (
        "order_id BIGINT, customer_id BIGINT, order_date DATE, required_date DATE, shipped_date DATE, status STRING",
        """(1, 1, DATE'2024-01-05', DATE'2024-01-10', DATE'2024-01-12', 'shipped'),
        (2, 1, DATE'2025-01-05', DATE'2025-01-10', DATE'2025-01-08', 'shipped'),
        (3, 2, DATE'2025-02-05', DATE'2025-02-10', NULL, 'cancelled'),
        (4, 3, DATE'2025-03-05', DATE'2025-03-10', DATE'2025-03-10', 'shipped'),
        (5, 2, DATE'2024-05-05', DATE'2024-05-10', DATE'2024-05-20', 'shipped'),
        (6, 2, DATE'2024-06-05', DATE'2024-06-10', DATE'2024-06-08', 'shipped')""",
    ),
    "order_lines": (
        "line_id BIGINT, order_id BIGINT, product_id BIGINT, quantity INT, unit_price DOUBLE",
        """(1, 1, 1, 1, 100), (2, 1, 2, 2, 50), (3, 2, 1, 1, 90), (4, 3, 3, 1, 500), (5, 4, 2, 1, 45),
        (6, 5, 1, 1, 100), (7, 6, 2, 3, 50)""",
    ),
}
DATABASES: dict[str, Tables] = {"lodging": LODGING, "plant": PLANT, "staff": STAFF, "trade": TRADE}
