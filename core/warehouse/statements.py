"""Loader of the platform's own statements: named blocks (`-- name: xyz`) of a .sql file inside a package.

`{state}` in a statement stands for the state schema; `render` fills it with the validated, back-quoted name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from core.errors import SettingsError

_NAME = re.compile(r"^\s*--\s*name:\s*([A-Za-z_][A-Za-z0-9_]*)\s*$")
_PART = re.compile(r"^[A-Za-z_][A-Za-z0-9_\- ]{0,254}$")
_PIECE = re.compile(r"'(?:[^'\\]|\\.|'')*'|\"(?:[^\"\\]|\\.)*\"|`[^`]*`|--[^\n]*|/\*.*?\*/|;|.", re.DOTALL)
_CREATE = re.compile(r"\s*CREATE TABLE IF NOT EXISTS\s+(\S+)\s*\(", re.IGNORECASE)


@cache
def load(package: str, file: str) -> Mapping[str, str]:
    """The statements of `file` in `package` by name, comments inside a block kept, trailing semicolon removed.

    Raises SettingsError when a name comes twice or text stands before the first name.
    """
    text = (files(package) / file).read_text(encoding="utf-8")
    blocks: dict[str, list[str]] = {}
    current: list[str] | None = None
    for line in text.splitlines():
        match = _NAME.match(line)
        if match:
            if match[1] in blocks:
                raise SettingsError(f"{package}/{file} holds two statements named {match[1]}.")
            current = blocks[match[1]] = []
        elif current is not None:
            current.append(line)
        elif line.strip() and not line.lstrip().startswith("--"):
            raise SettingsError(f"{package}/{file}: a statement stands before the first '-- name:' line.")
    return MappingProxyType({name: "\n".join(lines).strip().rstrip(";") for name, lines in blocks.items()})


def quoted(name: str) -> str:
    """`catalog.schema` (or one to three parts) with each part validated and back-quoted."""
    parts = name.split(".")
    if not 1 <= len(parts) <= 3 or not all(_PART.match(part) for part in parts):
        raise SettingsError(f"{name!r} is not a usable schema or table name.")
    return ".".join(f"`{part}`" for part in parts)


def render(statement: str, state: str = "main.aiops") -> str:
    """`statement` with every `{state}` replaced by the back-quoted schema name."""
    return statement.replace("{state}", quoted(state))


def split(text: str) -> tuple[str, ...]:
    """The statements of a script, separated by semicolons outside quotes and comments; empty ones left out."""
    statements: list[str] = []
    current: list[str] = []
    for piece in _PIECE.findall(text):
        if piece == ";":
            statements.append("".join(current))
            current = []
        else:
            current.append(piece)
    statements.append("".join(current))
    return tuple(statement.strip() for statement in statements if _has_code(statement))


def definitions(package: str, file: str = "tables.sql", state: str = "main.aiops") -> tuple[str, ...]:
    """Every statement of a package's table definitions, in order, ready for `execute`."""
    return split(render((files(package) / file).read_text(encoding="utf-8"), state))


def declared(definition: str) -> tuple[str, tuple[tuple[str, str], ...]] | None:
    """Table and (column, type) pairs of a `CREATE TABLE` of ours, without constraints; None for another statement."""
    bare = "".join(piece for piece in _PIECE.findall(definition) if not piece.startswith("--"))
    match = _CREATE.match(bare)
    if match is None:
        return None
    table = match[1].replace("`", "").split(".")[-1]
    words = (part.split(None, 2) for part in _parts(bare[match.end() :]))
    return table, tuple((name, kind.upper()) for name, kind, *_ in words)


def _parts(text: str) -> list[str]:
    """What stands between the commas of a list, up to its closing bracket; brackets inside stay together."""
    parts, depth = [""], 0
    for piece in _PIECE.findall(text):  # a quoted comment is one piece
        depth += (piece in "(<") - (piece in ")>")
        if depth < 0:
            break
        if piece == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += piece
    return parts


def _has_code(statement: str) -> bool:
    return any(not piece.isspace() and not piece.startswith(("--", "/*")) for piece in _PIECE.findall(statement))
