"""Files to blocks: Markdown, MDX and plain text. A further format is one function in PARSERS."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import PurePath
from textwrap import dedent

from core.knowledge.document import Block, ParsedDocument, split_front_matter
from core.knowledge.plain_text import plain, plain_code
from core.knowledge.text_parsing import answered, asked, parse_text

Parser = Callable[[str], tuple[Block, ...]]

_HEADING = re.compile(r"^ {0,3}(#{1,6})\s+(.*?)\s*#*\s*$")
_FENCE = re.compile(r"^\s*(`{3,}|~{3,})\s*([\w+-]*)")
_ITEM = re.compile(r"^\s*(?:[-*+]|\d{1,3}[.)])\s+")
_NAVIGATION = re.compile(r"^\s*(?:[-*+]|\d{1,3}[.)])\s+\[[^\]]*\]\([^)]*\)\s*$")
"""An item that is a link and nothing else; a list of those is a table of contents."""
_TABLE = re.compile(r"^\s*\|.*\|\s*$")
_RULE = re.compile(r"^\s*(?:[-*_]\s*){3,}$")
_SETEXT = re.compile(r"^\s*(=+|-{2,})\s*$")
_BOLD_LINE = re.compile(r"^\s*(?:\*\*|__)(?!\s)([^*]+?)(?:\*\*|__):?\s*$")
_INDENTED = re.compile(r"^(?: {4}|\t)\s*\S")
_LONGEST_QUESTION = 200
_BELOW_ALL_HEADINGS = 7
_MODULE_LINE = re.compile(r"^(?:import\s.+|export\s.+)$")
_JSX_LINE = re.compile(r"^\s*</?[A-Z][\w.]*[^<>]*/?>\s*$")
_JSX_TITLE = re.compile(r"<([A-Z]\w*)\b[^<>]*?\btitle=\"([^\"]+)\"[^<>]*>")
_JSX_MULTILINE = re.compile(r"<[A-Z][\w.]*(?:\s+[\w-]+=(?:\"[^\"]*\"|\{[^{}]*\}))*\s*/?>", re.DOTALL)


def parse_document(text: str, path: PurePath) -> ParsedDocument:
    """Title, owner, readers and blocks of one file; raises KnowledgeError when its readers cannot be understood."""
    matter, body = split_front_matter(text)
    blocks = PARSERS[path.suffix.lower()](body.replace("\r\n", "\n").replace("\r", "\n"))
    title = matter.title or _first_heading(blocks) or _from_name(path)
    return ParsedDocument(plain(title), matter.owner, matter.readers, _without_title(blocks, plain(title)))


def parse_markdown(text: str) -> tuple[Block, ...]:
    """Blocks of CommonMark with tables, each under its heading path."""
    return tuple(_blocks(text.split("\n")))


def parse_mdx(text: str) -> tuple[Block, ...]:
    """Markdown after imports, exports and JSX elements are gone; the titles of notices are kept as text."""
    return parse_markdown(_without_jsx(text))


PARSERS: Mapping[str, Parser] = {".md": parse_markdown, ".mdx": parse_mdx, ".txt": parse_text}
DOCUMENT_SUFFIXES = frozenset(PARSERS)


def _without_jsx(text: str) -> str:
    """Fenced code is left alone: it may well show imports and elements."""
    parts = re.split(r"(^[ \t]*(?:```|~~~).*?^[ \t]*(?:```|~~~)[ \t]*$)", text, flags=re.DOTALL | re.MULTILINE)
    for number in range(0, len(parts), 2):
        titled = _JSX_TITLE.sub(lambda found: f"\n{found.group(2).rstrip('!:')}:\n", parts[number])
        lines = _JSX_MULTILINE.sub("", titled).split("\n")
        parts[number] = "\n".join(line for line in lines if not _MODULE_LINE.match(line) and not _JSX_LINE.match(line))
    return "".join(parts)


def _blocks(lines: list[str]) -> Iterator[Block]:
    path: list[tuple[int, str]] = []
    position = 0
    after_list = False
    while position < len(lines):
        line = lines[position]
        heading = _heading(lines, position)
        if heading is not None:
            level, title, used = heading
            path = [*(entry for entry in path if entry[0] < level), (level, title)]
            position += used
            after_list = False
            continue
        headings = tuple(title for _, title in path)
        fence = _FENCE.match(line)
        if fence:
            code, position = _code(lines, position, fence)
            yield from _block("code", code, headings)
        elif _INDENTED.match(line) and not after_list:
            code, position = _indented_code(lines, position)
            yield from _block("code", code, headings)
        elif _TABLE.match(line):
            table, position = _while(lines, position, lambda text: bool(_TABLE.match(text)))
            yield from _block("table", "\n".join(_table_row(row) for row in table if not _is_rule_row(row)), headings)
        elif _ITEM.match(line) and not _RULE.match(line):
            items, position = _list(lines, position)
            after_list = True
            if not all(_NAVIGATION.match(item) for item in items):
                yield from _block("list", "\n".join(_item(item) for item in items), headings)
        elif not line.strip() or _RULE.match(line):
            position += 1
        else:
            words, position = _while(lines, position, _continues_paragraph)
            words[0] = answered(words[0])
            yield from _block("paragraph", plain(" ".join(word.strip() for word in words)), headings)


def _block(kind: str, text: str, headings: tuple[str, ...]) -> Iterator[Block]:
    if text.strip():
        yield Block(kind, text, headings)  # type: ignore[arg-type]


def _heading(lines: list[str], position: int) -> tuple[int, str, int] | None:
    """Level, title and lines used of the heading at `position`."""
    found = _HEADING.match(lines[position])
    if found:
        title = plain(found.group(2))
        return (len(found.group(1)), title, 1) if title else None
    following = lines[position + 1] if position + 1 < len(lines) else ""
    underline = _SETEXT.match(following)
    text = lines[position].strip()
    if not text or _ITEM.match(text) or _TABLE.match(text) or _FENCE.match(text):
        return None
    if underline:
        return 1 if underline.group(1)[0] == "=" else 2, plain(text), 2
    return _heading_in_bold(lines, position)


def _heading_in_bold(lines: list[str], position: int) -> tuple[int, str, int] | None:
    """A line that is bold as a whole, or a question on a line of its own, stands over what follows it."""
    if (position and lines[position - 1].strip() and not _HEADING.match(lines[position - 1])) or not any(
        line.strip() for line in lines[position + 1 :]
    ):
        return None
    bold = _BOLD_LINE.match(lines[position])
    question = asked(plain(lines[position]))
    title = question or (plain(bold.group(1)) if bold else "")
    if not title or (bold is None and len(title) > _LONGEST_QUESTION):
        return None
    return _BELOW_ALL_HEADINGS, title.rstrip(":"), 1


def _code(lines: list[str], position: int, fence: re.Match[str]) -> tuple[str, int]:
    end = position + 1
    while end < len(lines) and not lines[end].strip().startswith(fence.group(1)):
        end += 1
    body = plain_code(dedent("\n".join(lines[position + 1 : end]))).strip("\n")
    return (f"```{fence.group(2)}\n{body}\n```" if body.strip() else ""), end + 1


def _indented_code(lines: list[str], position: int) -> tuple[str, int]:
    code, end = _while(lines, position, lambda line: not line.strip() or bool(_INDENTED.match(line)))
    body = plain_code("\n".join(line[4:] if line.startswith("    ") else line.strip() for line in code)).strip("\n")
    return f"```\n{body}\n```", end


def _list(lines: list[str], position: int) -> tuple[list[str], int]:
    """Items as written; a continuation line joins its item, an empty line between two items is passed over."""
    items: list[str] = []
    while position < len(lines):
        line = lines[position]
        if _ITEM.match(line):
            items.append(line)
        elif not line.strip() and position + 1 < len(lines) and _ITEM.match(lines[position + 1]):
            position += 1
            continue
        elif not line.strip() or _HEADING.match(line) or _FENCE.match(line) or _TABLE.match(line):
            break
        else:
            items[-1] += " " + line.strip()
        position += 1
    return items, position


def _item(line: str) -> str:
    marker = _ITEM.match(line)
    width = marker.end() if marker else 0
    bullet = line[:width].strip()
    return f"{bullet if bullet[0].isdigit() else '-'} {plain(line[width:])}"


def _continues_paragraph(line: str) -> bool:
    return bool(line.strip()) and not (
        _HEADING.match(line) or _FENCE.match(line) or _TABLE.match(line) or _ITEM.match(line)
    )


def _while(lines: list[str], position: int, holds: Callable[[str], bool]) -> tuple[list[str], int]:
    end = position + 1
    while end < len(lines) and holds(lines[end]):
        end += 1
    return lines[position:end], end


def _table_row(row: str) -> str:
    cells = re.split(r"(?<!\\)\|", row.strip().strip("|"))
    return "| " + " | ".join(plain(cell) for cell in cells) + " |"


def _is_rule_row(row: str) -> bool:
    return bool(re.fullmatch(r"[\s|:-]+", row))


def _first_heading(blocks: tuple[Block, ...]) -> str | None:
    """The outermost heading when the whole document stands under it; the first of several is a section's."""
    outermost = {block.headings[:1] for block in blocks}
    return next(iter(outermost))[0] if len(outermost) == 1 and () not in outermost else None


def _without_title(blocks: tuple[Block, ...], title: str) -> tuple[Block, ...]:
    """A first heading that repeats the title says nothing in a heading path."""
    return tuple(
        Block(block.kind, block.text, block.headings[1:])
        if block.headings and block.headings[0].casefold() == title.casefold()
        else block
        for block in blocks
    )


def _from_name(path: PurePath) -> str:
    return re.sub(r"[_\-\s]+", " ", path.stem).strip().capitalize() or "Untitled"
