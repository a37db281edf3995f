"""A process that tries to use every licence of a home, and says on stdout which it got."""

from __future__ import annotations

import os
import random
import sys
from pathlib import Path

from core.bus import KeyRing
from core.errors import ApprovalUnusable
from core.governance import Approvals, Known
from core.ids import new_id
from core.warehouse import EmbeddedWarehouse
from tests.unit.governance.approval_cases import PEOPLE, POLICY


def main(root: Path, seed: int) -> None:
    warehouse = EmbeddedWarehouse(root / "tables")
    approvals = Approvals(warehouse, POLICY, keys=KeyRing.open(root / "keys"), directory=Known(PEOPLE))
    requests = [line.split() for line in (root / "requests").read_text(encoding="utf-8").splitlines()]
    random.Random(seed).shuffle(requests)
    os.write(1, b"ready\n")
    sys.stdin.readline()
    for request_id, digest in requests:
        try:
            grant = approvals.consume(request_id, digest, new_id())
        except ApprovalUnusable:
            continue
        os.write(1, f"{grant.request.request_id} {grant.consumed_by}\n".encode())
    warehouse.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
