"""A folder: every table file in it becomes tables, every page becomes a document, the rest is named."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from core.errors import LoadError
from core.warehouse.loading.files import DOCUMENTS, READERS, read_file
from core.warehouse.loading.plan import UNREADABLE, Contents

MOST_FILES = 10_000
_PART_FILE = re.compile(r"part-\d+.*\.parquet", re.IGNORECASE)


def read_folder(folder: Path, contents: Contents) -> None:
    """Add everything below `folder`, in the order of names; a file that cannot be read is skipped with its reason.

    Raises LoadError when there are too many files or none could be read.
    """
    files = list(_files(folder, contents))
    parts: dict[Path, list[Path]] = {}
    for path in files:
        shown = str(path.relative_to(folder))
        if _PART_FILE.fullmatch(path.name):
            parts.setdefault(path.parent, []).append(path)
        elif path.suffix.lower() in DOCUMENTS:
            contents.documents.append(path)
        elif path.suffix.lower() in READERS:
            _try(shown, partial(read_file, path, contents), contents)
        else:
            contents.skip(shown, "a file", f"{path.suffix or 'no ending'} is neither a table nor a document")
    for parent, paths in parts.items():
        _try(parent.name, partial(_read_parts, paths, parent.resolve().name, contents), contents)
    if not contents.tables and not contents.documents:
        raise _nothing(folder, contents)


def _files(folder: Path, contents: Contents) -> Iterator[Path]:
    """Files below the folder; hidden ones and links that lead out of it are not followed."""
    count = 0
    root = folder.resolve()
    for parent, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith((".", "_")))
        for name in sorted(names):
            path = Path(parent, name)
            if name.startswith((".", "_")) or not path.is_file():
                continue
            if path.is_symlink() and not path.resolve().is_relative_to(root):
                contents.skip(str(path.relative_to(folder)), "a link", "it leads out of the folder")
                continue
            count += 1
            if count > MOST_FILES:
                raise LoadError(
                    f"{folder.name} holds more than {MOST_FILES:,} files.", next_step="Load a folder further down."
                )
            yield path


def _read_parts(paths: list[Path], name: str, contents: Contents) -> None:
    from core.warehouse.loading.parquet_file import read_parquet_parts

    read_parquet_parts(paths, name, contents)


def _try(shown: str, read: Callable[[], None], contents: Contents) -> None:
    try:
        read()
    except LoadError as error:
        contents.skip(shown, UNREADABLE, error.message)
    except OSError as error:
        contents.skip(shown, UNREADABLE, error.strerror or str(error))


def _nothing(folder: Path, contents: Contents) -> LoadError:
    reasons = "; ".join(f"{skipped.where}: {skipped.why}" for skipped in contents.skipped[:3])
    return LoadError(
        f"{folder} holds nothing that can be loaded{f' ({reasons})' if reasons else ''}.",
        next_step="Choose a folder with .csv, .parquet, .jsonl, .sqlite or .sql files, or .md, .mdx or .txt pages.",
    )
