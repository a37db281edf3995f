"""Other people's text never becomes markup."""

from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from components.escaping import plain, rich

PARSER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
FORBIDDEN = {"link_open", "image", "html_inline", "html_block", "heading_open", "hr", "fence", "code_block"}


def tokens(markdown: str) -> set[str]:
    """Every kind of token in a parsed text, inline ones too."""
    return {kind for block in PARSER.parse(markdown) for kind in (block.type, *(t.type for t in block.children or ()))}


def shown(markdown: str) -> str:
    """The text of a parsed Markdown, without its markup."""
    return "".join(t.content for block in PARSER.parse(markdown) for t in block.children or () if t.content)


def test_link_is_shown_as_label_and_address_that_cannot_be_followed() -> None:
    assert rich("See [the page](http://evil.example/x).") == "See the page `http://evil.example/x`\\."


def test_image_never_reaches_the_page() -> None:
    assert tokens(rich("![pixel](https://evil.example/i.png)")).isdisjoint(FORBIDDEN)


def test_html_is_shown_as_text() -> None:
    assert shown(rich("<img src=x onerror=alert(1)>")) == "<img src=x onerror=alert(1)>"


def test_lists_bold_and_code_are_kept() -> None:
    kinds = tokens(rich("- **one**\n- `two`\n\n1) three"))
    assert {"bullet_list_open", "ordered_list_open", "strong_open", "code_inline"} <= kinds


def test_heading_becomes_a_bold_line() -> None:
    assert rich("## Data export") == "**Data export**\n"


def test_formula_and_directive_signs_are_escaped() -> None:
    assert plain("$a$ :red[x] :material/home:") == r"\$a\$ \:red\[x\] \:material/home\:"


def test_title_stays_on_one_line() -> None:
    assert plain("two\n\n lines") == "two lines"


@given(st.text(max_size=200))
def test_no_text_makes_a_link_image_or_html(text: str) -> None:
    assert tokens(rich(text)).isdisjoint(FORBIDDEN)
    assert tokens(plain(text)).isdisjoint(FORBIDDEN)


@given(st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=60))
def test_plain_shows_every_character(text: str) -> None:
    if "`" not in text:
        assert shown(plain(text)) == text
