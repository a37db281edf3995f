"""One chain, place by place: what was edited, removed, moved, cut off or put there by somebody without the key."""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from core.errors import KeyUnavailable
from core.governance.audit.chain import BEGINNING, Keys, signed_bytes
from core.governance.audit.heads import Head
from core.governance.audit.verification import Findings, ProblemKind

Row = Mapping[str, Any]
_COMPARED = 100
"""Rows and places of a chain among which a moved row is looked for."""
_UNKNOWN_KEYS = 100
_PLACE = ("seq", "prev_hash", "hash", "key_id")


class Judge:
    """Tells whether a row is what was signed. Asks for each unknown key once, and for a few only: asking costs.

    `known` are keys of which somebody knows that they are there: a flood of invented ones must not crowd them out.
    """

    def __init__(self, keys: Keys, known: Iterable[str] = ()) -> None:
        self._keys = keys
        self._known = {keys.key_id, *known}
        self._unknown: set[str] = set()

    def is_intact(self, row: Row) -> bool:
        """Whether the row's hash is that of its other columns."""
        key_id = str(row.get("key_id") or "")
        if not self.knows(key_id):
            return False
        expected = self._keys.sign(signed_bytes(row), key_id)
        return hmac.compare_digest(expected.encode(), str(row.get("hash") or "").encode())

    def knows(self, key_id: str) -> bool:
        """Whether there is such a key."""
        if key_id in self._known:
            return True
        if not key_id or key_id in self._unknown or len(self._unknown) >= _UNKNOWN_KEYS:
            return False
        try:
            self._keys.sign(b"", key_id)
        except KeyUnavailable:
            self._unknown.add(key_id)
            return False
        self._known.add(key_id)
        return True


class ChainCheck:
    """Takes the rows of a chain in the order of their numbers, all rows of a number at once; `end` concludes."""

    def __init__(self, chain_id: str, head: Head | None, judge: Judge, findings: Findings) -> None:
        self._chain_id = chain_id
        self._head = head
        self._judge = judge
        self._findings = findings
        self._expected = 1
        """The number after the last signed row."""
        self._last_hash: str | None = BEGINNING
        """Of the row before; None where that row is not as it was."""
        self._broken: list[tuple[int, Row | None]] = []
        """Places since the last signed row that hold only rows which nobody signed so."""
        self._edited: list[tuple[int, Row | None]] = []
        self._missing: list[int] = []

    def take(self, seq: int, rows: Sequence[Row]) -> None:
        """All different rows that claim the place `seq`."""
        signed = [row for row in rows if self._judge.is_intact(row)]
        others = [row for row in rows if row not in signed]
        if seq < 1 or not signed:
            self._take_unsigned(seq, others or signed)
            return
        for other in others:
            same = other.get("audit_id") == signed[0].get("audit_id")
            self._add(seq, "duplicated_differently" if same else "forged", "A row that nobody signed stands beside it.")
        if len(signed) > 1:
            self._add(seq, "duplicated_differently", "Two different signed rows have this number.")
        self._close_gap(seq)
        self._check_link(seq, signed)

    def end(self) -> None:
        """What only the whole chain tells: the tail, rows beyond it, and rows that were moved."""
        last = self._head.seq if self._head is not None else 0
        beyond = [(seq, row) for seq, row in self._broken if seq > last]
        self._broken = [(seq, row) for seq, row in self._broken if seq <= last]
        self._close_gap(last + 1, "truncated")
        for seq, row in beyond:
            self._add(seq, *self._unsigned(row, "forged", "A row that nobody signed was added to the chain."))
        for seq, row in self._edited:
            self._add(seq, *self._explained(seq, row))

    def _take_unsigned(self, seq: int, rows: Sequence[Row]) -> None:
        if seq < 1:
            self._add(seq, "forged", "A row has a number that no chain has.")
            return
        is_kept = len(self._broken) + len(self._edited) < _COMPARED
        self._broken.append((seq, rows[0] if is_kept else None))
        for _ in rows[1:]:
            self._add(seq, "forged", "Several rows that nobody signed have this number.")

    def _check_link(self, seq: int, signed: Sequence[Row]) -> None:
        hashes = [str(row["hash"]) for row in signed]
        follows = self._last_hash is None or any(row["prev_hash"] == self._last_hash for row in signed)
        if not follows:
            self._add(seq, "reordered", "The row does not follow the one before it.")
        if self._head is not None and self._head.seq == seq and self._head.hash not in hashes:
            self._add(seq, "duplicated_differently", "The head kept outside is of another row with this number.")
        self._expected, self._last_hash = seq + 1, hashes[0]

    def _close_gap(self, until: int, kind: ProblemKind = "removed") -> None:
        """Between the last signed row and the number `until`: places that were edited, and places that are empty."""
        broken = dict(self._broken)
        for first, last in _gaps(self._expected, until, sorted(broken)):
            self._missing += range(first, min(last + 1, first + _COMPARED - len(self._missing)))
            which = f"Row {first:,} is gone" if first == last else f"Rows {first:,} to {last:,} are gone"
            self._add(first, kind, f"{which}{'' if kind == 'removed' else ' from the end of the chain'}.")
        if self._expected < until:
            self._last_hash = None
        self._edited += self._broken
        self._broken = []
        self._expected = max(self._expected, until)

    def _explained(self, seq: int, row: Row | None) -> tuple[ProblemKind, str]:
        if row is not None:
            for number, other in self._candidates(seq):
                moved = [{**row, "seq": number}]
                moved += [{**row, **{name: other[name] for name in _PLACE}}] if other is not None else []
                if any(self._judge.is_intact(one) for one in moved):
                    return "reordered", f"The row was written as row {number:,} and has been moved."
        return self._unsigned(row, "edited", "The row is not what was written.")

    def _candidates(self, seq: int) -> Iterator[tuple[int, Row | None]]:
        yield from ((number, row) for number, row in self._edited[:_COMPARED] if number != seq)
        yield from ((number, None) for number in self._missing[:_COMPARED])

    def _unsigned(self, row: Row | None, kind: ProblemKind, sentence: str) -> tuple[ProblemKind, str]:
        key_id = "" if row is None else str(row.get("key_id") or "")
        if row is None or self._judge.knows(key_id):
            return kind, sentence
        return "unknown_key", f"The row names the key {key_id[:80]!r}, which this installation does not have."

    def _add(self, seq: int, kind: ProblemKind, sentence: str) -> None:
        self._findings.add(self._chain_id, seq, kind, sentence)


def _gaps(first: int, until: int, taken: Sequence[int]) -> Iterator[tuple[int, int]]:
    """The ranges of numbers from `first` to before `until` that are not in `taken` (sorted)."""
    for number in (*(n for n in taken if n < until), until):
        if number > first:
            yield first, number - 1
        first = max(first, number + 1)
