"""Times between two dates of a row: which pairs, in which unit, under which names."""

from __future__ import annotations

from core.semantic.draft.durations import durations
from core.semantic.draft.fields import FieldDraft
from core.semantic.draft.naming import Naming
from core.semantic.draft.profile import TableProfile
from core.semantic.model import FieldType


def drafted(table: str, columns: list[str], kind: FieldType = "date") -> list[FieldDraft]:
    naming = Naming([table], columns)
    fields = [
        FieldDraft(column, naming.words(column), f"{{alias}}.`{column}`", kind, False, (), None) for column in columns
    ]
    return durations(TableProfile(table, f"main.s.{table}"), fields, naming)


def test_days_between_dates_and_hours_between_moments() -> None:
    (days,) = drafted("stays", ["check_in_date", "check_out_date"])
    assert days.expr == "DATEDIFF({alias}.`check_out_date`, {alias}.`check_in_date`)"
    assert (days.words, days.type) == (("duration",), "integer")
    assert {"nights", "length of stay", "days between check in date and check out date"} <= set(days.synonyms)
    (hours,) = drafted("tickets", ["opened_at", "closed_at"], "timestamp")
    assert hours.expr == "CAST(TIMESTAMPDIFF(SECOND, {alias}.`opened_at`, {alias}.`closed_at`) AS DOUBLE) / 3600"
    assert {"hours to close", "time to close", "closing time", "ticket duration"} <= set(hours.synonyms)
    assert not any("days" in text or "night" in text for text in hours.synonyms)


def test_several_pairs_are_named_by_their_dates_and_none_of_them_is_the_duration() -> None:
    shipped, delivered = drafted("orders", ["order_date", "shipped_date", "delivered_date"])
    assert shipped.words == ("days", "from", "order", "date", "to", "shipped", "date")
    assert "shipping time" in shipped.synonyms
    assert "delivery time" in delivered.synonyms
    assert not any("order duration" in each.synonyms for each in (shipped, delivered))


def test_guests_arrive_and_depart_and_trains_depart_and_arrive() -> None:
    (stay,) = drafted("visits", ["arrival_date", "departure_date"])
    assert stay.expr == "DATEDIFF({alias}.`departure_date`, {alias}.`arrival_date`)"
    (ride,) = drafted("rides", ["departure_time", "arrival_time"], "timestamp")
    assert "{alias}.`departure_time`, {alias}.`arrival_time`" in ride.expr
    assert "nights" not in ride.synonyms


def test_a_name_that_the_schema_has_is_left_to_it() -> None:
    (days,) = drafted("stays", ["check_in_date", "check_out_date", "duration", "nights"])
    assert days.words[0] == "days"
    assert not {"duration", "nights"} & set(days.synonyms)


def test_dates_that_begin_and_end_nothing_make_no_duration() -> None:
    assert drafted("people", ["birth_date", "hire_date"]) == []
    assert drafted("lines", ["start_date", "start_on", "end_date"]) == []  # which beginning?
    assert drafted("notes", ["closed_at"]) == []
