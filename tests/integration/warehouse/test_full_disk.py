"""Every kind of write on a full disk: a typed error, nothing kept of it, and the same instance goes on afterwards."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

SCRIPT = """
import os, resource, signal, sys
from pathlib import Path
import pyarrow as pa
from core.errors import WarehouseUnavailable
from core.types import PLATFORM
from core.warehouse import EmbeddedWarehouse

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
w = EmbeddedWarehouse(Path(sys.argv[1]))
text = [os.urandom(40).hex() for _ in range(20_000)]
w.write_table("main.lab.t", pa.table({"n": [1], "x": ["kept"]}), comment="old")
w.write_table("main.lab.large", pa.table({"n": range(20_000), "x": text}))
big = pa.table({"n": range(20_000), "x": text})
writes = {
    "append": lambda: w.append("main.lab.t", [{"n": 2, "x": item} for item in text]),
    "insert": lambda: w.execute("INSERT INTO main.lab.t SELECT * FROM main.lab.large", principal=PLATFORM),
    "update": lambda: w.execute("UPDATE main.lab.large SET n = n + 1", principal=PLATFORM),
    "create": lambda: w.write_table("main.lab.fresh", big),
    "replace": lambda: w.write_table("main.lab.t", big, mode="replace", comment="new"),
}
soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
for name, write in writes.items():
    try:
        write()
        print(name, "was acknowledged")
    except WarehouseUnavailable as error:
        assert error.retryable and "disk is full" in error.message, error
resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
info = {found.name: found.comment for found in w.tables("main.lab", principal=PLATFORM)}
assert info == {"large": None, "t": "old"}, info
assert w.query("SELECT * FROM main.lab.t", principal=PLATFORM).to_pylist() == [{"n": 1, "x": "kept"}]
assert w.query("SELECT sum(n) AS n FROM main.lab.large", principal=PLATFORM).to_pylist() == [{"n": 199990000}]
for name in ("append", "insert", "update", "create", "replace"):
    writes[name]()
assert w.query("SELECT count(*) AS n FROM main.lab.t", principal=PLATFORM).to_pylist() == [{"n": 20000}]
left = [path.name for path in (Path(sys.argv[1]) / "main" / "lab").iterdir() if path.name.startswith(".new-")]
print("left", left)
w.close()
"""


def test_every_write_fails_whole_on_a_full_disk_and_works_again_after(tmp_path: Path) -> None:
    root = str(tmp_path / "tables")
    ran = subprocess.run([sys.executable, "-c", SCRIPT, root], capture_output=True, text=True, timeout=60, check=False)
    assert (ran.returncode, ran.stdout) == (0, "left []\n"), ran.stdout + ran.stderr
