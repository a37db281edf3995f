"""Plain text to blocks: what a reader takes for headings, questions and lists, without any markup.

A line is a heading when it stands alone and short before running text, is underlined, written in capitals, numbered,
or a question.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from core.knowledge.document import Block
from core.knowledge.plain_text import plain

_ITEM = re.compile(r"^\s*(?:[-*•]|\d{1,3}[.)])\s+")
_UNDERLINE = re.compile(r"^\s*(?:={3,}|-{3,}|~{3,}|\*{3,})\s*$")
_NUMBERED = re.compile(r"^\s*(?:(?:section|article|chapter)\s+)?\d+(?:\.\d+)*[.):]?\s+(?=[A-Z])", re.IGNORECASE)
_ASKED = re.compile(r"^\s*(?:Q(?:uestion)?\s*\d*\s*[:.)]\s*)(.+)$")
_ANSWERED = re.compile(r"^\s*(?:A(?:nswer)?\s*\d*\s*[:.)]\s+)")
_ENDS = re.compile(r"[.;,!:]\s*$")
_LONGEST_HEADING = 80
_LONGEST_LABEL = 40
"""A first line so short was not wrapped by an editor."""
_LONGEST_QUESTION = 200


def parse_text(text: str) -> tuple[Block, ...]:
    """Paragraphs and lists under the headings that can be told."""
    paragraphs = [part.split("\n") for part in re.split(r"\n[ \t]*(?:\n[ \t]*)+", text.strip("\n")) if part.strip()]
    return tuple(_blocks(paragraphs))


def asked(line: str) -> str | None:
    """The question that a line is, without its "Q:"; None when it is none or more than one sentence."""
    marked = _ASKED.match(line)
    question = (marked.group(1) if marked else line).strip()
    whole = question.endswith("?") and len(question) <= _LONGEST_QUESTION and not re.search(r"[.!?]\s", question)
    return question if marked or whole else None


def answered(line: str) -> str:
    """The line without the "A:" of questions and answers."""
    return _ANSWERED.sub("", line)


def _blocks(paragraphs: Sequence[list[str]]) -> Iterator[Block]:
    path: dict[int, str] = {}
    for number, lines in enumerate(paragraphs):
        has_next = number + 1 < len(paragraphs)
        while lines:
            found = _heading(lines, has_next)
            if found is None:
                break
            level, title, used = found
            path = {depth: name for depth, name in path.items() if depth < level} | {level: plain(title)}
            lines = lines[used:]
        if lines:
            lines = [answered(lines[0]), *lines[1:]]
            headings = tuple(name for _, name in sorted(path.items()) if name)
            yield from _divided(lines, headings)


def _heading(lines: Sequence[str], has_next: bool) -> tuple[int, str, int] | None:
    """Level, title and lines used when the paragraph begins with a heading."""
    first = lines[0].strip()
    if len(lines) > 1 and _UNDERLINE.match(lines[1]):
        return (1 if "=" in lines[1] else 2), first, 2
    question = asked(first)
    if question is not None and (has_next or len(lines) > 1):
        return 4, question, 1
    if len(first) > _LONGEST_HEADING or _ENDS.search(first) or not any(c.isalpha() for c in first):
        return None
    alone = len(lines) == 1 and has_next
    capitals = first.isupper() and len(first) > 3
    if capitals and (alone or len(lines) > 1):
        return 1, first.capitalize(), 1
    numbered = _NUMBERED.match(first)
    if numbered and (alone or (len(lines) > 1 and not _ITEM.match(lines[1]))):
        return 2, first[numbered.end() :], 1
    over_text = len(lines) > 1 and len(first) <= _LONGEST_LABEL and lines[1].strip()[:1].isupper()
    return (3, first, 1) if (alone or over_text) and first[0].isupper() and not _ITEM.match(first) else None


def _divided(lines: Sequence[str], headings: tuple[str, ...]) -> Iterator[Block]:
    """Running text, and items gathered to lists; an indented line goes on with its item."""
    held: list[str] = []
    is_list = False
    for line in lines:
        item = _ITEM.match(line)
        if item and not is_list and held:
            yield from _block(held, is_list, headings)
            held = []
        if item:
            marker = item.group().strip()
            held.append(f"{marker if marker[0].isdigit() else '-'} {line[item.end() :].strip()}")
            is_list = True
        elif is_list and held:
            held[-1] += " " + line.strip()
        else:
            held.append(line.strip())
    yield from _block(held, is_list, headings)


def _block(lines: Sequence[str], is_list: bool, headings: tuple[str, ...]) -> Iterator[Block]:
    text = "\n".join(plain(line) for line in lines) if is_list else plain(" ".join(" ".join(lines).split()))
    if text.strip():
        yield Block("list" if is_list else "paragraph", text, headings)
