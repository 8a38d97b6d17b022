"""The kiosk's slips: each is a row on the disk until the hub is being told how it ended.

Rule 1: a slip is on the disk before it is printed, so that after a power cut somebody knows of it.
Rule 2: the hub hears of a slip only when it knows its ticket.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from typing import Protocol

from kiosk.numbers import DiskFailed, Numbers
from wire import codec
from wire.commands import PrintFailed, TicketPrinted
from wire.device import Device
from wire.link import LinkError
from wire.messages import Ticket

_log = logging.getLogger(__name__)

VALID_S = 30.0
"""A slip that did not come out in this time is no longer wanted: its person has left."""


class SlipPrinter(Protocol):
    """What prints slips here; how it ended comes to ``Kiosk.slip_ended``."""

    def put(self, job: str, ticket: Ticket, *, copy: bool, valid_until: float) -> None:
        """Print a ticket; the same job twice is printed once."""


class Slips:
    """All on the device's own thread; what the disk refuses is logged, for a slip is worth printing all the same."""

    def __init__(self, device: Device, numbers: Numbers, *, boot: str, now: Callable[[], float]) -> None:
        self._device, self._numbers, self._boot, self._now = device, numbers, boot, now

    def write_down(self, ticket: Ticket, *, reserved: bool, answers: str) -> None:
        """Write a slip down, and the question ``answers`` as ended."""
        try:
            self._numbers.slip_begins(ticket.id, codec.encode(ticket), reserved=reserved, boot=self._boot,
                                      now=self._now(), answers=answers)
        except DiskFailed as wrong:
            _log.error("%s", wrong)

    def hand_over(self, printer: SlipPrinter, ticket: Ticket) -> None:
        """Have a slip printed."""
        printer.put(ticket.id, ticket, copy=False, valid_until=self._now() + VALID_S)

    def ended(self, ticket: str, error: str | None) -> None:
        """It is out, or failed."""
        try:
            self._numbers.slip_ended(ticket, error)
        except DiskFailed as wrong:
            _log.error("%s", wrong)

    def take_up(self, printer: SlipPrinter | None, *, recent_s: float) -> tuple[Ticket, bool] | None:
        """After a start: hand over again what has no end yet; the newest of the last ``recent_s``, if there is one,
        and whether its number came from the reserve. ``DiskFailed``."""
        now, newest = self._now(), None
        for slip in self._numbers.slips():
            if slip.ended:
                continue
            ticket = codec.decode(slip.payload, Ticket)
            recent = slip.boot == self._boot and 0 <= now - slip.mono_s <= recent_s
            if printer is None:
                self._numbers.slip_ended(slip.ticket, "no-printer")
                continue
            # The printer knows how far it came: it prints it, or tells again how it ended.
            printer.put(slip.ticket, ticket, copy=False, valid_until=now + (VALID_S if recent else 0.0))
            if recent:
                newest = (ticket, slip.reserved)
        return newest

    def tell_ended(self) -> None:
        """Hand what ended to the outbox, as far as the hub knows the tickets."""
        try:
            for slip in self._numbers.slips_to_tell():
                # The same id again after a power cut between these two lines: told once.
                name = f"slip-{slip.ticket}"
                usable = re.fullmatch(r"[A-Za-z0-9_-]{8,64}", name)
                self.tell(name if usable else self._device.new_id(), slip.ticket, slip.error)
                self._numbers.forget_slip(slip.ticket)
        except (DiskFailed, LinkError) as wrong:
            _log.error("%s", wrong)

    def tell(self, id: str, ticket: str, error: str | None) -> None:
        """Tell the hub how the slip of a ticket ended, until it has answered."""
        self._device.keep(TicketPrinted(id=id, ticket=ticket) if error is None
                          else PrintFailed(id=id, ticket=ticket, error=error[:64]))
