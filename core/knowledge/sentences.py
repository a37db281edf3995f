"""Passages to quotable statements: sentences, list items with their introduction, rows with their column names."""

from __future__ import annotations

import re
from collections.abc import Iterator

_ABBREVIATION = re.compile(r"\b(?:e\.g|i\.e|etc|vs|approx|no|fig|dr|mr|mrs|ms|st|inc|ltd|cf)\.$", re.IGNORECASE)
_NEXT = r"(?=[\"'(\[]?[A-Z0-9À-Þ\u0400-\u04ff\u0590-\u06ff])"
_END = re.compile(rf"(?:(?<=[.!?])|(?<=[.!?][\"')\]]))\s+{_NEXT}")
_POINTER = re.compile(r"(?:for (?:\w+ ){1,4}\w+, )?(?:see|refer to)\b", re.IGNORECASE)
_LONGEST_LIST = 420


def split_sentences(text: str) -> list[str]:
    """Sentences of one paragraph; abbreviations and decimal points do not end one."""
    sentences: list[str] = []
    for part in _END.split(text):
        if sentences and _ABBREVIATION.search(sentences[-1]):
            sentences[-1] += " " + part
        elif part.strip():
            sentences.append(part.strip())
    return sentences


def statements(passage: str) -> tuple[str, ...]:
    """What of a chunk's text can stand alone in an answer, in reading order; code is left out."""
    found: list[str] = []
    introduction = ""
    for part in passage.split("\n\n"):
        if part.startswith("```"):
            introduction = ""
        elif part.startswith("| "):
            found.extend(_rows(part))
            introduction = ""
        elif _is_list(part):
            found.extend(_items(part, introduction))
            introduction = ""
        else:
            sentences = split_sentences(part)
            introduction = sentences[-1] if sentences and sentences[-1].endswith(":") else ""
            found.extend(sentence for sentence in sentences if not sentence.endswith(":"))
    return tuple(dict.fromkeys(sentence for sentence in _with_next(found) if not _says_nothing(sentence)))


def _says_nothing(sentence: str) -> bool:
    """Questions, and pointers to another page."""
    return sentence.endswith("?") or bool(_POINTER.match(sentence))


def _with_next(sentences: list[str]) -> Iterator[str]:
    """ "Yes." says something only together with what follows; other scraps of one or two words say nothing."""
    held = ""
    for sentence in sentences:
        if sentence.rstrip(".!,").lower() in ("yes", "no"):
            held = sentence
        elif held or len(sentence.split()) > 2:
            yield f"{held} {sentence}".strip()
            held = ""


def _is_list(part: str) -> bool:
    return bool(re.match(r"(?:-|\d{1,3}[.)]) ", part))


def _items(part: str, introduction: str) -> Iterator[str]:
    items = [re.sub(r"^(?:-|\d{1,3}[.)]) ", "", line).strip() for line in part.split("\n")]
    items = [item for item in items if item]
    together = f"{introduction} {'; '.join(item.rstrip('.;,') for item in items)}."
    if introduction and len(together) <= _LONGEST_LIST:
        yield together
    for item in items:
        yield from split_sentences(item)


def _rows(part: str) -> Iterator[str]:
    header, *rows = [_cells(line) for line in part.split("\n")]
    for row in rows:
        named = [f"{name}: {cell}" if name else cell for name, cell in zip(header, row, strict=False) if cell]
        if named:
            yield "; ".join(named) + "."


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().strip("|").split(" | ")]
