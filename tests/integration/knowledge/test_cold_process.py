"""A fresh process finds what another one ingested, from the stored index, without loading the embedding model."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from core.knowledge import Knowledge
from core.types import PLATFORM
from core.warehouse import EmbeddedWarehouse
from core.warehouse.statements import definitions

ROOT = Path(__file__).parents[3]
ASK = """
import json, sys
from pathlib import Path
from core.knowledge import Knowledge
from core.warehouse import EmbeddedWarehouse

home = Path(sys.argv[1])
warehouse = EmbeddedWarehouse(home / "tables")
base = Knowledge(warehouse, index_folder=home / "index")
answers = [base.retrieve(sys.argv[2], role).answer for role in ("data_engineer", "data_analyst")]
warehouse.close()
heavy = sorted({"onnxruntime", "tokenizers", "pandas"} & set(sys.modules))
print(json.dumps({"answers": answers, "heavy": heavy}))
"""


def test_a_fresh_process_answers_for_each_role_and_loads_nothing_heavy(tmp_path: Path) -> None:
    warehouse = EmbeddedWarehouse(tmp_path / "tables")
    warehouse.execute("CREATE SCHEMA IF NOT EXISTS main.aiops", principal=PLATFORM)
    for statement in definitions("core.knowledge"):
        warehouse.execute(statement, principal=PLATFORM)
    Knowledge(warehouse, index_folder=tmp_path / "index").ingest(ROOT / "demo" / "handbook")
    warehouse.close()
    asked = subprocess.run(
        [sys.executable, "-c", ASK, str(tmp_path), "When does the nightly load start?"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    found = json.loads(asked.stdout)
    assert found["answers"][0].startswith("The nightly load starts at 02:15 UTC")
    assert found["answers"][1] is None
    assert found["heavy"] == []
