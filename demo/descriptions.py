"""What the demo tables and columns mean and how they refer to one another; said once, shown as comments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Description:
    """A table in words; `refers` maps a column to the table whose column of the same name it points to."""

    comment: str
    primary_key: str
    columns: Mapping[str, str]
    refers: Mapping[str, str] = field(default_factory=dict)


DESCRIPTIONS: Mapping[str, Description] = {
    "customers": Description(
        "People and firms that have signed up to buy from us; one row a customer.",
        "customer_id",
        {
            "customer_id": "Number of the customer.",
            "customer_name": "Name of the person or firm.",
            "segment": "Consumer, Corporate or Home Office; empty for about 3 % (known gap of the sign-up form).",
            "city": "Town the customer lives or works in.",
            "country": "Country of that town.",
            "signup_date": "Day on which the customer signed up.",
        },
    ),
    "products": Description(
        "What we sell; one row a product.",
        "product_id",
        {
            "product_id": "Number of the product.",
            "product_name": "Collection and name.",
            "category": "Furniture, Kitchen, Garden, Lighting, Textiles or Outdoor.",
            "subcategory": "Finer group inside the category.",
            "unit_cost": "What one unit costs us, in euros.",
            "list_price": "Today's price of one unit before any discount, in euros.",
        },
    ),
    "stores": Description(
        "Our shops; web and phone orders are booked to the shop that packs them.",
        "store_id",
        {
            "store_id": "Number of the store.",
            "store_name": "Name of the store.",
            "city": "Town the store is in.",
            "region": "Sales region: North, South, East or West.",
            "opened_on": "Day on which it opened.",
        },
    ),
    "employees": Description(
        "People who work in the stores; one row an employee.",
        "employee_id",
        {
            "employee_id": "Number of the employee.",
            "employee_name": "First and last name.",
            "store_id": "Store in which the employee works.",
            "job_title": "Position.",
            "hired_on": "First day of work.",
        },
        {"store_id": "stores"},
    ),
    "orders": Description(
        "One row an order of a customer, whatever its status.",
        "order_id",
        {
            "order_id": "Number of the order.",
            "customer_id": "Who ordered.",
            "store_id": "Store that the order is booked to.",
            "employee_id": "Employee who took or packed the order.",
            "order_date": "Day of the order.",
            "channel": "How it was placed: store, web or phone.",
            "status": "completed, shipped (on its way) or cancelled; cancelled orders count in no figure.",
            "promised_date": "Day by which delivery was promised.",
            "delivered_date": "Day of delivery; empty until it arrives. Later than promised: a late order.",
        },
        {"customer_id": "customers", "store_id": "stores", "employee_id": "employees"},
    ),
    "order_lines": Description(
        "One row a product in an order; about 0.6 % were recorded twice and are flagged.",
        "line_id",
        {
            "line_id": "Number of the line.",
            "order_id": "Order that the line belongs to.",
            "product_id": "Product sold.",
            "quantity": "Units sold.",
            "unit_price": "Price of one unit on that day before discount, in euros.",
            "discount": "Share taken off, 0.1000 being ten per cent.",
            "net_amount": "quantity x unit_price x (1 - discount), in euros, before returns.",
            "is_duplicate": "True when the line repeats the one before it by mistake; such lines count in no figure.",
        },
        {"order_id": "orders", "product_id": "products"},
    ),
    "returns": Description(
        "Goods that came back; at most one row an order line.",
        "return_id",
        {
            "return_id": "Number of the return.",
            "line_id": "Order line that came back.",
            "return_date": "Day on which it came back.",
            "quantity": "Units that came back.",
            "refund_amount": "Money given back, in euros.",
            "reason": "Damaged, Wrong item, Changed mind, Arrived late or Not as described.",
        },
        {"line_id": "order_lines"},
    ),
    "targets": Description(
        "Sales that head office expects of each store in each month.",
        "target_id",
        {
            "target_id": "Number of the target.",
            "store_id": "Store it is set for.",
            "month": "First day of the month.",
            "sales_target": "Expected sales of the month, in euros.",
        },
        {"store_id": "stores"},
    ),
    "store_reports": Description(
        "Monthly sales as the stores report them by hand; one store's recent reports exceed its orders.",
        "report_id",
        {
            "report_id": "Number of the report.",
            "store_id": "Store that reports.",
            "month": "First day of the month reported on.",
            "reported_sales": "Sales as reported, in euros; compare with the sales of the orders.",
        },
        {"store_id": "stores"},
    ),
}
