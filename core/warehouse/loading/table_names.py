"""Names of a dump's tables: which one a statement means, and what each is called when two schemas share a name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from core.warehouse.loading.plan import Contents

BETWEEN = "\x1f"
"""Stands between the parts of a name where they are one text; no name holds it."""


def key_of(parts: Sequence[str]) -> str:
    """A name's parts (database, schema, table) as one text that is compared without regard to case."""
    return BETWEEN.join(part.casefold() for part in parts)


def find_key(keys: Iterable[str], parts: Sequence[str]) -> str | None:
    """The key that a name means: itself, else the first that says less or more of the same name; None without one."""
    wanted = key_of(parts)
    known = list(keys)
    if wanted in known:
        return wanted
    return next((key for key in known if _is_end(wanted, key) or _is_end(key, wanted)), None)


def final_names(file: str, parts: Mapping[str, Sequence[str]], contents: Contents) -> dict[str, str]:
    """What each table is called: its own name, or with its schema in front when two schemas have one of that name."""
    own = Counter(named[-1].casefold() for named in parts.values())
    names = {}
    for key, named in parts.items():
        shared = own[named[-1].casefold()] > 1 and len(named) > 1
        names[key] = "_".join(named) if shared else named[-1]
        if shared:
            why = "two schemas have a table of that name"
            contents.adjust(file, f"table {'.'.join(named)} is called {names[key]!r}", why)
    return names


def referred(names: Mapping[str, str], schema: Sequence[str], parts: Sequence[str]) -> str:
    """The final name of a table that a reference names, first within the schema of the table that refers to it."""
    within = key_of([*schema, *parts])
    key = within if within in names else find_key(names, parts)
    return names[key] if key is not None else parts[-1]


def _is_end(short: str, long: str) -> bool:
    return long.endswith(f"{BETWEEN}{short}")
