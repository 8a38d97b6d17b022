"""A process with a press, to be killed: prints slip-0 … as if the hub asked again and again, and tells each end."""

from __future__ import annotations

import sys
import threading
import time
from datetime import datetime
from pathlib import Path

from firmware_config.programs import Printer
from tests.ticket_printer.office import HANOI, OFFICE, ticket
from ticket_printer import door


def main(folder: str, address: str, count: int) -> None:
    done, ended = threading.Event(), set()

    def on_end(job: door.Job, error: str | None) -> None:
        sys.stdout.write(f"{job.id} {error or 'printed'}\n")
        sys.stdout.flush()
        ended.add(job.id)
        if len(ended) == count:
            done.set()

    press = door.build(Printer(address=address), folder=Path(folder), office=OFFICE, now=time.monotonic,
                       wall=lambda: datetime.now(HANOI), on_end=on_end, on_health=lambda _: None, device="printer-1")
    press.start()
    for n in range(count):
        press.put(door.Job(f"slip-{n}", ticket(id=f"t-{n}", number=f"A{n:03d}", track=None)))
    done.wait(60)
    press.stop()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
