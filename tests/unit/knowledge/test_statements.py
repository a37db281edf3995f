"""What can be quoted from a passage: sentences with the code that follows, whole steps, readable rows."""

from __future__ import annotations

from core.knowledge.statements import Statement, shortened, statements

STEPS = (
    "To renew by hand:\n\n1. Open the console.\n2. Delete the old key:\n\n"
    "```bash\nkey rm old\n\nkey ls\n```\n\n3. Restart."
)


def of_form(passage: str, form: str) -> list[Statement]:
    return [statement for statement in statements(passage) if statement.form == form]


def test_a_sentence_carries_the_code_that_follows_it() -> None:
    found = statements("Tables are compacted. Run this statement:\n\n```sql\nOPTIMIZE events\n```")
    assert [(item.text, item.code) for item in found] == [
        ("Tables are compacted.", ""),
        ("Run this statement:", "```sql\nOPTIMIZE events\n```"),
    ]


def test_code_that_nothing_introduces_stands_under_its_heading() -> None:
    (found,) = statements("```\nkey expiry\n```", "Check the expiry")
    assert (found.text, found.code) == ("Check the expiry:", "```\nkey expiry\n```")
    assert statements("```\nkey expiry\n```") == ()


def test_steps_are_quoted_whole_with_introduction_and_code() -> None:
    (steps,) = of_form(STEPS, "steps")
    assert steps.text == (
        "To renew by hand:\n1. Open the console.\n2. Delete the old key:\n"
        "```bash\nkey rm old\n\nkey ls\n```\n3. Restart."
    )


def test_a_list_that_tells_no_way_is_no_steps() -> None:
    assert of_form("Three sizes exist:\n\n- small ones.\n- middle ones.\n- large ones.", "steps") == []


def test_code_is_shortened_to_its_first_stanzas_and_dropped_when_none_fits() -> None:
    stanza = "x" * 400
    assert shortened(f"```py\n{stanza}\n\n{stanza}\n```") == f"```py\n{stanza}\n```"
    assert shortened(f"```py\n{'y' * 2_000}\n```") == ""


def test_a_row_begins_with_its_subject_and_tells_values_before_descriptions() -> None:
    description = (
        "How long the log is kept. " + "It is cleaned when a checkpoint is written and nobody reads it any more. " * 3
    )
    (row, *rest) = statements(
        f"| Property | Description | Data type | Default |\n| log.days | {description}| Int | 30 |"
    )
    assert row.text.startswith("log.days – Default: 30; Description: How long the log is kept. It is cleaned")
    assert "Int" not in row.text
    assert [item.form for item in rest] == ["row"] * len(rest)
    assert all(item.text.startswith("log.days: ") for item in rest)


def test_pointers_and_sentences_about_the_page_are_not_quoted() -> None:
    assert statements("For details, see the manual. This section describes the methods. See also page 4.") == ()
