"""What counts as right, wrong, asked back and declined."""

from __future__ import annotations

from typing import Any

import pytest

from core.evaluation import Question, mark, same_rows
from core.types import Chart, Option, Response

SALES = (("North", 10.5), ("South", 20))


def question(**changes: Any) -> Question:
    given: dict[str, Any] = {
        "question_id": "q",
        "set_name": "s",
        "text": "sales by region",
        "role": "data_analyst",
        "kind": "answerable",
        "answers": (SALES,),
    }
    return Question(**{**given, **changes})


def answered(*rows: tuple[Any, ...], **changes: Any) -> Response:
    return Response(status="answered", rows=rows, **changes)


def test_rows_may_come_in_any_order_unless_it_was_asked_for() -> None:
    assert same_rows([["South", 20], ["North", 10.5]], SALES, ordered=False)
    assert not same_rows([["South", 20], ["North", 10.5]], SALES, ordered=True)


def test_a_number_that_the_engines_type_rounded_is_the_same_number() -> None:
    average = ((2.963636363636364,),)
    assert same_rows([[2.96364]], average, ordered=False)
    assert not same_rows([[2.96365]], average, ordered=False)
    assert not same_rows([[2.964]], average, ordered=False)
    assert not same_rows([[0.0003]], ((0.000296,),), ordered=False)


def test_further_columns_and_another_order_of_columns_do_no_harm() -> None:
    assert same_rows([[1, "North", 10.5], [2, "South", 20]], SALES, ordered=True)
    assert same_rows([[10.5, "North"], [20, "South"]], SALES, ordered=True)


@pytest.mark.parametrize(
    "rows",
    [
        [["North", 10.5]],
        [["North", 10.6], ["South", 20]],
        [["North", 20], ["South", 10.5]],
        [["North"], ["South"]],
        [["North", 10.5], ["South", None]],
        [["North", True], ["South", 20]],
        [["North", 10.5], ["South", 20], ["West", 1]],
    ],
)
def test_other_rows_are_wrong(rows: list[list[Any]]) -> None:
    assert not same_rows(rows, SALES, ordered=False)


def test_rows_that_tie_in_what_orders_them_may_change_places() -> None:
    expected = (("a", 9), ("b", 5), ("c", 5), ("d", 1))
    assert same_rows([["a", 9], ["c", 5], ["b", 5], ["d", 1]], expected, ordered=True)
    assert not same_rows([["a", 9], ["d", 1], ["b", 5], ["c", 5]], expected, ordered=True)
    assert not same_rows([["b", 5], ["a", 5]], (("a", 5), ("b", 5)), ordered=True)


def test_one_column_does_not_stand_for_two() -> None:
    assert not same_rows([[5, "a"]], [[5, 5]], ordered=False)
    assert same_rows([[5, 5]], [[5, 5]], ordered=False)


def test_values_that_agree_column_by_column_but_not_row_by_row_are_wrong() -> None:
    assert not same_rows([["a", 1], ["b", 2]], [["a", 2], ["b", 1]], ordered=False)


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ("2025-01-01", "2025-01"),
        ("2025-01-01T00:00:00Z", "2025-01-01"),
        ("2025-04-01", 2),
        ("2025-Q2", "2025-04-01"),
        ("Q2 2025", "2025-04-01"),
        ("1996-01-01", 1996),
        ("2024-05-06T07:08:09.000Z", "2024-05-06 07:08:09"),
        ("12.5", 12.5),
    ],
)
def test_dates_and_numbers_may_be_written_in_their_usual_ways(found: str, expected: Any) -> None:
    assert same_rows([[found]], [[expected]], ordered=False)


def test_another_period_is_wrong() -> None:
    assert not same_rows([["2025-04-01"]], [[3]], ordered=False)
    assert not same_rows([["2025-04-02"]], [["2025-04-01"]], ordered=False)
    assert not same_rows([["1996-02-01"]], [[1996]], ordered=False)


def test_a_share_may_be_written_as_a_percentage_and_money_may_not() -> None:
    assert same_rows([["web", 40.21]], [["web", 0.4021]], ordered=False)
    assert not same_rows([["web", 1250.0]], [["web", 12.5]], ordered=False)
    assert not same_rows([[100]], [[1]], ordered=False)


def test_integers_and_decimals_of_one_value_sort_alike() -> None:
    assert same_rows([[9.0, "b"], [10.0, "a"]], [[10, "a"], [9, "b"]], ordered=False)


def test_any_of_several_answers_is_right() -> None:
    both = question(answers=(SALES, ((30.5,),)))
    assert mark(both, answered((30.5,))).verdict == "right"
    assert mark(both, answered((31,))).verdict == "wrong"


def test_a_group_without_a_name_may_be_left_out_where_the_set_says_so() -> None:
    named = (("Consumer", 1), (None, 2))
    assert mark(question(answers=(named,), null_group_optional=True), answered(("Consumer", 1))).verdict == "right"
    assert mark(question(answers=(named,)), answered(("Consumer", 1))).verdict == "wrong"


def test_a_text_is_no_answer_to_a_question_for_figures() -> None:
    found = mark(question(), Response(status="answered", answer="Sales are sums."))
    assert (found.verdict, found.fault) == ("wrong", "no rows, but a text: Sales are sums.")


def test_the_chart_that_was_asked_for_counts() -> None:
    asked = question(chart="line")
    assert mark(asked, answered(*SALES, chart=Chart(kind="line"))).verdict == "right"
    assert mark(asked, answered(*SALES, chart=Chart(kind="bar"))).fault == "drawn as bar instead of line"
    assert mark(asked, answered(*SALES)).verdict == "wrong"


def test_an_answer_that_was_not_given_is_neither_right_nor_wrong() -> None:
    options = (Option(id="1", label="a", question="a"), Option(id="2", label="b", question="b"))
    asked_back = Response(status="needs_clarification", reason="Two readings.", options=options)
    assert mark(question(), asked_back).verdict == "clarified"
    assert mark(question(), Response(status="needs_clarification", reason="Unknown word.")).verdict == "declined"
    assert mark(question(), Response(status="refused", reason="Not allowed.")).verdict == "declined"
    assert mark(question(), Response(status="failed", reason="Broken.")).verdict == "failed"
    assert mark(question(), Response(status="failed", reason="Broken.")).fault == "failed: Broken."


def test_a_question_without_an_answer_is_to_be_declined() -> None:
    none = question(kind="unanswerable", answers=())
    assert mark(none, Response(status="needs_clarification", reason="No such column.")).verdict == "declined"
    assert mark(none, answered((0,))).verdict == "wrong"
    assert mark(none, Response(status="answered", answer="Salaries are high.")).verdict == "wrong"


def test_a_document_may_say_that_there_is_no_answer() -> None:
    none = question(kind="unanswerable", answers=(), or_said="not stored")
    assert mark(none, Response(status="answered", answer="Salaries are not stored.")).verdict == "right"


def test_no_value_at_all_is_right_outside_the_data_and_a_zero_is_not() -> None:
    none = question(kind="unanswerable", answers=(), or_empty=True)
    assert mark(none, answered()).verdict == "right"
    assert mark(none, answered((None,))).verdict == "right"
    assert mark(none, answered((0,))).verdict == "wrong"
    assert mark(none, Response(status="answered", answer="About ten.")).verdict == "wrong"


def test_an_ambiguous_question_is_to_be_asked_back() -> None:
    two = question(kind="ambiguous", answers=(), why="town of the store or of the customer")
    assert mark(two, Response(status="needs_clarification", reason="Which city?")).verdict == "clarified"
    assert mark(two, Response(status="refused", reason="Not allowed.")).verdict == "declined"
    assert mark(two, answered(*SALES)).verdict == "wrong"


def test_a_name_in_two_columns_may_be_told_in_one() -> None:
    names = question(answers=((("Anna", "Bauer", 3), ("Bert", "Conti", 2)),))
    assert mark(names, answered(("Anna Bauer", 3), ("Bert Conti", 2))).verdict == "right"
    assert mark(names, answered(("Bauer Anna", 3), ("Conti Bert", 2))).verdict == "wrong"
    assert mark(names, answered(("Anna Conti", 3), ("Bert Bauer", 2))).verdict == "wrong"
    assert mark(names, answered(("Anna Bauer", 2), ("Bert Conti", 3))).verdict == "wrong"
    assert mark(names, answered(("Anna", 3), ("Bert", 2))).verdict == "wrong"


def test_a_text_and_a_number_are_never_told_in_one() -> None:
    numbered = question(answers=((("Room", 12),),))
    assert mark(numbered, answered(("Room 12",))).verdict == "wrong"
    assert mark(question(answers=((),)), answered(("Anna Bauer",))).verdict == "wrong"
