"""A process that writes audit entries: `count` of them, or until it kills itself between an append and its head."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from core.bus import KeyRing
from core.governance.audit import AuditLog, FileHeads, Head
from tests.bus_warehouses import chosen, open_warehouse
from tests.unit.governance.audit.home import entry


class Deadly(FileHeads):
    """Ends the process when it is about to keep the head of row `at`."""

    at = 0

    def publish(self, head: Head) -> None:
        if self.at and head.seq >= self.at:
            os.kill(os.getpid(), signal.SIGKILL)
        super().publish(head)


def main(root: Path, count: int, killed_at: int) -> None:
    keys = KeyRing.open(root / "keys")
    heads = Deadly(root / "audit", keys)
    heads.at = killed_at
    log = AuditLog(open_warehouse(chosen(), root / "tables"), keys, heads=heads)
    for number in range(count):
        os.write(1, f"{log.record(entry(number))}\n".encode())


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
