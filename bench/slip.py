"""What a slip costs: bytes on the cable, and time to make them. Needs no office, no printer."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator
from statistics import median

from bench.figures import Sizes
from bench.office import SITE
from firmware_config.demo import SITES
from firmware_config.programs import Kiosk, load_program
from firmware_config.settings import load
from ticket_printer import door, encode
from ticket_printer.model import model
from ticket_printer.slip import Line, slip_of
from wire.messages import Ticket, Wait

NATIVE, MIXED, BAUD = "epson-tm-t20-tcvn3", "epson-tm-t20", 19_200
_BITS_A_BYTE = 10
"""Eight, one to start and one to stop."""


def measure(sizes: Sizes, wanted: Collection[str]) -> Iterator[tuple[str, float]]:
    """Bytes are those of the first ticket; each slip that is timed has a number, a time and a code of its own."""
    settings = load(SITES / SITE)
    program = load_program(SITES / SITE, "kiosk-1", "kiosk")
    assert isinstance(program, Kiosk)
    assert program.printer is not None, "the demo's kiosk prints its own slips"
    printer, office = program.printer, door.dressed(door.office_of(settings), program.printer)

    def slip(n: int) -> list[Line]:
        return slip_of(ticket(n), office)

    native = len(encode.encode(slip(0), model(NATIVE), "native"))
    if "slip.bytes_native" in wanted:
        yield "slip.bytes_native", native
    if "slip.bytes_mixed" in wanted:
        yield "slip.bytes_mixed", len(encode.encode(slip(0), model(MIXED), "mixed"))
    if "slip.render_ms" in wanted:
        made_s = []
        for n in range(sizes.renders + 1):
            began_s = time.perf_counter()
            encode.encode(slip(n), model(printer.model))
            made_s.append(time.perf_counter() - began_s)
        yield "slip.render_ms", 1000 * median(made_s[1:])
    if "slip.wire_ms_19200" in wanted:
        yield "slip.wire_ms_19200", 1000 * native * _BITS_A_BYTE / BAUD


def ticket(n: int) -> Ticket:
    """Somebody for certification, six before them, with a code for a phone."""
    return Ticket(
        id=f"bench-{n:06d}", number=f"A{n % 899 + 1:03d}", service="chung-thuc", lane="normal",
        issued_at=f"2026-11-23T{8 + n // 60 % 8:02d}:{n % 60:02d}:31.000+07:00", ahead=6,
        wait=Wait(low_s=720.0, likely_s=1000.0, high_s=1500.0), counters=[1, 2, 3], zone="tang-1",
        track=f"https://mot-cua.trungtu.hanoi.gov.vn/t/K7Q2M9XW4RTB5HJN2KQF{n:06d}", state="waiting")
