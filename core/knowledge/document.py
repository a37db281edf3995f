"""A document as read: its front matter, its readers, and its blocks under their headings.

Readers fail closed: front matter that mentions readers but cannot be understood makes the document unusable,
never public.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

from core.errors import KnowledgeError

BlockKind = Literal["paragraph", "list", "table", "code"]
_FRONT_MATTER = re.compile(r"\A\ufeff?---[ \t]*\r?\n(.*?)\r?\n---[ \t]*(?:\r?\n|\Z)", re.DOTALL)


@dataclass(frozen=True)
class Block:
    """One paragraph, list, table or code block; `headings` is its path from the outermost heading."""

    kind: BlockKind
    text: str
    headings: tuple[str, ...] = ()


@dataclass(frozen=True)
class FrontMatter:
    title: str | None = None
    owner: str | None = None
    readers: frozenset[str] | None = None
    """Roles that may read it; None: every role."""


@dataclass(frozen=True)
class ParsedDocument:
    title: str
    owner: str | None
    readers: frozenset[str] | None
    blocks: tuple[Block, ...]


def split_front_matter(text: str) -> tuple[FrontMatter, str]:
    """The document's front matter and what follows it; raises KnowledgeError when `readers` cannot be understood."""
    found = _FRONT_MATTER.match(text)
    if found is None:
        return FrontMatter(), text.removeprefix("\ufeff")
    body = text[found.end() :]
    fields = _yaml_mapping(found.group(1))
    if fields is None:
        if "readers" in found.group(1):
            raise KnowledgeError("its front matter names readers but is not valid YAML")
        return FrontMatter(), body
    readers = _readers(fields["readers"]) if "readers" in fields else None
    return FrontMatter(_text(fields.get("title")), _text(fields.get("owner")), readers), body


def narrowed(own: frozenset[str] | None, given: Collection[str] | None) -> frozenset[str] | None:
    """Readers of a document that names `own` in a folder loaded for `given`: never wider than either.

    When the two lists share nobody, admin remains, if the folder was loaded for admin too.
    """
    if given is None:
        return own
    allowed = frozenset(given)
    if own is None:
        return allowed
    return (own & allowed) or (frozenset({"admin"}) & allowed)


def _yaml_mapping(text: str) -> dict[str, object] | None:
    import yaml

    try:
        value = yaml.safe_load(text)
    except yaml.YAMLError:
        return None
    if not isinstance(value, dict):
        return None
    return {str(key).strip().lower(): item for key, item in value.items()}


def _readers(value: object) -> frozenset[str]:
    names = value.split(",") if isinstance(value, str) else value
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise KnowledgeError("its readers must be a list of role names")
    readers = frozenset(name.strip() for name in names if name.strip())
    if not readers:
        raise KnowledgeError("its list of readers is empty")
    return readers


def _text(value: object) -> str | None:
    return str(value).strip() or None if isinstance(value, str | int | float) else None
