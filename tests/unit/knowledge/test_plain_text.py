"""Nothing that is shown from a document can open a link, load an image or carry HTML."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from core.knowledge.plain_text import plain, plain_code

ACTIVE = re.compile(r"https?:/|ftp:/|javascript:|\]\(|!\[[^\]]*\]\(|<[A-Za-z/!]", re.IGNORECASE)


@pytest.mark.parametrize(
    ("marked", "shown"),
    [
        ("See [the page](https://evil.example/a) now.", "See the page now."),
        ("![logo](https://evil.example/x.png) Text", "logo Text"),
        ("[![badge](https://a.example/b.svg)](https://a.example)", "badge"),
        ("Read <https://evil.example> first", "Read  first"),
        ("<img src='https://evil.example/x.png'>Hello", "Hello"),
        ("A <script>alert(1)</script> B", "A   B"),
        ("Visit https://www.evil.example/path today", "Visit evil.example/path today"),
        ("&lt;img src=x onerror=alert(1)&gt;", ""),
        ("**Bold** and _soft_ and `code_name`", "Bold and soft and code_name"),
        ("The is_duplicate and net_amount columns", "The is_duplicate and net_amount columns"),
        ("[click](javascript:alert(1))", "click"),
        ("[text][ref] and [ref]: https://evil.example", "text and [ref]: evil.example"),
        ("5 < 6 and 7 > 3", "5 < 6 and 7 > 3"),
        ("`spark.<scheme>.impl`", "spark.‹scheme›.impl"),
        ("right\u202eleft", "rightleft"),
    ],
)
def test_markup_is_gone_and_words_stay(marked: str, shown: str) -> None:
    assert plain(marked) == shown


markup = st.lists(
    st.sampled_from(
        ["[", "]", "(", ")", "!", "<", ">", "a", "img src=x", "https://evil.example", "javascript:", "`", "*", "_",
         "&lt;", "&#60;", "\\", "\n", " ", "<!--", "-->", "www.", "/"]
    ),
    max_size=25,
).map("".join)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(markup)
@example("[[a](b)](https://evil.example)")
@example("!<b></b>[a](https://evil.example)")
@example("hthttps://tps://evil.example")
@example("<<b>img src=x>")
def test_no_mixture_of_markup_leaves_anything_active(text: str) -> None:
    assert not ACTIVE.search(plain(text)), plain(text)


def test_code_keeps_its_text_but_cannot_leave_its_fence() -> None:
    assert plain_code("SELECT a < b\n```\n![x](https://evil.example)") == (
        "SELECT a < b\n\n! [x](https://evil.example)"
    )
