"""Which characters a file is made of: its byte order mark, else UTF-8 if all of it is, else Windows-1252."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from core.errors import LoadError

BLOCK = 1 << 20
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


@dataclass(frozen=True)
class Encoding:
    """A codec name for open(), and a remark when the file is not plain UTF-8."""

    name: str
    remark: str | None = None


def detect(path: Path) -> Encoding:
    """The encoding of a text file. Raises LoadError when the file is binary or no known encoding fits."""
    with path.open("rb") as file:
        start = file.read(4096)
    name = next((name for mark, name in _MARKS if start.startswith(mark)), None) or _unmarked_utf16(start)
    if name:
        _require(path, name)
        return Encoding(name, None if name == "utf-8-sig" else f"read as {name.upper()}")
    if b"\x00" in start:
        raise _binary(path)
    error = decode_error(path, "utf-8")
    if error is None:
        return Encoding("utf-8")
    if decode_error(path, "cp1252") is None and not _has_control_characters(start):
        return Encoding("cp1252", "not UTF-8: read as Windows-1252")
    raise LoadError(
        f"{path.name} is neither UTF-8 nor Windows-1252 text: {error}.",
        next_step="Save the file as UTF-8 and load it again.",
    )


def decode_error(path: Path, name: str) -> str | None:
    """Where the file stops being valid in this encoding, in words; None when all of it is valid."""
    decoder = codecs.getincrementaldecoder(name)()
    line = 1
    for block, last in _blocks(path):
        try:
            line += decoder.decode(block, final=last).count("\n")
        except UnicodeDecodeError as error:
            before = error.object[: error.start].count(b"\n")
            return f"byte 0x{error.object[error.start]:02x} on line {line + before}"
    return None


def _blocks(path: Path) -> Iterator[tuple[bytes, bool]]:
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            yield block, False
    yield b"", True


def _unmarked_utf16(start: bytes) -> str | None:
    """UTF-16 without its mark shows as a zero in nearly every second byte."""
    if len(start) < 4:
        return None
    even, odd = start[0::2].count(0) / len(start[0::2]), start[1::2].count(0) / len(start[1::2])
    if odd > 0.7 and even < 0.1:
        return "utf-16-le"
    return "utf-16-be" if even > 0.7 and odd < 0.1 else None


def _has_control_characters(start: bytes) -> bool:
    return any(byte < 32 and byte not in (9, 10, 12, 13) for byte in start)


def _require(path: Path, name: str) -> None:
    error = decode_error(path, name)
    if error:
        raise LoadError(
            f"{path.name} begins as {name.upper()} but is damaged: {error}.",
            next_step="Save the file as UTF-8 and load it again.",
        )


def _binary(path: Path) -> LoadError:
    return LoadError(
        f"{path.name} is not text: it holds zero bytes.",
        next_step="Load .csv, .jsonl or .sql files as text, and Parquet or SQLite files under their own endings.",
    )
