"""Which characters a file is made of: its byte order mark, else UTF-8 line by line, else Windows-1252.

A file that was put together from several sources may hold both: a line that is valid UTF-8 is never read otherwise.
"""

from __future__ import annotations

import codecs
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, TextIO

from core.errors import LoadError

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

BLOCK = 1 << 20
LINES_NAMED = 20
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


@dataclass(frozen=True)
class Encoding:
    """A codec name, whether some lines are Windows-1252 instead, and a remark when the file is not plain UTF-8."""

    name: str
    remark: str | None = None
    mixed: bool = False


def detect(path: Path) -> Encoding:
    """The encoding of a text file. Raises LoadError when the file is binary or no known encoding fits."""
    with path.open("rb") as file:
        start = file.read(4096)
    name = next((name for mark, name in _MARKS if start.startswith(mark)), None) or _unmarked_utf16(start)
    if name and name != "utf-8-sig":
        _require(path, name)
        return Encoding(name, f"read as {name.upper()}")
    if b"\x00" in start:
        raise _binary(path)
    name = name or "utf-8"
    error = decode_error(path, name)
    if error is None:
        return Encoding(name)
    refused = decode_error(path, "cp1252") if name == "utf-8" else None
    if _has_control_characters(start) or (refused and not _some_line_is_utf8(path)):
        raise _unknown(path, error)
    return _by_line(path, name)


def open_text(path: Path, encoding: Encoding, newline: str | None = None) -> TextIO:
    """The file opened for reading as text; `newline` as in open()."""
    if not encoding.mixed:
        return path.open(encoding=encoding.name, newline=newline)
    recoded = io.BufferedReader(_Recoded(path.open("rb")), BLOCK)
    return io.TextIOWrapper(recoded, encoding=encoding.name, newline=newline)


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


def _by_line(path: Path, name: str) -> Encoding:
    """Windows-1252 when no line has UTF-8 beyond ASCII, else both. Raises LoadError when a line is neither."""
    other: list[int] = []
    utf8 = name == "utf-8-sig"
    for number, line in _lines(path):
        if line.isascii():
            continue
        if _is_utf8(line):
            utf8 = True
            continue
        other.append(number)
        try:
            line.decode("cp1252")
        except UnicodeDecodeError as error:
            raise _unknown(path, f"byte 0x{line[error.start]:02x} on line {number}") from error
    if not utf8:
        return Encoding("cp1252", "not UTF-8: read as Windows-1252")
    listed = ", ".join(map(str, other[:LINES_NAMED]))
    more = f" and {len(other) - LINES_NAMED:,} more" if len(other) > LINES_NAMED else ""
    lines = f"line{'s' if len(other) > 1 else ''} {listed}{more}"
    return Encoding(name, f"{lines} not UTF-8: read as Windows-1252, the others as UTF-8", mixed=True)


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """Every line with its number; a carriage return alone ends one too."""
    number = 0
    with path.open("rb") as file:
        for text in file:
            for line in text.splitlines(keepends=True):
                number += 1
                yield number, line


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _some_line_is_utf8(path: Path) -> bool:
    """Whether a line beyond ASCII is UTF-8: its bytes may be ones that Windows-1252 does not have."""
    return any(not line.isascii() and _is_utf8(line) for _, line in _lines(path))


class _Recoded(io.RawIOBase):
    """The bytes of a file as UTF-8: lines that are not are taken for Windows-1252."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._rest = b""
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Back to the start, or nowhere."""
        if (offset, whence) == (0, io.SEEK_SET):
            self._file.seek(0)
            self._rest, self._position = b"", 0
        elif (offset, whence) != (0, io.SEEK_CUR):
            raise io.UnsupportedOperation("only the start can be sought")
        return self._position

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        view = memoryview(buffer).cast("B")
        if not self._rest:
            lines = self._file.readlines(BLOCK)
            self._rest = b"".join(_recoded(part) for line in lines for part in line.splitlines(keepends=True))
        count = min(len(view), len(self._rest))
        view[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        self._position += count
        return count

    def close(self) -> None:
        self._file.close()
        super().close()


def _recoded(line: bytes) -> bytes:
    return line if line.isascii() or _is_utf8(line) else line.decode("cp1252").encode()


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


def _unknown(path: Path, error: str) -> LoadError:
    return LoadError(
        f"{path.name} is neither UTF-8 nor Windows-1252 text: {error}.",
        next_step="Save the file as UTF-8 and load it again.",
    )


def _binary(path: Path) -> LoadError:
    return LoadError(
        f"{path.name} is not text: it holds zero bytes.",
        next_step="Load .csv, .jsonl or .sql files as text, and Parquet or SQLite files under their own endings.",
    )
