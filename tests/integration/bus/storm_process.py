"""One of several processes that renew, take over and close leases all at once while they talk; says who won what."""

from __future__ import annotations

import random
import sys
import time
from pathlib import Path

from core.bus import Bus, BusOptions, Content, Delivery, Message, ProcessIdentity
from core.errors import PlatformError
from tests.unit.bus.home import Home, ask


def main(home: Home, rounds: int, seed: int) -> None:
    chance = random.Random(seed)
    warehouse = home.open_warehouse()
    process = ProcessIdentity.current("test").model_copy(update={"host": f"host{seed}"})
    bus = Bus(warehouse, keys=home.keys(), process=process, options=BusOptions(lease_s=60, register_at_start=True))
    bus.start()

    def answer(message: Message, delivery: Delivery) -> Content:
        return Content(kind="orphan.done", body={"by": process.process_id, "fence": delivery.fence})

    bus.register("Orphan", answer)
    while not (home.root / "go").exists():
        time.sleep(0.005)
    resumed = 0
    for _ in range(rounds):
        try:
            resumed += bus.recover().resumed
            bus.leases.renew()
            for _ in range(chance.randint(1, 5)):
                bus.request(ask("Orphan", from_agent=f"host{seed}")).result(30)
            bus.flush()
        except PlatformError as error:
            print("error", error.code, flush=True)
    deadline = time.monotonic() + 30
    while bus.requests.all_open() and time.monotonic() < deadline:
        time.sleep(0.01)
    bus.close()
    warehouse.close()
    print("resumed", resumed, flush=True)


if __name__ == "__main__":
    main(Home(Path(sys.argv[1])), int(sys.argv[2]), int(sys.argv[3]))
