"""Markdown, MDX and text to blocks under their heading paths, then to chunks and quotable sentences."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import KnowledgeError
from core.knowledge.chunking import chunk
from core.knowledge.document import Block, narrowed, split_front_matter
from core.knowledge.options import ChunkOptions
from core.knowledge.parsing import parse_document, parse_markdown, parse_mdx, parse_text
from core.knowledge.sentences import split_sentences
from core.knowledge.statements import statements


def test_blocks_know_their_heading_path() -> None:
    blocks = parse_markdown("# A\n\nOne.\n\n## B\n\nTwo\nlines.\n\n### C\n\n- x\n- y\n\n## D\n\nThree.\n")
    assert blocks == (
        Block("paragraph", "One.", ("A",)),
        Block("paragraph", "Two lines.", ("A", "B")),
        Block("list", "- x\n- y", ("A", "B", "C")),
        Block("paragraph", "Three.", ("A", "D")),
    )


def test_underlined_headings_count() -> None:
    assert parse_markdown("Title\n=====\n\nPart\n----\n\nText.\n") == (Block("paragraph", "Text.", ("Title", "Part")),)


def test_code_and_tables_are_blocks_of_their_own() -> None:
    blocks = parse_markdown("Text:\n\n```sql\n# not a heading\nSELECT 1\n```\n| a | b |\n|---|---|\n| 1 | `x` |\n")
    assert [block.kind for block in blocks] == ["paragraph", "code", "table"]
    assert blocks[1].text == "```sql\n# not a heading\nSELECT 1\n```"
    assert blocks[2].text == "| a | b |\n| 1 | x |"


def test_an_unclosed_fence_ends_with_the_document() -> None:
    assert parse_markdown("```\nleft open")[0].text == "```\nleft open\n```"


def test_a_table_of_contents_is_left_out() -> None:
    assert parse_markdown("- [One](#one)\n- [Two](#two)\n\n- A [link](#x) in words\n") != ()
    assert parse_markdown("- [One](#one)\n- [Two](#two)\n") == ()


def test_loose_lists_stay_together() -> None:
    assert parse_markdown("1. One\n\n2. Two\n   goes on\n\nAfter.\n") == (
        Block("list", "1. One\n2. Two goes on"),
        Block("paragraph", "After."),
    )


def test_mdx_loses_imports_and_elements_and_keeps_their_text() -> None:
    text = (
        'import Tabs from \'./tabs\'\nexport const a = 1\n\n<Info title="Important!" level="warning">\n'
        "Keep this.\n</Info>\n\n"
        '<CodeTabs>\n\n```python\nimport os\n```\n\n</CodeTabs>\n\n<Image\n  src={logo}\n  alt="x"\n/>\n\nEnd.\n'
    )
    assert [block.text for block in parse_mdx(text)] == [
        "Important:",
        "Keep this.",
        "```python\nimport os\n```",
        "End.",
    ]


def test_text_is_paragraphs() -> None:
    assert parse_text("One\nline.\n\n\nTwo.") == (Block("paragraph", "One line."), Block("paragraph", "Two."))


def test_the_title_comes_from_front_matter_then_heading_then_name() -> None:
    path = PurePosixPath("data/night_load.md")
    assert parse_document("---\ntitle: 'A: b'\n---\n# H\n\nText.", path).title == "A: b"
    assert parse_document("# H\n\nText.", path).title == "H"
    assert parse_document("Text.", path).title == "Night load"


def test_a_heading_that_repeats_the_title_is_not_in_the_path() -> None:
    assert parse_document("# Tea\n\n## When\n\nAt four.", PurePosixPath("tea.md")).blocks == (
        Block("paragraph", "At four.", ("When",)),
    )


def test_front_matter_without_readers_may_be_broken() -> None:
    matter, body = split_front_matter("---\ntitle: [open\n---\nText.")
    assert (matter.title, matter.readers, body) == (None, None, "Text.")


def test_readers_may_be_a_list_or_a_line() -> None:
    assert split_front_matter("---\nreaders: [admin]\n---\n")[0].readers == {"admin"}
    assert split_front_matter("---\nReaders: admin, data_engineer\n---\n")[0].readers == {"admin", "data_engineer"}
    with pytest.raises(KnowledgeError):
        split_front_matter("---\nreaders: 7\n---\n")


roles = st.frozensets(st.sampled_from(["admin", "data_engineer", "data_analyst"]), min_size=1)


@given(own=st.none() | roles, given_to=st.none() | roles)
def test_readers_are_never_wider_than_what_the_folder_was_loaded_for(
    own: frozenset[str] | None, given_to: frozenset[str] | None
) -> None:
    readers = narrowed(own, given_to)
    if given_to is not None:
        assert readers is not None
        assert readers <= given_to
    else:
        assert readers == own


def chunks_of(text: str, **options: int) -> tuple[str, ...]:
    parsed = parse_document(text, PurePosixPath("page.md"))
    return tuple(piece.text for piece in chunk(parsed, ChunkOptions(**options)))


def test_a_section_is_never_mixed_with_the_next() -> None:
    assert chunks_of("# T\n\n## A\n\nOne.\n\nTwo.\n\n## B\n\nThree.\n") == ("One.\n\nTwo.", "Three.")


def test_long_sections_are_cut_between_paragraphs_and_long_paragraphs_between_sentences() -> None:
    sentence = "This sentence has about fifty characters in total. "
    pieces = chunks_of(f"{sentence * 4}\n\n{sentence * 10}", target_characters=260)
    assert all(len(piece) <= 260 for piece in pieces)
    assert all(piece.endswith("total.") for piece in pieces)


def test_a_table_stays_whole_and_when_too_long_repeats_its_header() -> None:
    row = "| a value that fills the row quite well | another one |\n"
    table = "| First | Second |\n|---|---|\n" + row * 20
    assert len(chunks_of(table)) == 1
    pieces = chunks_of(table, target_characters=300, longest_block=400)
    assert len(pieces) > 1
    assert all(piece.startswith("| First | Second |\n") for piece in pieces)


@given(st.text(min_size=1, max_size=400), st.integers(200, 400))
def test_no_chunk_is_longer_than_twice_its_target(text: str, target: int) -> None:
    assert all(len(piece) <= 2 * target for piece in chunks_of(text * 8, target_characters=target, longest_block=400))


def test_abbreviations_and_decimals_end_no_sentence() -> None:
    assert split_sentences("It costs 0.38 euros, e.g. For cars. See Fig. 3 too! Done") == [
        "It costs 0.38 euros, e.g. For cars.",
        "See Fig. 3 too!",
        "Done",
    ]


def quotable(passage: str) -> tuple[str, ...]:
    return tuple(statement.text for statement in statements(passage))


def test_rows_and_items_can_be_quoted() -> None:
    assert quotable("| Data | Kept for |\n| Orders | 10 years |") == ("Orders: 10 years.",)
    assert quotable("| Data | Type | How often | Kept for |\n| WAL | text | daily | 7 days |") == (
        "WAL – How often: daily; Kept for: 7 days.",
    )
    assert quotable("Two kinds exist:\n\n- red ones.\n- blue ones for rain.") == (
        "Two kinds exist: red ones; blue ones for rain.",
        "blue ones for rain.",
    )


def test_questions_code_and_scraps_are_not_quoted() -> None:
    assert quotable("Who is it?\n\n```\ncode here\n```\n\nNote\n\nYes. It is the harbour master.") == (
        "Yes. It is the harbour master.",
    )


def test_plain_text_is_divided_by_what_a_reader_takes_for_headings() -> None:
    text = (
        "HOUSE RULES\n\n1. Keys\nKeys are kept at the desk.\n\nQuiet hours\n\nFrom ten to seven.\n\n"
        "Q: Who has a spare key?\nA: The caretaker.\n"
    )
    document = parse_document(text, PurePosixPath("rules.txt"))
    assert document.title == "House rules"
    assert [(block.headings, block.text) for block in document.blocks] == [
        (("Keys",), "Keys are kept at the desk."),
        (("Keys", "Quiet hours"), "From ten to seven."),
        (("Keys", "Quiet hours", "Who has a spare key?"), "The caretaker."),
    ]


def test_bold_lines_and_questions_on_a_line_of_their_own_are_headings_of_markdown() -> None:
    text = "# Lamps\n\n**How far may a lamp be?**\n\nUp to 30 metres.\n\nCan I dim it?\n\nYes, by the app.\n"
    document = parse_document(text, PurePosixPath("lamps.md"))
    assert [(block.headings, block.text) for block in document.blocks] == [
        (("How far may a lamp be?",), "Up to 30 metres."),
        (("Can I dim it?",), "Yes, by the app."),
    ]


def test_the_first_of_several_headings_is_no_title() -> None:
    document = parse_document("## Delivery\n\nTwo days.\n\n## Returns\n\nA month.\n", PurePosixPath("shop_terms.md"))
    assert document.title == "Shop terms"
    assert {block.headings for block in document.blocks} == {("Delivery",), ("Returns",)}


def test_indented_code_is_code_without_its_indentation() -> None:
    document = parse_document("# Key\n\nRun:\n\n    key rm old\n    key ls\n\nDone.\n", PurePosixPath("key.md"))
    assert [block.text for block in document.blocks] == ["Run:", "```\nkey rm old\nkey ls\n```", "Done."]
