"""Whatever bytes a file holds, reading it gives a plan or a LoadError with a next step, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import LoadError
from core.warehouse.loading import read_path

ENDINGS = [".csv", ".tsv", ".jsonl", ".json", ".parquet", ".sqlite", ".sql"]
pieces = st.sampled_from(
    [
        b"a,b\n", b"1,2\n", b'"', b"'", b";", b"\t", b"\\", b"\n", b"\r", b"{", b"}", b"[", b'{"a": 1}\n',
        b"null",
        b"CREATE TABLE t (a int, b text);\n", b"INSERT INTO t VALUES (1, 'x')", b", (2, 'y');\n",
        b"COPY t FROM stdin;\n",
        b"\\.\n", b"public.", b"::int", b"`", b"--", b"/*", b"*/", b"$$", b"2024-01-01", b"12:61",
        b"1e999", b"\xff\xfe",
        b"\x00", b"PAR1", b"SQLite format 3\x00", b"ALTER TABLE t ADD PRIMARY KEY (b);\n", "é🙂".encode(), b"\x81",
    ]
)  # fmt: skip
contents = st.one_of(st.binary(max_size=200), st.lists(pieces, max_size=25).map(b"".join))


@pytest.mark.parametrize("ending", ENDINGS)
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=contents)
def test_any_bytes_are_read_or_refused(tmp_path: Path, ending: str, content: bytes) -> None:
    path = tmp_path / f"any{ending}"
    path.write_bytes(content)
    problem = None
    try:
        plan = read_path(path, schema="any")
    except LoadError as error:
        problem = error
    if problem is not None:
        assert path.name in problem.message
        assert problem.next_step
    else:
        assert plan.tables
        assert all(table.table.num_columns for table in plan.tables.values())
