"""Walks through all chains of the table, a page at a time, so that the memory it takes does not grow with the log."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import TYPE_CHECKING, Any

from core.clock import Clock
from core.governance.audit.chain import Keys
from core.governance.audit.chain_check import ChainCheck, Judge, Row
from core.governance.audit.heads import Head, HeadsKept, newest
from core.governance.audit.verification import Findings, Verification
from core.types import PLATFORM
from core.warehouse.rows import python_rows

if TYPE_CHECKING:
    from core.warehouse.port import Parameters, Warehouse

PAGE_ROWS = 20_000
_LOWEST = -(2**63)
Place = tuple[str, int]


class Verifier:
    """One verification; a statement a page and one more. A page holds two rows at least."""

    def __init__(
        self, warehouse: Warehouse, keys: Keys, state: str, clock: Clock, *, page_rows: int = PAGE_ROWS
    ) -> None:
        self._warehouse = warehouse
        self._keys = keys
        self._state = state
        self._clock = clock
        self._page_rows = page_rows
        self._rows = 0

    def verify(self, kept: HeadsKept, own: Head | None = None) -> Verification:
        """Compare the table with `kept`, read before; `own` is the head that this process knows of its own chain."""
        findings = Findings()
        heads, damaged = newest(kept.lines, self._keys)
        judge = Judge(self._keys, {head.key_id for head in heads.values()})
        for line in damaged:
            findings.add("", 0, "forged", f"A head in {kept.place} is not what was signed: {line[:120]}")
        known = _with(heads, own)
        seen = self._walk(known, judge, findings)
        for chain_id in sorted(known.keys() - seen):
            length = known[chain_id].seq
            findings.add(chain_id, 0, "chain_missing", f"A whole chain of at least {length:,} rows is gone.")
        self._check_placeless(findings)
        return Verification(
            chains=len(seen),
            rows=self._rows,
            heads=len(heads),
            heads_place=kept.place,
            problems=tuple(findings.problems),
            more=findings.more,
            verified_at=self._clock.now(),
        )

    def _walk(self, heads: Mapping[str, Head], judge: Judge, findings: Findings) -> set[str]:
        seen: set[str] = set()
        for chain_id, places in groupby(self._places(), key=lambda found: found[0][0]):
            seen.add(chain_id)
            check = ChainCheck(chain_id, heads.get(chain_id), judge, findings)
            for (_, seq), rows in places:
                self._rows += len(rows)
                check.take(seq, rows)
            check.end()
        return seen

    def _places(self) -> Iterator[tuple[Place, list[Row]]]:
        """Every place in order with all different rows that claim it."""
        chain_id, seq = "", _LOWEST
        while True:
            page = self._query("chains_from", {"chain_id": chain_id, "seq": seq, "most": self._page_rows})
            places: list[tuple[Place, list[Row]]] = [(place, [*rows]) for place, rows in groupby(page, key=_place)]
            is_last = len(page) < self._page_rows
            if is_last or len(places) == 1:
                yield from places
            else:  # the last place of a page may go on in the next one, which begins with it
                yield from places[:-1]
            if is_last:
                return
            chain_id, seq = places[-1][0]
            seq += int(len(places) == 1)  # more rows at one place than a page holds: the finding is certain by now

    def _check_placeless(self, findings: Findings) -> None:
        found = int(self._query("without_a_place", {})[0]["found"])
        if found:
            findings.add("", 0, "forged", f"{found:,} rows have no place in a chain; the platform writes none.")

    def _query(self, name: str, parameters: Parameters) -> list[dict[str, Any]]:
        from core.warehouse import statements

        text = statements.render(statements.load("core.governance.audit", "statements.sql")[name], self._state)
        rows: list[dict[str, Any]] = python_rows(self._warehouse.query(text, parameters, principal=PLATFORM))
        return rows


def _place(row: Row) -> Place:
    return str(row["chain_id"]), int(row["seq"])


def _with(heads: Mapping[str, Head], own: Head | None) -> dict[str, Head]:
    known = dict(heads)
    if own is not None and (own.chain_id not in known or known[own.chain_id].seq < own.seq):
        known[own.chain_id] = own
    return known
