"""Blocks to chunks of about 900 characters: one section at a time, tables and code kept whole where possible."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from core.knowledge.document import Block, ParsedDocument
from core.knowledge.options import ChunkOptions
from core.knowledge.sentences import split_sentences


@dataclass(frozen=True)
class ChunkText:
    """A piece of a document: where it stood and what it says."""

    position: int
    headings: tuple[str, ...]
    text: str


def embedding_text(title: str, headings: tuple[str, ...], text: str) -> str:
    """What is embedded: the passage with its place, so that a short section keeps its subject."""
    return ". ".join((title, *headings)) + "\n" + text


def text_hash(text: str) -> str:
    """Key of a vector: the same text is embedded once, whatever document it stands in."""
    return hashlib.sha256(text.encode()).hexdigest()


def chunk(document: ParsedDocument, options: ChunkOptions) -> tuple[ChunkText, ...]:
    """The chunks of a document in reading order."""
    pieces = (
        (headings, text)
        for headings, blocks in groupby(document.blocks, key=lambda block: block.headings)
        for text in _pack(blocks, options)
    )
    return tuple(ChunkText(number, headings, text) for number, (headings, text) in enumerate(pieces))


def _pack(blocks: Iterator[Block], options: ChunkOptions) -> Iterator[str]:
    """Code stays with what introduces it, if they fit together as one long block."""
    held: list[str] = []
    size = 0
    for block in blocks:
        for part in _parts(block, options):
            limit = options.longest_block if block.kind == "code" else options.target_characters
            if held and size + len(part) > limit:
                yield "\n\n".join(held)
                held, size = [], 0
            held.append(part)
            size += len(part)
    if held:
        yield "\n\n".join(held)


def _parts(block: Block, options: ChunkOptions) -> Iterator[str]:
    """A block, cut only when it is too long: at sentences, items, rows or lines of code."""
    limit = options.longest_block if block.kind in ("table", "code") else options.target_characters
    if len(block.text) <= limit:
        yield block.text
    elif block.kind == "paragraph":
        yield from _joined(split_sentences(block.text), " ", options.target_characters)
    elif block.kind == "list":
        yield from _joined(block.text.split("\n"), "\n", options.target_characters)
    elif block.kind == "table":
        header, *rows = block.text.split("\n")
        for rows_text in _joined(rows, "\n", options.target_characters):
            yield f"{header}\n{rows_text}"
    else:
        fence, *lines, _ = block.text.split("\n")
        for code in _joined(lines, "\n", options.target_characters):
            yield f"{fence}\n{code}\n```"


def _joined(pieces: list[str], separator: str, limit: int) -> Iterator[str]:
    held = ""
    for piece in (part for whole in pieces for part in _hard_cut(whole, 2 * limit)):
        if held and len(held) + len(piece) > limit:
            yield held
            held = piece
        else:
            held = f"{held}{separator}{piece}" if held else piece
    if held:
        yield held


def _hard_cut(text: str, limit: int) -> Iterator[str]:
    """Only for a 'sentence' without any end, such as a line of 100,000 characters."""
    for start in range(0, max(len(text), 1), limit):
        yield text[start : start + limit]
