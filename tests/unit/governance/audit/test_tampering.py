"""Whatever somebody with the right to write the table, and without the key, does to it is found, at every place."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.bus import KeyRing
from core.governance.audit import AuditLog, FileHeads
from core.governance.audit.chain import COLUMNS
from core.governance.audit.chain_check import _UNKNOWN_KEYS
from core.governance.audit.heads import HeadsKept
from core.governance.audit.verifier import Verifier
from tests.unit.governance.audit.home import TABLE, AuditHome, Rows, entries, entry, opened

LENGTHS = (3, 5)
"""Rows of the two chains; by their order in the table."""


@pytest.fixture(scope="module")
def written(audit_templates: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[AuditHome]:
    """A home with two chains; every test puts its rows back."""
    root = tmp_path_factory.mktemp("tampered") / "home"
    with opened(audit_templates["embedded"], root, "embedded") as home:
        for length in LENGTHS:
            home.log().record_many(entries(length))
        yield home


@pytest.fixture(scope="module")
def original(written: AuditHome) -> Rows:
    return written.rows()


PLACES = [(chain, seq) for chain, length in enumerate(LENGTHS) for seq in range(1, length + 1)]
EVERY_PLACE = pytest.mark.parametrize(("chain", "seq"), PLACES)


def chains_of(rows: Rows) -> list[str]:
    return sorted({row["chain_id"] for row in rows})


def at(rows: Rows, chain: int, seq: int) -> dict[str, Any]:
    return next(row for row in rows if row["chain_id"] == chains_of(rows)[chain] and row["seq"] == seq)


# ── at every place ───────────────────────────────────────────────────────────────────────────────────────────────


def test_untouched_rows_are_in_order_in_any_physical_order_and_any_number(written: AuditHome, original: Rows) -> None:
    written.replace([*reversed(original), *original, *original[2:5]])
    found = written.verify()
    assert (found.ok, found.chains, found.rows, found.heads) == (True, 2, 8, 2)


@EVERY_PLACE
def test_an_edited_row_is_found(written: AuditHome, original: Rows, chain: int, seq: int) -> None:
    target = at(original, chain, seq)
    written.replace([{**row, "actor": "eve"} if row is target else row for row in original])
    assert written.found() == [(target["chain_id"], seq, "edited")]


@EVERY_PLACE
def test_a_removed_row_is_found(written: AuditHome, original: Rows, chain: int, seq: int) -> None:
    target = at(original, chain, seq)
    written.replace([row for row in original if row is not target])
    kind = "truncated" if seq == LENGTHS[chain] else "removed"
    assert written.found() == [(target["chain_id"], seq, kind)]


@EVERY_PLACE
def test_a_cut_tail_is_found(written: AuditHome, original: Rows, chain: int, seq: int) -> None:
    target = at(original, chain, seq)
    written.replace([r for r in original if r["chain_id"] != target["chain_id"] or r["seq"] < seq])
    found = written.verify()
    expected = ("chain_missing", 0) if seq == 1 else ("truncated", seq)
    assert [(problem.kind, problem.seq) for problem in found.problems] == [expected]
    if LENGTHS[chain] - seq == 2 and seq > 1:
        assert found.problems[0].sentence == "Rows 3 to 5 are gone from the end of the chain."


@EVERY_PLACE
def test_a_row_with_the_number_of_another_is_found(written: AuditHome, original: Rows, chain: int, seq: int) -> None:
    target, other = at(original, chain, seq), at(original, chain, 1 if seq > 1 else 2)
    moved = {target["audit_id"]: other, other["audit_id"]: target}
    swapped = [{**r, "seq": moved[r["audit_id"]]["seq"]} if r["audit_id"] in moved else r for r in original]
    written.replace(swapped)
    assert {kind for _, _, kind in written.found()} == {"reordered"}
    places = ("chain_id", "seq", "prev_hash", "hash", "key_id")
    written.replace(
        [
            {**r, **{name: moved[r["audit_id"]][name] for name in places}} if r["audit_id"] in moved else r
            for r in original
        ]
    )
    assert {kind for _, _, kind in written.found()} == {"reordered"}


@EVERY_PLACE
def test_a_second_row_at_the_place_of_another_is_found(
    written: AuditHome, original: Rows, chain: int, seq: int
) -> None:
    target = at(original, chain, seq)
    written.replace([*original, {**target, "detail": '{"verdict":"approve"}'}])
    assert written.found() == [(target["chain_id"], seq, "duplicated_differently")]
    written.replace([*original, {**target, "audit_id": "another", "detail": "{}", "hash": "0" * 64}])
    assert written.found() == [(target["chain_id"], seq, "forged")]


# ── anything ─────────────────────────────────────────────────────────────────────────────────────────────────────

_TEXTS = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\x00"), max_size=20)


def _value(column: str) -> st.SearchStrategy[Any]:
    if column == "seq":
        return st.none() | st.integers(-(2**63), 2**63 - 1)
    if column == "at":
        return st.none() | st.timedeltas(timedelta(microseconds=1), timedelta(days=9))
    return _TEXTS if column == "audit_id" else st.none() | _TEXTS


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.sampled_from(PLACES), edit=st.sampled_from(COLUMNS).flatmap(lambda c: st.tuples(st.just(c), _value(c))))
def test_any_other_value_in_any_column_of_any_row_is_found(
    written: AuditHome, original: Rows, place: tuple[int, int], edit: tuple[str, Any]
) -> None:
    target, (column, value) = at(original, *place), edit
    new = target["at"] + value if isinstance(value, timedelta) else value
    written.replace([{**row, column: new} if row is target else row for row in original])
    assert written.verify().ok == (new == target[column])


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(kept=st.sets(st.sampled_from(PLACES)))
def test_any_set_of_removed_rows_is_found(written: AuditHome, original: Rows, kept: set[tuple[int, int]]) -> None:
    written.replace([at(original, *place) for place in sorted(kept)])
    gone = {(chains_of(original)[chain], seq) for chain, seq in set(PLACES) - kept}
    found = written.verify()
    assert found.ok == (not gone)
    assert {problem.chain_id for problem in found.problems} == {chain for chain, _ in gone}


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=st.permutations(PLACES), by=st.sampled_from(["number", "place", "content"]))
def test_any_reordering_is_found(written: AuditHome, original: Rows, order: list[tuple[int, int]], by: str) -> None:
    """The numbers, the whole places, or all but the hash of the rows change hands."""
    names = {"number": ("chain_id", "seq"), "place": ("chain_id", "seq", "prev_hash", "hash", "key_id")}
    taken = names.get(by, tuple(name for name in COLUMNS if name != "hash"))
    pairs = [(at(original, *here), at(original, *there)) for here, there in zip(PLACES, order, strict=True)]
    written.replace([{**row, **{name: other[name] for name in taken}} for row, other in pairs])
    assert written.verify().ok == (order == PLACES)


# ── by statements, on both warehouses ────────────────────────────────────────────────────────────────────────────


def test_statements_by_hand_are_found(home: AuditHome) -> None:
    home.log().record_many(entries(5))
    assert home.verify().ok
    home.by_hand(f"UPDATE {TABLE} SET actor = 'eve' WHERE seq = 2")
    home.by_hand(f"DELETE FROM {TABLE} WHERE seq = 3 OR seq = 5")
    home.by_hand(f"INSERT INTO {TABLE} (audit_id, chain_id, seq) SELECT 'x', chain_id, 9 FROM {TABLE} WHERE seq = 1")
    assert [(seq, kind) for _, seq, kind in home.found()] == [
        (3, "removed"),
        (5, "truncated"),
        (9, "unknown_key"),
        (2, "edited"),
    ]
    home.by_hand(f"DELETE FROM {TABLE}")
    assert [(seq, kind) for _, seq, kind in home.found()] == [(0, "chain_missing")]


# ── without the key ──────────────────────────────────────────────────────────────────────────────────────────────


def test_rows_added_without_the_key_are_found_wherever_they_claim_to_be(local: AuditHome) -> None:
    local.log().record_many(entries(2))
    last = local.rows()[-1]
    for change, kind in (
        ({"seq": 3, "prev_hash": last["hash"]}, "forged"),
        ({"seq": 1_000_000_000}, "forged"),
        ({"seq": 0}, "forged"),
        ({"seq": None}, "forged"),
        ({"chain_id": "own", "seq": 1, "prev_hash": ""}, "forged"),
        ({"chain_id": None}, "forged"),
        ({"chain_id": ""}, "forged"),
        ({"seq": 3, "key_id": "k9"}, "unknown_key"),
    ):
        rows = local.rows()
        local.warehouse.append(TABLE, [{**last, "audit_id": "forged", **change}])
        assert local.kinds() == {kind}, change
        local.replace(rows)


def test_many_unknown_keys_do_not_hide_what_the_known_one_signed(local: AuditHome) -> None:
    local.log().record_many(entries(2))
    first = local.rows()[0]
    local.warehouse.append(
        TABLE, [{**first, "chain_id": "!", "seq": n, "key_id": f"k{n}"} for n in range(1, 2 * _UNKNOWN_KEYS)]
    )
    found = local.verify()
    assert {problem.chain_id for problem in found.problems} == {"!"}
    assert {problem.kind for problem in found.problems} <= {"unknown_key", "forged"}
    assert len(found.problems) == 2 * _UNKNOWN_KEYS - 1


def test_a_row_that_another_installation_signed_is_not_taken(local: AuditHome) -> None:
    local.log().record_many(entries(2))
    own = FileHeads(local.root / "other", KeyRing.create(local.root / "other"))
    AuditLog(local.warehouse, KeyRing.open(local.root / "other"), heads=own).record(entry(1))
    assert local.kinds() == {"unknown_key"}


# ── pages ────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("page_rows", [2, 3, 7, 8, 9])
def test_chains_are_walked_over_any_page_size(written: AuditHome, original: Rows, page_rows: int) -> None:
    def verify() -> list[tuple[int, str]]:
        log = written.log()
        verifier = Verifier(log._warehouse, written.keys, "main.aiops", log._clock, page_rows=page_rows)
        return [(problem.seq, problem.kind) for problem in verifier.verify(written.heads().read()).problems]

    written.replace(original)
    assert verify() == []
    target = at(original, 1, 3)
    copies = [{**target, "detail": f'{{"n":{number}}}'} for number in range(3)]
    written.replace([*original, *copies])
    found = verify()
    assert {seq for seq, _ in found} == {3}
    if page_rows > len(copies) + 1:
        assert found == [(3, "duplicated_differently")] * 3


@pytest.mark.parametrize("count", [4_000, pytest.param(20_000, marks=pytest.mark.long)])
def test_a_long_log_is_verified(local: AuditHome, capsys: pytest.CaptureFixture[str], count: int) -> None:
    log = local.log()
    for _ in range(4):
        log.record_many(entry(number) for number in range(count // 4))
    started = time.monotonic()
    found = local.verify()
    with capsys.disabled():
        print(f"\n  {count:,} rows of the audit log verified in {time.monotonic() - started:.2f} s")
    assert (found.ok, found.rows, found.chains) == (True, count, 1)
    local.by_hand(f"DELETE FROM {TABLE} WHERE seq = 2345")
    assert [(seq, kind) for _, seq, kind in local.found()] == [(2345, "removed")]


def test_heads_are_compared_also_where_they_are_the_only_trace(local: AuditHome) -> None:
    lines = local.heads().read().lines
    assert lines == ()
    local.log().record(entry(1))
    shutil.rmtree(local.root / "audit")
    assert (local.verify().ok, local.verify().heads) == (True, 0)
    verifier = Verifier(local.warehouse, local.keys, "main.aiops", local.log()._clock)
    assert verifier.verify(HeadsKept((), "")).sentence.endswith("a cut tail would not be noticed.")
