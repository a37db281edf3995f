"""Charts, tables and files of a result."""

import csv
import io

import pandas as pd
import pytest

from components.charts import alternative_text, can_draw, figure
from components.result import csv_bytes, table_frame
from core.types import Chart, Column, Response, Scalar
from tests.unit.console.responses import NUMBER, TABLE


def result(chart: Chart, columns: tuple[tuple[str, str], ...], rows: tuple[tuple[Scalar, ...], ...]) -> Response:
    named = tuple(Column(name=name, type=kind) for name, kind in columns)
    return TABLE.model_copy(update={"chart": chart, "columns": named, "rows": rows})


MONTHS = result(
    Chart(kind="line", x="month", y=("sales",), series="region"),
    (("month", "DATE"), ("region", "STRING"), ("sales", "DOUBLE")),
    (("2025-01-01", "North", 1.5), ("2025-01-01", "South", 2.5), ("2025-02-01", "North", "NaN")),
)


def test_file_is_what_the_rows_are_and_no_cell_is_a_formula() -> None:
    rows = list(csv.reader(io.StringIO(csv_bytes(TABLE).decode("utf-8-sig"))))
    assert rows == [
        ["customer_name", "sales"],
        ["QUICK-Stop", "110277.05"],
        ["Ernst Handel", "104143.95"],
        ["'=HYPERLINK(1)", ""],
    ]


def test_negative_numbers_are_left_alone_in_the_file() -> None:
    response = TABLE.model_copy(update={"rows": (("a", -5.0), ("-Infinity", None))})
    assert csv_bytes(response).decode("utf-8-sig").splitlines()[1:] == ["a,-5.0", "-Infinity,"]


def test_repeated_column_names_can_still_be_shown() -> None:
    response = result(Chart(kind="none"), (("n", "INT"), ("n", "INT")), ((1, 2),))
    assert list(table_frame(response).columns) == ["n", "n (2)"]


def test_numbers_stay_numbers_and_not_a_number_is_empty() -> None:
    frame = table_frame(MONTHS)
    assert frame["sales"].tolist()[:2] == [1.5, 2.5]
    assert pd.isna(frame["sales"].iloc[2])


def test_ranking_lies_down_and_reads_from_the_top() -> None:
    rows = tuple((f"Customer number {n}", float(n)) for n in range(10))
    response = result(TABLE.chart or Chart(kind="bar"), (("customer_name", "STRING"), ("sales", "DOUBLE")), rows)
    drawing = figure(response)
    assert drawing.data[0].orientation == "h"
    assert list(drawing.data[0].x) == [float(n) for n in range(10)]
    assert drawing.layout.yaxis.autorange == "reversed"


def test_time_stands_up_and_starts_at_zero() -> None:
    rows = tuple((year, 1.0) for year in range(2015, 2026))
    response = result(Chart(kind="bar", x="year", y=("sales",)), (("year", "INT"), ("sales", "DOUBLE")), rows)
    drawing = figure(response)
    assert drawing.data[0].orientation is None
    assert drawing.layout.yaxis.rangemode == "tozero"


def test_series_become_one_line_each() -> None:
    drawing = figure(MONTHS)
    assert [(trace.name, list(trace.y)) for trace in drawing.data] == [("North", [1.5, None]), ("South", [2.5])]
    assert drawing.layout.showlegend


def test_line_runs_along_time_whatever_the_order_of_the_rows() -> None:
    rows = (("2025-03-01", 3.0), ("2025-01-01", 1.0), (None, 9.0), ("2025-02-01", 2.0))
    response = result(Chart(kind="line", x="month", y=("sales",)), (("month", "DATE"), ("sales", "DOUBLE")), rows)
    assert list(figure(response).data[0].y) == [1.0, 2.0, 3.0, 9.0]


def test_stacked_bars_carry_no_values_of_their_parts() -> None:
    chart = Chart(kind="bar", x="region", y=("sales",), series="channel")
    rows = (("South", "web", 2.0), ("South", "store", 3.0), ("North", "web", 1.0))
    drawing = figure(result(chart, (("region", "STRING"), ("channel", "STRING"), ("sales", "DOUBLE")), rows))
    assert drawing.layout.barmode == "stack"
    assert [trace.text for trace in drawing.data] == [None, None]
    assert drawing.layout.yaxis.title.text == "sales"


@pytest.mark.parametrize("kind", ["bar", "line", "area", "scatter", "pie"])
def test_every_kind_draws(kind: str) -> None:
    chart = Chart(kind=kind, x="customer_name", y=("sales",))  # type: ignore[arg-type]
    drawing = figure(TABLE.model_copy(update={"chart": chart}))
    assert len(drawing.data) == 1


@pytest.mark.parametrize(
    "change",
    [
        {"chart": None},
        {"chart": Chart(kind="none")},
        {"chart": Chart(kind="bar", x="missing", y=("sales",))},
        {"chart": Chart(kind="bar", x="customer_name", y=())},
        {"rows": ()},
        {"rows": None},
    ],
)
def test_what_cannot_be_drawn_is_not(change: dict[str, object]) -> None:
    assert not can_draw(TABLE.model_copy(update=change))


def test_chart_has_a_sentence_for_those_who_do_not_see_it() -> None:
    assert alternative_text(TABLE) == "bar chart of sales by customer name, 3 rows. First: QUICK-Stop, 110,277.05."
    assert not can_draw(NUMBER)
