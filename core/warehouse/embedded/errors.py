"""From what DuckDB, delta-rs and the file system raise to the platform's errors, with Databricks error classes."""

from __future__ import annotations

import errno
import re
from collections.abc import Iterator
from contextlib import contextmanager

from core.errors import (
    DISK_FULL,
    HomeError,
    PlatformError,
    StatementFailed,
    StatementInvalid,
    StatementRefused,
    TableCorrupt,
    TableNotFound,
    WarehouseError,
    WarehouseUnavailable,
    WriteConflict,
)

_FULL = re.compile(r"no space left|disk quota|file too large|os error (28|27|122)\b|code: (28|27|122)\b", re.IGNORECASE)
_DENIED = re.compile(
    r"permission denied|read-only file system|not a directory|os error (13|30|20)\b|code: (13|30|20)\b", re.IGNORECASE
)
_DAMAGED = re.compile(
    r"magic bytes|(?:too small|not) (?:to be )?a parquet file|parquet metadata|TProtocolException|"
    r"(?:snappy|zstd|gzip) decompression fail|parquet file .{0,200}(?:corrupt|invalid)",
    re.IGNORECASE,
)
_NAMED = re.compile(r"\[([A-Z][A-Z0-9_]+)\]\s*(.*)", re.DOTALL)
FILE_MISSING = "FAILED_READ_FILE"
"""A data file that the version in hand names cannot be read; another process may have vacuumed it."""
_PHYSICAL = re.compile(r'"?(?:m|memory)"?\."?main"?\."?[thq]\d+(?:_\d+)?"?|__aiops_\d+__')

_FAILURES = (
    (
        re.compile(r"division by zero", re.IGNORECASE),
        "DIVIDE_BY_ZERO",
        "Division by zero. Use try_divide to get NULL instead.",
    ),
    (
        re.compile(r"Could not cast value .* to DECIMAL|string \"[+-]?[0-9.]+\" to DECIMAL|value is out of range!"),
        "NUMERIC_VALUE_OUT_OF_RANGE",
        None,
    ),
    (
        re.compile(r"Type (?!INT128)\w+ with value \S+ can't be cast because the value is out of range"),
        "CAST_OVERFLOW",
        None,
    ),
    (re.compile(r"date field value out of range", re.IGNORECASE), "CAST_INVALID_INPUT", None),
    (re.compile(r"(?:Date|Time) out of range", re.IGNORECASE), "DATETIME_FIELD_OUT_OF_BOUNDS", None),
    (
        re.compile(r"overflow|out of range|doesn't fit", re.IGNORECASE),
        "ARITHMETIC_OVERFLOW",
        None,
    ),
    (
        re.compile(r"could not convert|conversion|invalid .* field format|Could not parse", re.IGNORECASE),
        "CAST_INVALID_INPUT",
        None,
    ),
    (re.compile(r"Map keys must be unique", re.IGNORECASE), "DUPLICATED_MAP_KEY", None),
    (re.compile(r"more than one row returned by a subquery", re.IGNORECASE), "SCALAR_SUBQUERY_TOO_MANY_ROWS", None),
)


def statement_error(error: Exception) -> PlatformError:
    """What DuckDB raised while binding or running a statement, typed."""
    text = _plain(str(error))
    kind = type(error).__name__
    if kind == "OutOfMemoryException":
        return WarehouseUnavailable(f"The statement needs more memory than the warehouse may use: {text}")
    if kind in ("IOException", "PermissionException") or _DAMAGED.search(text):
        return _file_error(text)
    named = _NAMED.search(text)
    if named:
        return StatementFailed(f"[{named[1]}] {named[2]}", error_class=named[1])
    if kind == "CatalogException":
        return _catalog_error(text)
    if kind == "BinderException":
        return _binder_error(text)
    if kind == "ParserException":
        # The statement parsed as Databricks SQL, so what DuckDB cannot read is a construct without a counterpart.
        return StatementRefused(f"The statement uses a construct that is not supported: {text}")
    for pattern, error_class, message in _FAILURES:
        if pattern.search(text):
            return StatementFailed(message or text, error_class=error_class)
    if kind == "NotImplementedException":
        return StatementRefused(text, error_class="UNSUPPORTED_FEATURE")
    return StatementFailed(text)


def _file_error(text: str) -> PlatformError:
    if _FULL.search(text):
        return WarehouseUnavailable(
            "The disk is full: the statement needs room for its intermediate results.",
            next_step="Free some space, then try again.",
            error_class=DISK_FULL,
        )
    return WarehouseUnavailable(f"A data file could not be read: {text}", error_class=FILE_MISSING)


def _catalog_error(text: str) -> PlatformError:
    if "does not exist" in text and text.startswith("Table"):
        return TableNotFound(text, error_class="TABLE_OR_VIEW_NOT_FOUND")
    return StatementRefused(text, error_class="UNRESOLVED_ROUTINE")


def _binder_error(text: str) -> PlatformError:
    if "not found in FROM clause" in text or "does not have a column" in text:
        return StatementInvalid(text, error_class="UNRESOLVED_COLUMN")
    if "No function matches" in text or "Cannot compare" in text or "Cannot mix" in text:
        return StatementInvalid(text, error_class="DATATYPE_MISMATCH")
    if text.startswith("Could not find key"):
        return StatementInvalid(text, error_class="FIELD_NOT_FOUND")
    if text.startswith("Set operations can only apply"):
        return StatementInvalid(text, error_class="NUM_COLUMNS_MISMATCH")
    if text.startswith("WHERE clause cannot contain"):
        return StatementInvalid(text, error_class="INVALID_WHERE_CONDITION")
    if "must appear in the GROUP BY" in text:
        return StatementInvalid(text, error_class="MISSING_AGGREGATION")
    if "Ambiguous" in text:
        return StatementInvalid(text, error_class="AMBIGUOUS_REFERENCE")
    return StatementInvalid(text)


def storage_error(error: Exception, what: str) -> PlatformError:
    """What delta-rs or the file system raised while `what` (a table's name, the home folder) was used."""
    text = _plain(str(error))
    code = error.errno if isinstance(error, OSError) else None
    if code in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG) or _FULL.search(text):
        return disk_full(what)
    if code in (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EEXIST) or _DENIED.search(text):
        return HomeError(f"{what} cannot be used: {text}", error_class="STORAGE_NOT_WRITABLE")
    name = type(error).__name__
    if "append-only" in text:
        return StatementInvalid(
            f"{what} takes appended rows only (delta.appendOnly): nothing in it may be changed.",
            error_class="DELTA_CANNOT_MODIFY_APPEND_ONLY",
        )
    if name == "CommitFailedError" or "concurrent transaction" in text or "already exists at version" in text:
        return WriteConflict(f"Another writer changed {what} first: {text}", error_class="DELTA_CONCURRENT_WRITE")
    if name == "SchemaMismatchError":
        return StatementInvalid(f"{what}: {text}", error_class="DELTA_SCHEMA_MISMATCH")
    if "failed validation check" in text or "non-nullable" in text.casefold():
        return StatementFailed(
            f"A NULL or a value that a constraint of {what} forbids was to be written.",
            error_class="DELTA_NOT_NULL_CONSTRAINT_VIOLATED",
        )
    if "not supported" in text:
        return StatementRefused(f"{what}: {text}", error_class="UNSUPPORTED_FEATURE")
    if isinstance(error, OSError):
        return WarehouseUnavailable(f"{what} could not be read or written: {text}")
    return TableCorrupt(
        f"The table {what} is damaged and cannot be read: {text}",
        next_step=f"Restore the folder of {what} from a copy, or drop the table and load it again.",
        error_class="DELTA_LOG_CORRUPT",
    )


def disk_full(what: str) -> WarehouseUnavailable:
    """The error of a write for which there is no room."""
    return WarehouseUnavailable(
        f"The disk is full: {what} could not be written, and nothing of this write was kept.",
        next_step="Free some space, then try again.",
        error_class=DISK_FULL,
    )


@contextmanager
def storage_errors(what: str) -> Iterator[None]:
    """Types what the body raises while it touches the files of `what`; the platform's own errors pass."""
    try:
        yield
    except WarehouseError:
        raise
    except PlatformError:
        raise
    except Exception as error:
        raise storage_error(error, what) from error


def _plain(text: str) -> str:
    """The message without a Rust back-trace, and with our own physical table names taken out."""
    text = re.sub(r"\n\s*\d+: .*", "", text, flags=re.DOTALL).strip()
    text = re.sub(r"^[A-Z][A-Za-z ]+ Error: ", "", text)
    return _PHYSICAL.sub("the table", text.split("\n\nLINE ")[0])
