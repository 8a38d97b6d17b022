"""A slip as a picture, without a printer: made as for a printer, read as by one."""

from __future__ import annotations

import tempfile
from pathlib import Path

from PIL import Image

from ticket_printer.encode import encode
from ticket_printer.model import Encoding, Model
from ticket_printer.slip import Office, slip_of
from ticket_printer.virtual.interpreter import Interpreter
from ticket_printer.virtual.paper import Roll
from ticket_printer.virtual.state import State
from wire.messages import Ticket, Wait

_MARGIN = 16


def example(*, number: str, service: str, lane: str, counters: list[int], zone: str | None, issued_at: str,
            ahead: int, track: str | None) -> Ticket:
    """A ticket to look at."""
    return Ticket(id="preview", number=number, service=service, lane=lane, issued_at=issued_at, ahead=ahead,
                  wait=Wait(low_s=ahead * 120.0, likely_s=ahead * 180.0, high_s=ahead * 260.0) if ahead else None,
                  counters=counters, zone=zone, track=track, state="waiting")


def printed(slip: bytes, model: Model) -> Image.Image:
    """What a printer of that model makes of these bytes."""
    with tempfile.TemporaryDirectory() as folder:
        roll = Roll(Path(folder), model.width_dots)
        Interpreter(roll, State(), lambda _: None, model.cutter).feed(slip)
        path = roll.cut(complete=True) or Path(roll.slips()[-1]["png"])
        with Image.open(path) as opened:
            return opened.copy()


def picture(ticket: Ticket, office: Office, model: Model, *, encoding: Encoding | None = None,
            language: str | None = None, copy: bool = False) -> Image.Image:
    """The slip on paper: its dots, with the margins of the roll that no printer reaches."""
    slip = printed(encode(slip_of(ticket, office, language=language, copy=copy), model, encoding), model)
    paper = Image.new("1", (slip.width + 4 * _MARGIN, slip.height + 2 * _MARGIN), 255)
    paper.paste(slip, (2 * _MARGIN, _MARGIN))
    return paper
