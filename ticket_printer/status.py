"""What a printer says of itself: the answers to DLE EOT, read bit by bit (Epson's ESC/POS reference, DLE EOT).

Nothing here trusts silence: a printer that says nothing has said nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ticket_printer.errors import CoverOpen, PaperOut, PrinterError, PrinterFault, PrinterOffline
from wire.codes import Paper
from wire.messages import Health

PRINTER, CAUSE, ROLL = 1, 2, 4
QUESTIONS = (PRINTER, CAUSE, ROLL)
"""Asked in this order: DLE EOT 1 the printer, 2 why it is off line, 4 the roll."""


def question(n: int) -> bytes:
    """The bytes of DLE EOT n."""
    return bytes((0x10, 0x04, n))


def is_answer(byte: int) -> bool:
    """Whether this byte answers DLE EOT: its fixed bits are 0xx1xx10."""
    return byte & 0b1001_0011 == 0b0001_0010


def is_fence(byte: int) -> bool:
    """Whether this byte answers GS r: its fixed bits are 0xx0xxxx."""
    return byte & 0b1001_0000 == 0


@dataclass(frozen=True, slots=True)
class Condition:
    """How a printer is. ``trouble`` is what keeps it from printing, if anything."""

    paper: Paper = "unknown"
    cover: str = "unknown"
    trouble: PrinterError | None = None

    @property
    def health(self) -> Health:
        """The same as the office hears it."""
        return Health(paper=self.paper, cover=self.cover, error=self.trouble.code if self.trouble else None)


def condition(answers: Mapping[int, int], *, where: str) -> Condition:
    """What the three answers mean together; ``where`` names the printer in the sentence for people."""
    cover = "open" if answers[CAUSE] & 0x04 else "closed"
    out = bool(answers[ROLL] & 0x60 or answers[CAUSE] & 0x20)
    paper: Paper = "out" if out else "low" if answers[ROLL] & 0x0C else "ok"
    return Condition(paper, cover, _trouble(answers, out=out, cover=cover, where=where))


def _trouble(answers: Mapping[int, int], *, out: bool, cover: str, where: str) -> PrinterError | None:
    if cover == "open":
        return CoverOpen(f"the cover of the printer at {where} is open; close it")
    if out:
        return PaperOut(f"the printer at {where} has no paper; put a new roll in")
    if answers[CAUSE] & 0x40:
        return PrinterFault(f"the printer at {where} reports a fault; look at its lamps, switch it off and on")
    if answers[PRINTER] & 0x08:
        return PrinterOffline(f"the printer at {where} is off line; press its FEED or ONLINE button")
    return None
