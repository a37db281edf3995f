"""Passages to what can be quoted from them: sentences, list items, whole lists of steps, rows of tables.

A statement carries the code block that follows it, because in instructions the code often is the answer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from core.knowledge.instructions import is_command
from core.knowledge.sentences import says_nothing, split_sentences

Form = Literal["sentence", "item", "list", "steps", "row"]
_PartKind = Literal["paragraph", "list", "table", "code"]
_MARKER = re.compile(r"^(?:-|\d{1,3}[.)]) ")
_NUMBERED = re.compile(r"^\d{1,3}[.)] ")
_LONGEST_LIST = 420
_LONGEST_ITEM = 320
_LONGEST_STEPS = 1_100
_LONGEST_CODE = 600
_LONG_CELL = 180
_TYPE_COLUMN = re.compile(r"(?:data ?)?type$", re.IGNORECASE)


@dataclass(frozen=True)
class Statement:
    """Something quotable."""

    text: str
    form: Form = "sentence"
    about: str = ""
    """What it stands under, without being part of it: a list's introduction, the columns of a row."""
    code: str = ""
    """The fenced block that follows it, shortened to its first stanzas."""


@dataclass(frozen=True)
class _Part:
    kind: _PartKind
    text: str


def statements(passage: str, title: str = "") -> tuple[Statement, ...]:
    """What of a chunk's text can stand alone in an answer, in reading order, each text once.

    Code that nothing introduces is introduced by the `title` it stands under.
    """
    parts = tuple(_parts(passage))
    if title and parts and parts[0].kind == "code":
        parts = (_Part("paragraph", f"{title}:"), *parts)
    found: dict[str, Statement] = {}
    for statement in (*_with_next(_single(parts)), *_steps(parts)):
        if not says_nothing(statement.text) and (statement.code or not statement.text.endswith(":")):
            found.setdefault(statement.text, statement)
    return tuple(found.values())


def _parts(passage: str) -> Iterator[_Part]:
    """Code is one part whatever empty lines it holds; everything else is divided by empty lines."""
    held: list[str] = []
    in_code = False
    for line in passage.split("\n"):
        if in_code:
            held.append(line)
            if line == "```":
                yield _Part("code", "\n".join(held))
                held, in_code = [], False
        elif line.startswith("```") or not line:
            if held:
                yield _part(held)
            held, in_code = ([line] if line else []), bool(line)
        else:
            held.append(line)
    if held:
        yield _Part("code", "\n".join([*held, "```"])) if in_code else _part(held)


def _part(lines: Sequence[str]) -> _Part:
    kind: _PartKind = "paragraph"
    if lines[0].startswith("| "):
        kind = "table"
    elif _MARKER.match(lines[0]):
        kind = "list"
    return _Part(kind, "\n".join(lines))


def _single(parts: Sequence[_Part]) -> Iterator[Statement]:
    introduction = ""
    for number, part in enumerate(parts):
        following = parts[number + 1] if number + 1 < len(parts) else None
        code = shortened(following.text) if following is not None and following.kind == "code" else ""
        if part.kind == "table":
            yield from _rows(part.text, introduction)
        elif part.kind == "list":
            yield from _ending(_items(part.text, introduction), code)
        elif part.kind == "paragraph":
            sentences = split_sentences(part.text)
            yield from _ending((Statement(sentence) for sentence in sentences), code)
        if part.kind != "code":
            introduction = _introduction(part) if part.kind == "paragraph" else ""


def _introduction(part: _Part) -> str:
    last = split_sentences(part.text)[-1:] if part.kind == "paragraph" else []
    return last[0] if last and last[0].endswith(":") else ""


def _ending(made: Iterator[Statement], code: str) -> Iterator[Statement]:
    """The statements, the last one with the code that follows the part."""
    *others, last = [*made] or [Statement("")]
    yield from others
    yield replace(last, code=code)


def shortened(code: str) -> str:
    """The first stanzas of a fenced block, as many as fit."""
    fence, *lines, _ = code.split("\n")
    kept: list[str] = []
    for stanza in re.split(r"\n\s*\n", "\n".join(lines)):
        if kept and sum(map(len, kept)) + len(stanza) > _LONGEST_CODE:
            break
        kept.append(stanza)
    body = "\n\n".join(kept)
    return f"{fence}\n{body}\n```" if len(body) <= 2 * _LONGEST_CODE else ""


def _with_next(made: Iterator[Statement]) -> Iterator[Statement]:
    """ "Yes." says something only together with what follows; other scraps of one or two words say nothing."""
    held = ""
    for statement in made:
        if statement.text.rstrip(".!,").lower() in ("yes", "no"):
            held = statement.text
        elif held or len(statement.text.split()) > 2 or statement.form == "row" or _is_claim(statement):
            yield replace(statement, text=f"{held} {statement.text}".strip())
            held = ""


def _is_claim(statement: Statement) -> bool:
    """Two words with a full stop, such as "Five days.", answer a question that stands above them."""
    return statement.form == "sentence" and statement.text.endswith(".") and len(statement.text.split()) == 2


def _items(part: str, introduction: str) -> Iterator[Statement]:
    items = [_MARKER.sub("", line).strip() for line in part.split("\n")]
    items = [item for item in items if item]
    together = f"{introduction} {'; '.join(item.rstrip('.;,:') for item in items)}."
    if introduction and len(together) <= _LONGEST_LIST:
        yield Statement(together, "list")
    for item in items:
        told = [item] if len(item) <= _LONGEST_ITEM else split_sentences(item)
        yield from (Statement(sentence, "item", introduction) for sentence in told)


def _steps(parts: Sequence[_Part]) -> Iterator[Statement]:
    """Lists that tell the way something is done, whole, with their introduction and their code."""
    number = 0
    while number < len(parts):
        if parts[number].kind != "list":
            number += 1
            continue
        end = number
        while end < len(parts) and parts[end].kind in ("list", "code"):
            end += 1
        introduction = _introduction(parts[number - 1]) if number else ""
        run = parts[number:end]
        if _is_way(run):
            yield Statement(_within(introduction, run), "steps")
        number = end


def _is_way(run: Sequence[_Part]) -> bool:
    """More than one step, and numbers, code or imperatives in them."""
    items = [_MARKER.sub("", line) for part in run if part.kind == "list" for line in part.text.split("\n")]
    if len(items) + sum(part.kind == "code" for part in run) < 2:
        return False
    told = sum(is_command(item) for item in items)
    return bool(_NUMBERED.match(run[0].text)) or len(run) > 1 or 2 * told >= len(items)


def _within(introduction: str, run: Sequence[_Part]) -> str:
    """As much of the steps as fits; code that does not fit is left out with all that follows."""
    kept = [introduction] if introduction else []
    size = len(introduction)
    for part in run:
        text = shortened(part.text) if part.kind == "code" else part.text
        if kept and size + len(text) > _LONGEST_STEPS:
            break
        kept.append(text)
        size += len(text)
    return "\n".join(kept)


def _rows(part: str, introduction: str) -> Iterator[Statement]:
    header, *rows = [_cells(line) for line in part.split("\n")]
    about = " ".join((introduction, *header))
    for row in rows:
        yield from _row(header, row, about)


def _row(header: Sequence[str], row: Sequence[str], about: str) -> Iterator[Statement]:
    """A row as "subject – column: cell; …"; of a long cell the first sentence, the others on their own."""
    subject, *cells = row
    named = [(name, cell) for name, cell in zip(header[1:], cells, strict=False) if cell]
    told = [(name, cell) for name, cell in named if not _TYPE_COLUMN.match(name)] or named
    if not subject or not told:
        return
    told.sort(key=lambda named_cell: len(named_cell[1]) > _LONG_CELL)  # values first, descriptions after them
    short = [(name, _beginning(cell).rstrip(".")) for name, cell in told]
    if len(short) == 1:
        yield Statement(f"{subject}: {short[0][1]}.", "row", about)
    else:
        pieces = "; ".join(f"{name}: {cell}" if name else cell for name, cell in short)
        yield Statement(f"{subject} – {pieces}.", "row", about)
    for _, cell in told:
        rest = cell.removeprefix(_beginning(cell)).strip()
        for sentence in split_sentences(rest):
            yield Statement(f"{subject}: {sentence}", "row", about)


def _beginning(cell: str) -> str:
    """A cell's first sentences: at least one, and what fits."""
    kept = ""
    for sentence in split_sentences(cell):
        if (kept and len(kept) + len(sentence) > _LONG_CELL) or says_nothing(sentence):
            break
        kept = f"{kept} {sentence}".strip()
    return kept if cell.startswith(kept) else cell


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().removeprefix("|").removesuffix("|").split(" | ")]
