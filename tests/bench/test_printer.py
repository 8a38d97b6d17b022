"""The printer of the benches is one that the office can print on."""

import queue
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bench.figures import NotMeasured
from bench.printer import Printer
from bench.slip import ticket
from firmware_config.programs import Printer as Program
from ticket_printer import door


@pytest.mark.parametrize("model", ["generic-80", "epson-tm-t20", "epson-tm-t20-tcvn3"])
def test_it_takes_slips_and_notes_when_each_began(tmp_path: Path, model: str) -> None:
    ends: queue.SimpleQueue[tuple[str, str | None]] = queue.SimpleQueue()
    with Printer() as printer:
        press = door.build(
            Program(model=model, address=printer.address), folder=tmp_path, office=door.Office(names={"vi": "Một cửa"}),
            now=time.monotonic, wall=lambda: datetime.now(UTC), on_end=lambda job, error: ends.put((job.id, error)),
            on_health=lambda health: None, device="printer-1")
        press.start()
        for n in range(2):
            put_s = time.monotonic()
            press.put(door.Job(f"slip-{n}", ticket(n)))
            first_s = printer.next_slip(10)
            assert ends.get(timeout=10) == (f"slip-{n}", None)
            assert put_s < first_s < time.monotonic()
        press.stop()


def test_it_says_so_when_no_slip_comes() -> None:
    with Printer() as printer, pytest.raises(NotMeasured, match="no slip came"):
        printer.next_slip(0.01)
